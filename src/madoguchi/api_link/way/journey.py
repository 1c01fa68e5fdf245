"""One screen: by the login of internet banking, or by the cash card and a call."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace

from madoguchi.kernel.journey import Journey, Proceed, Screen
from madoguchi.plumbing.web import Invalid, typed

MODES = ("login", "card")


@dataclass(frozen=True, slots=True)
class WayVisit:
    """The app's request that waits for a way to be chosen."""

    request_id: str
    client_id: str
    scopes: tuple[str, ...]
    redirect_uri: str
    return_url: str = ""


@dataclass(frozen=True)
class WayServices:
    """`begin` starts the screens of a mode for the app's request, and returns their URL."""

    begin: Callable[[str], Awaitable[str]]


def _mode(text: str) -> str | Invalid:
    return text if text in MODES else Invalid("choose")


@dataclass(frozen=True, slots=True)
class WayForm:
    """Which way."""

    mode: str = typed(_mode)


async def choose(visit: WayVisit, form: WayForm, services: WayServices) -> Proceed[WayVisit]:
    """Begin the screens of the mode chosen."""
    return Proceed(replace(visit, return_url=await services.begin(form.mode)))


WAY = Journey(
    "api-link-way",
    screens=(Screen("way", "SOA100", choose),),
    finish="chosen",
    endings=("cancelled", "expired"),
)
WAY_PAGE_IDS = {
    "cancelled": "SOA091",
    "expired": "SOA094",
    "chosen": "SOA097",
    "closed": "SOA098",
    "visit-unknown": "SOA099",
}
"""The ids at the foot of the pages beside the screen."""
