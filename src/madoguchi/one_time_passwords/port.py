"""The port: who wants a one-time password asks here, whatever the customer proves it with."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from madoguchi.plumbing.database import Tx


@dataclass(frozen=True, slots=True)
class Asked:
    """What a one-time password is asked for; the same value begins and judges.

    `owner` is the contract's id, `purpose` the kind of use ("transfer"), `facts` exactly what the
    customer confirms, in the order shown, `bound_to` the visit's id. `to` is a mail address that
    was checked, `language` what it is written to in. `minutes` is how long a code is good,
    `failures_limit` how many wrong tries kill it, `per_hour` how many are sent to one owner.
    """

    institution: str
    owner: str
    purpose: str
    facts: tuple[tuple[str, str], ...] = field(repr=False)
    bound_to: str
    to: str = field(repr=False)
    language: str
    minutes: int
    failures_limit: int
    per_hour: int


@dataclass(frozen=True, slots=True)
class Begun:
    """The customer can enter his one-time password until `expires_at`.

    `kind` tells the screen what to ask for; `shown_to` is the address, masked.
    """

    kind: str
    shown_to: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class TooManyCodes:
    """So many were sent within an hour already; the next can be at `again_at`."""

    again_at: datetime


@dataclass(frozen=True, slots=True)
class CodeRight:
    """It was right, for exactly these facts, and is used up now."""


@dataclass(frozen=True, slots=True)
class CodeWrong:
    """It was wrong, or right for something else; `left` more may be tried."""

    left: int


@dataclass(frozen=True, slots=True)
class CodeLocked:
    """Too many were wrong: nothing is compared, and the right one is refused too.

    `just_now` where this try was the one too many: whoever asked logs it and tells the customer.
    """

    just_now: bool = False


@dataclass(frozen=True, slots=True)
class CodeExpired:
    """The time is over: nothing is compared."""


@dataclass(frozen=True, slots=True)
class NoCode:
    """None is waiting: never asked for, or used already."""


Judged = CodeRight | CodeWrong | CodeLocked | CodeExpired | NoCode


class OneTimePassword(Protocol):
    """One way of proving with a one-time password. A further way is one more class."""

    async def begin(self, tx: Tx, asked: Asked, now: datetime) -> Begun | TooManyCodes:
        """Let the customer have a one-time password, if `tx` commits; an earlier one is dead."""
        ...

    async def judge(self, tx: Tx, asked: Asked, typed: str, now: datetime) -> Judged:
        """Count the try, compare, and use the password up where it was right.

        That stands whatever becomes of `tx`: after a fault behind `CodeRight` the customer needs a
        new one. Never call it in a transaction that has begun one for the same owner and purpose.
        """
        ...
