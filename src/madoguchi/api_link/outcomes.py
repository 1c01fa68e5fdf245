"""The outcomes of the steps that lead off the happy path."""

from dataclasses import dataclass

from madoguchi.api_link.visit import LinkVisit
from madoguchi.kernel.journey import Detour

LOCKED_BEFORE = "B84"
"""The reason code shown to whoever tries while the account is locked (LINK-16)."""


@dataclass(frozen=True, slots=True)
class NotLinkable(Detour[LinkVisit]):
    """No such account, or not one that may be linked. Nothing more is said (LINK-13)."""


@dataclass(frozen=True, slots=True)
class Locked(Detour[LinkVisit]):
    """Locked by this try (no code, LINK-15), or before it (code B84, LINK-16)."""


@dataclass(frozen=True, slots=True)
class CallTooLate(Detour[LinkVisit]):
    """No call counted in time; the person starts over (LINK-24)."""


@dataclass(frozen=True, slots=True)
class RequestSpent(Detour[LinkVisit]):
    """The app's request was answered in another window, or the app may not ask any more."""
