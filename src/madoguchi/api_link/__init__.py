"""The API link: the screens on which a depositor links an app to an account (LINK-01 to LINK-40).

`journey.py` is the table of card mode's six screens, `steps.py` what each of them judges, in order;
`by_login/` has login mode's three, `way/` the choice where both are offered.
"""

from madoguchi.api_link.by_login import LOGIN_LINK
from madoguchi.api_link.door import LinkDoor
from madoguchi.api_link.journey import API_LINK
from madoguchi.api_link.releasing import LockReleased, NotLocked, Release, release_lock
from madoguchi.api_link.services import LinkPorts
from madoguchi.api_link.tries import WHAT as LOCK
from madoguchi.api_link.way import WAY

JOURNEYS = (API_LINK, LOGIN_LINK, WAY)
"""The tables of the screens: card mode, login mode, and the choice between them."""

__all__ = [
    "API_LINK",
    "JOURNEYS",
    "LOCK",
    "LinkDoor",
    "LinkPorts",
    "LockReleased",
    "NotLocked",
    "Release",
    "release_lock",
]
