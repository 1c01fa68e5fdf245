"""What has been typed in the first login and is not registered for good yet."""

from dataclasses import dataclass, field, replace
from datetime import datetime


@dataclass(frozen=True, slots=True)
class TypedData:
    """お客様情報: mail address, national digits of a phone or "", DM wanted or not."""

    email: str
    contact_phone: str
    dm_wanted: bool


@dataclass(frozen=True, slots=True)
class FirstLoginVisit:
    """`answers` are those chosen in this visit, as key and answer, to be shown at its end.

    They are kept nowhere else in readable form: after an interruption they are gone from here.
    `locked_until` is told at a lock.
    """

    answers: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    data: TypedData | None = None
    locked_until: datetime | None = None

    def without_secrets(self) -> "FirstLoginVisit":
        """Return what stays once the visit has ended."""
        return replace(self, answers=())
