"""The outcomes of the steps that lead off the happy path."""

from dataclasses import dataclass

from madoguchi.kernel.journey import Detour
from madoguchi.retail.first_login.visit import FirstLoginVisit

LOCKED = "R84"
"""The reason code shown where a wrong current password locks."""


@dataclass(frozen=True, slots=True)
class Correct(Detour[FirstLoginVisit]):
    """修正する: back to the data, with what was typed."""


@dataclass(frozen=True, slots=True)
class Finished(Detour[FirstLoginVisit]):
    """Everything was registered in another window; nothing may be changed here any more."""


@dataclass(frozen=True, slots=True)
class NewByPost(Detour[FirstLoginVisit]):
    """New passwords went by post since this visit began: they are to be changed before all else."""


@dataclass(frozen=True, slots=True)
class Locked(Detour[FirstLoginVisit]):
    """Too many wrong current passwords."""
