"""The API link: six screens on which a depositor links an app to an account (LINK-01 to LINK-36).

`journey.py` is the table of the screens, `steps.py` what each of them judges, in order.
"""

from madoguchi.api_link.door import LinkDoor
from madoguchi.api_link.journey import API_LINK
from madoguchi.api_link.releasing import LockReleased, NotLocked, Release, release_lock
from madoguchi.api_link.services import LinkPorts
from madoguchi.api_link.tries import WHAT as LOCK

__all__ = [
    "API_LINK",
    "LOCK",
    "LinkDoor",
    "LinkPorts",
    "LockReleased",
    "NotLocked",
    "Release",
    "release_lock",
]
