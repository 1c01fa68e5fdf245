"""The outcomes of the steps that lead off the happy path."""

from dataclasses import dataclass

from madoguchi.api_link.by_login.visit import LoginLinkVisit
from madoguchi.kernel.journey import Detour

LOCKED = "R82"
STOPPED = "R83"
"""The reason codes of internet banking's login: the help desk knows one list."""


@dataclass(frozen=True, slots=True)
class Unasked(Detour[LoginLinkVisit]):
    """The password was right, and the risk asks for no question (LINK-38)."""


@dataclass(frozen=True, slots=True)
class LoginLocked(Detour[LoginLinkVisit]):
    """Too many wrong passwords or answers; internet banking is locked by the same (LINK-40)."""


@dataclass(frozen=True, slots=True)
class LoginStopped(Detour[LoginLinkVisit]):
    """What was typed is right, but nobody may enter (RET-14)."""


@dataclass(frozen=True, slots=True)
class Anew(Detour[LoginLinkVisit]):
    """The password was changed since it was typed here: the new one is asked for."""


@dataclass(frozen=True, slots=True)
class NotReady(Detour[LoginLinkVisit]):
    """The first login of internet banking is not finished (RET-06)."""


@dataclass(frozen=True, slots=True)
class NothingToLink(Detour[LoginLinkVisit]):
    """No account under the contract may be linked (LINK-01)."""


@dataclass(frozen=True, slots=True)
class RequestSpent(Detour[LoginLinkVisit]):
    """The app's request was answered in another window, or the app may not ask any more."""
