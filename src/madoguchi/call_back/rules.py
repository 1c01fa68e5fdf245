"""Which attempt a call is for, and what an attempt is worth now. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from math import ceil

from madoguchi.call_back.outcomes import Ambiguous, Confirmed, Reason, Status, TooLate, Waiting
from madoguchi.kernel.phone import to_national


class State(StrEnum):
    """Where an attempt stands; time is not part of it."""

    WAITING = "waiting"
    CALLED = "called"
    SPENT = "spent"
    AMBIGUOUS = "ambiguous"


@dataclass(frozen=True, slots=True)
class Attempt:
    """A number (E.164) shown to one owner; a call counts from `shown_at` to `expires_at`."""

    institution: str
    owner: str
    number: str
    shown_at: datetime
    expires_at: datetime
    state: str

    @property
    def shown_number(self) -> str:
        """The number as the screen shows it and its `tel:` link dials it: national digits."""
        return to_national(self.number)

    def open_at(self, moment: datetime) -> bool:
        """Tell whether `moment` lies in the time for the call."""
        return self.shown_at <= moment <= self.expires_at


def judge(
    attempts: Sequence[Attempt], called: str, arrived_at: datetime
) -> tuple[Attempt, ...] | Reason:
    """Return the attempts that a call to `called` fits, given all attempts of the caller's phone.

    One is confirmed by it, several are refused; a `Reason` where it fits none (LINK-22).
    """
    on_number = [attempt for attempt in attempts if attempt.number == called]
    in_time = [attempt for attempt in on_number if attempt.open_at(arrived_at)]
    fitting = tuple(attempt for attempt in in_time if attempt.state == State.WAITING)
    if fitting:
        return fitting
    if in_time:
        return Reason.USED
    if on_number:
        latest = max(on_number, key=lambda attempt: attempt.shown_at)
        return Reason.TOO_EARLY if arrived_at < latest.shown_at else Reason.TOO_LATE
    return Reason.OTHER_NUMBER if attempts else Reason.NOBODY


def status_of(attempt: Attempt | None, now: datetime) -> Status:
    """Return what the screen may tell; in the end even a confirmed attempt is void (LINK-24)."""
    if attempt is None or now > attempt.expires_at or attempt.state == State.SPENT:
        return TooLate()
    if attempt.state == State.CALLED:
        return Confirmed()
    if attempt.state == State.AMBIGUOUS:
        return Ambiguous()
    return Waiting(ceil((attempt.expires_at - now).total_seconds()))


def numbers_to_draw_from(numbers: Sequence[str], taken: Sequence[str]) -> list[str]:
    """Return the numbers that are not `taken` by waiting attempts of the phone, or else all."""
    return [number for number in numbers if number not in taken] or list(numbers)
