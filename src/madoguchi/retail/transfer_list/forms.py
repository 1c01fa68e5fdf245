"""What is chosen to narrow the list, and what is typed to cancel (RET-23)."""

from dataclasses import dataclass
from datetime import date

from madoguchi.kernel.journey import FieldError
from madoguchi.plumbing.web import Invalid, typed
from madoguchi.retail.transfer import day
from madoguchi.transfers import TransferState


def _as_typed(text: str) -> str:
    return text


def _state(text: str) -> str | Invalid:
    return text if text in set(TransferState) else Invalid("choose")


@dataclass(frozen=True, slots=True)
class ListForm:
    """BTR011, by GET: account, state, first and last day of acceptance, where to go on."""

    account: str = typed(_as_typed, required=False)
    state: str = typed(_state, required=False)
    since: str = typed(day, required=False)
    until: str = typed(day, required=False)
    before: str = typed(_as_typed, required=False)

    def problems(self) -> tuple[FieldError, ...]:
        """Return that the days stand the wrong way round, where they do."""
        if self.since and self.until and self.since > self.until:
            return (FieldError("until", "transfers.field.days-turned"),)
        return ()

    def first_day(self) -> date:
        """Return the first day asked for."""
        return date.fromisoformat(self.since) if self.since else date.min

    def last_day(self) -> date:
        """Return the last day asked for."""
        return date.fromisoformat(self.until) if self.until else date.max


@dataclass(frozen=True, repr=False)
class CancelForm:
    """BTR013: the confirmation password, in no representation of the form."""

    confirmation_password: str = typed(_as_typed, secret=True)

    def __repr__(self) -> str:
        return "CancelForm(…)"
