"""A screen flow as a table: screens in the order of the happy path, only the detours written out.

A step is `async (visit, form, services) -> Proceed[V] | Again | <refusal> …`. Its return annotation
lists its outcomes; `Journey` refuses, when the module is imported, an outcome without a destination
and a destination that is nowhere.
"""

import dataclasses
import functools
import types
import typing
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

V = TypeVar("V")


@dataclass(frozen=True, slots=True)
class FieldError:
    """What is wrong with a field: `code` is a key of the catalogue, `values` fill its places."""

    field: str
    code: str
    values: Mapping[str, str] = dataclasses.field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Proceed(Generic[V]):
    """The screen is done; `visit` is what is proved now. `raised` renews the session id."""

    visit: V
    raised: bool = False


@dataclass(frozen=True, slots=True)
class Again:
    """The same screen once more: errors at fields, or one message (a catalogue key) for all."""

    errors: tuple[FieldError, ...] = ()
    message: str = ""
    values: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Detour(Generic[V]):
    """Base of the outcomes that lead elsewhere; the table names the destination of each subclass.

    `visit` replaces what is proved (None keeps it); `code` is the reason code shown to people and
    written to the log; `message` is a catalogue key for the screen that it leads to.
    """

    visit: V | None = None
    code: str = ""
    message: str = ""


Step = Callable[..., Awaitable[Any]]


class JourneyError(TypeError):
    """The table contradicts itself or its steps."""


@dataclass(frozen=True)
class Screen:
    """One screen: its name in the URL, its id at the foot, the step that judges its form.

    `on` maps a detour to a screen or an ending. `show` is `async (visit, services) -> mapping` for
    the template, with an optional key `visit` where showing the screen itself is to be remembered.
    """

    name: str
    screen_id: str
    step: Step
    on: Mapping[type, str] = field(default_factory=dict)
    show: Step | None = None

    @property
    def outcomes(self) -> tuple[type, ...]:
        """The types that the step's return annotation lists."""
        return _union_members(typing.get_type_hints(self.step).get("return"))

    @functools.cached_property
    def form(self) -> type[Any]:
        """The form that the step takes: the annotation of its second parameter."""
        hints = [
            hint for name, hint in typing.get_type_hints(self.step).items() if name != "return"
        ]
        if len(hints) < 2:
            raise JourneyError(f"{self.name}: the step must annotate (visit, form, services)")
        return typing.cast("type[Any]", hints[1])


@dataclass(frozen=True)
class Journey:
    """The table of a screen flow; checked when it is made.

    `finish` names the ending after the last screen, `cancelled` the one of the cancel button,
    `endings` all but `finish`. A visit that was left too long ends at "expired".
    """

    name: str
    screens: tuple[Screen, ...]
    finish: str
    endings: tuple[str, ...] = ()
    cancelled: str = "cancelled"

    def __post_init__(self) -> None:
        places = [screen.name for screen in self.screens]
        if len(set(places)) != len(places):
            raise JourneyError(f"{self.name}: a screen stands twice")
        if self.cancelled not in self.endings:
            raise JourneyError(
                f"{self.name}: the ending {self.cancelled!r} is not among the endings"
            )
        for screen in self.screens:
            self._check(screen, {*places, *self.endings})

    def _check(self, screen: Screen, places: set[str]) -> None:
        outcomes = screen.outcomes
        if not outcomes:
            raise JourneyError(
                f"{self.name}/{screen.name}: the step's return annotation lists no outcome"
            )
        for outcome in outcomes:
            if outcome not in (Proceed, Again) and outcome not in screen.on:
                raise JourneyError(
                    f"{self.name}/{screen.name}: {outcome.__name__} has no destination"
                )
        for outcome, place in screen.on.items():
            if outcome not in outcomes:
                raise JourneyError(
                    f"{self.name}/{screen.name}: {outcome.__name__} is never returned"
                )
            if place not in places:
                raise JourneyError(
                    f"{self.name}/{screen.name}: {place!r} is no screen and no ending"
                )

    def screen(self, name: str) -> Screen | None:
        """Return the screen of that name, or None where `name` is an ending or unknown."""
        return next((screen for screen in self.screens if screen.name == name), None)

    def first(self) -> str:
        """Return the name of the first screen."""
        return self.screens[0].name

    def destination(self, screen: Screen, outcome: object) -> str:
        """Return where `outcome` leads from `screen`: a screen's or an ending's name."""
        if isinstance(outcome, Again):
            return screen.name
        if isinstance(outcome, Proceed):
            after = self.screens.index(screen) + 1
            return self.screens[after].name if after < len(self.screens) else self.finish
        return screen.on[type(outcome)]


def _union_members(hint: object) -> tuple[type, ...]:
    members = (
        typing.get_args(hint)
        if isinstance(hint, types.UnionType) or typing.get_origin(hint) is typing.Union
        else (hint,)
    )
    return tuple(
        typing.cast("type", typing.get_origin(member) or member)
        for member in members
        if member not in (None, type(None))
    )
