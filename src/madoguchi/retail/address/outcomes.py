"""Where the screens of addresses lead beside onward."""

from dataclasses import dataclass
from typing import TypeVar

from madoguchi.kernel.journey import Detour

V = TypeVar("V")


@dataclass(frozen=True, slots=True)
class OneOpen(Detour[V]):
    """Another request was made meanwhile, and is open."""


@dataclass(frozen=True, slots=True)
class TooLate(Detour[V]):
    """The request has been decided meanwhile."""
