"""What scores how much, and what a score leads to (RET-14). Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Literal

import msgspec

from madoguchi.risk.environment import Environment

Decision = Literal["allow", "ask", "stop"]

KEPT_OF_EACH = 20
"""How many devices, networks and so on are usual: those seen last."""

FORGOTTEN_AFTER = timedelta(days=400)
"""As long as a browser keeps the device cookie."""


class Reason(StrEnum):
    """Why a login is unusual; stable words for the log and the staff's screens."""

    FIRST = "first"
    """Nothing is known yet: this login teaches."""
    UNKNOWN_DEVICE = "unknown-device"
    OTHER_BROWSER = "other-browser"
    """The device's cookie comes from another browser than before."""
    UNKNOWN_NETWORK = "unknown-network"
    UNKNOWN_PLACE = "unknown-place"
    OTHER_LANGUAGE = "other-language"
    SEVERAL_FAILURES = "several-failures"
    """Passed in by whoever counts them: wrong passwords came just before."""


POINTS = {
    Reason.FIRST: 0,
    # by itself enough for a question at the default threshold: whoever stole a password comes so
    Reason.UNKNOWN_DEVICE: 40,
    # a cookie lives in one browser: in another it was copied, or the browser pretends
    Reason.OTHER_BROWSER: 20,
    # phones move from network to network: together with anything else only
    Reason.UNKNOWN_NETWORK: 20,
    # people travel less often than that; fraud comes from elsewhere
    Reason.UNKNOWN_PLACE: 30,
    # easily forged, seldom changed
    Reason.OTHER_LANGUAGE: 5,
    # with a new device, network and place it stops the login at the default threshold
    Reason.SEVERAL_FAILURES: 20,
}


class Assessment(msgspec.Struct, frozen=True, kw_only=True):
    """What a login scores, why, and what follows: let in, asked a question, or stopped.

    `first` where nobody has ever entered: nothing can be unusual yet.
    """

    score: int
    decision: Decision
    reasons: tuple[str, ...]
    first: bool

    @property
    def known_device(self) -> bool:
        """Whether this customer has entered from this device before."""
        return not self.first and Reason.UNKNOWN_DEVICE not in self.reasons


@dataclass(frozen=True, slots=True)
class Usual:
    """What is usual for one customer; `browsers` are those of each device, see `learned_from`."""

    devices: frozenset[str] = frozenset()
    browsers: frozenset[str] = frozenset()
    networks: frozenset[str] = frozenset()
    places: frozenset[str] = frozenset()
    languages: frozenset[str] = frozenset()


def assessed(
    env: Environment, usual: Usual | None, extra: Sequence[Reason], *, ask_at: int, stop_at: int
) -> Assessment:
    """Return what a login from `env` comes to; `usual` is None before the first one.

    `extra` are reasons that the environment does not show.
    """
    found = (Reason.FIRST,) if usual is None else _changes(env, usual)
    reasons = tuple(dict.fromkeys((*found, *extra)))
    score = sum(POINTS[reason] for reason in reasons)
    return Assessment(
        score=score,
        decision="allow" if usual is None else _decision(score, ask_at, stop_at),
        reasons=tuple(str(reason) for reason in reasons),
        first=usual is None,
    )


def learned_from(env: Environment) -> list[tuple[str, str]]:
    """Return what becomes usual by a login from `env`, as kind and value; "" teaches nothing."""
    browser = _browser_of_device(env) if env.device_id and env.browser else ""
    taught = (
        ("device", env.device_id),
        ("browser", browser),
        ("network", env.network),
        ("place", env.place),
        ("language", env.language),
    )
    return [(kind, value) for kind, value in taught if value]


def _changes(env: Environment, usual: Usual) -> tuple[Reason, ...]:
    """Return what is not usual. What is missing in `env` is in no set, and so has changed.

    But for the place of a customer of whom none is known: nothing there tells places.
    """
    known = env.device_id in usual.devices
    no_places = not env.place and not usual.places
    found = (
        (Reason.UNKNOWN_DEVICE, not known),
        (Reason.OTHER_BROWSER, known and _browser_of_device(env) not in usual.browsers),
        (Reason.UNKNOWN_NETWORK, env.network not in usual.networks),
        (Reason.UNKNOWN_PLACE, env.place not in usual.places and not no_places),
        (Reason.OTHER_LANGUAGE, env.language not in usual.languages),
    )
    return tuple(reason for reason, holds in found if holds)


def _decision(score: int, ask_at: int, stop_at: int) -> Decision:
    if score >= stop_at:
        return "stop"
    return "ask" if score >= ask_at else "allow"


def _browser_of_device(env: Environment) -> str:
    return f"{env.device_id} {env.browser}"
