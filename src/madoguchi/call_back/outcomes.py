"""What becomes of an attempt, and of a call."""

from dataclasses import dataclass
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class Waiting:
    """The call has not come yet; so many whole seconds are left."""

    seconds_left: int


@dataclass(frozen=True, slots=True)
class Confirmed:
    """The registered phone has called the number shown, in time."""


@dataclass(frozen=True, slots=True)
class TooLate:
    """The time is over, or the attempt is used up or unknown: start over (LINK-24)."""


@dataclass(frozen=True, slots=True)
class Ambiguous:
    """A call came that could have been for another attempt of the same phone too: start over."""


Status = Waiting | Confirmed | TooLate | Ambiguous


class Reason(StrEnum):
    """Why a call confirmed nobody; stable words for the log and the staff's screens."""

    REPEATED = "repeated"
    """The gateway told this call before."""
    WITHHELD = "withheld"
    """The caller id was withheld."""
    NOBODY = "nobody"
    """No attempt of this phone is known."""
    OTHER_NUMBER = "other-number"
    """This phone was shown another number."""
    TOO_EARLY = "too-early"
    """It rang before the number was shown."""
    TOO_LATE = "too-late"
    """It rang after the time was over."""
    USED = "used"
    """The attempt was confirmed or refused by an earlier call."""
    AMBIGUOUS = "ambiguous"
    """Two attempts were waiting for this call: neither is confirmed."""


@dataclass(frozen=True, slots=True)
class Matched:
    """The call confirmed this owner's attempt."""

    institution: str
    owner: str


@dataclass(frozen=True, slots=True)
class NotMatched:
    """The call confirmed nobody."""

    reason: Reason
