"""The outcomes of the steps that lead off the happy path."""

from dataclasses import dataclass

from madoguchi.kernel.journey import Detour
from madoguchi.retail.registration.visit import RegistrationVisit

LOCKED = "R81"
"""The reason code shown where wrong data were typed too often, whoever's they were."""


@dataclass(frozen=True, slots=True)
class Locked(Detour[RegistrationVisit]):
    """Too many wrong tries for what was typed as the contract card's account (RET-03)."""


@dataclass(frozen=True, slots=True)
class NotRegistrable(Detour[RegistrationVisit]):
    """The contract got a login ID in another window, or was stopped, since its data were proved."""
