"""Where the revocation leads beside onward."""

from dataclasses import dataclass

from madoguchi.kernel.journey import Detour
from madoguchi.retail.consents.visit import RevocationVisit


@dataclass(frozen=True, slots=True)
class EndedAlready(Detour[RevocationVisit]):
    """The consent has ended meanwhile, by whoever or by time."""
