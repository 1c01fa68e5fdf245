"""The outcomes of the steps that lead off the happy path."""

from dataclasses import dataclass

from madoguchi.kernel.journey import Detour
from madoguchi.retail.entrance.visit import EntranceVisit

LOCKED = "R82"
"""The reason code shown where wrong passwords or answers lock."""
STOPPED = "R83"
"""The reason code shown where the contract, or the risk of this login, lets nobody in."""


@dataclass(frozen=True, slots=True)
class Unasked(Detour[EntranceVisit]):
    """The password was right, and no question is asked: the session has begun."""


@dataclass(frozen=True, slots=True)
class Locked(Detour[EntranceVisit]):
    """Too many wrong passwords for what was typed as login ID, or too many wrong answers."""


@dataclass(frozen=True, slots=True)
class Anew(Detour[EntranceVisit]):
    """The password was changed while the question was shown: the new one is asked for."""


@dataclass(frozen=True, slots=True)
class Stopped(Detour[EntranceVisit]):
    """What was typed is right, but nobody may enter (RET-14)."""
