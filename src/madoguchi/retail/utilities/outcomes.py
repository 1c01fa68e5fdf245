"""Where the screens of direct debits lead beside onward."""

from dataclasses import dataclass
from typing import TypeVar

from madoguchi.kernel.journey import Detour

V = TypeVar("V")


@dataclass(frozen=True, slots=True)
class AskedAlready(Detour[V]):
    """The company is being asked about this customer number, since a moment ago."""


@dataclass(frozen=True, slots=True)
class TooLate(Detour[V]):
    """The application has gone to the company meanwhile."""
