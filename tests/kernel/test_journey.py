"""The journey table checks itself when it is made."""

from dataclasses import dataclass

import pytest

from madoguchi.kernel.journey import Again, Detour, Journey, JourneyError, Proceed, Screen


@dataclass(frozen=True)
class Lost(Detour[str]):
    """An outcome that leads elsewhere."""


async def plain(visit: str, form: dict[str, str], services: None) -> Proceed[str] | Again:
    """Return either of the two outcomes that need no line."""
    return Proceed(visit)


async def risky(visit: str, form: dict[str, str], services: None) -> Proceed[str] | Lost:
    """Return an outcome that needs a line."""
    return Lost()


async def silent(visit, form, services):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201
    """Return something unsaid."""


def journey(*screens: Screen, endings: tuple[str, ...] = ("cancelled", "lost")) -> Journey:
    """Return a journey of these screens."""
    return Journey("test", screens=screens, finish="done", endings=endings)


def test_the_lines_are_the_happy_path() -> None:
    """Proceed leads down the lines and from the last one to the finish; Again stays."""
    table = journey(Screen("first", "T1", plain), Screen("second", "T2", risky, on={Lost: "first"}))
    first, second = table.screens
    assert table.first() == "first"
    assert table.destination(first, Proceed("")) == "second"
    assert table.destination(first, Again()) == "first"
    assert table.destination(second, Proceed("")) == "done"
    assert table.destination(second, Lost()) == "first"


def test_a_screen_knows_its_form_and_its_outcomes() -> None:
    """What a step takes and returns is read off its annotations."""
    screen = Screen("first", "T1", risky, on={Lost: "lost"})
    assert screen.outcomes == (Proceed, Lost)
    assert screen.form == dict[str, str]


@pytest.mark.parametrize(
    ("screens", "said"),
    [
        ([Screen("a", "T1", risky)], "Lost has no destination"),
        ([Screen("a", "T1", risky, on={Lost: "nowhere"})], "'nowhere' is no screen"),
        ([Screen("a", "T1", plain, on={Lost: "lost"})], "Lost is never returned"),
        ([Screen("a", "T1", silent)], "lists no outcome"),
        ([Screen("a", "T1", plain), Screen("a", "T2", plain)], "stands twice"),
    ],
)
def test_a_table_that_contradicts_itself_is_refused(screens: list[Screen], said: str) -> None:
    """An outcome without a destination, a destination that is nowhere and the like are refused."""
    with pytest.raises(JourneyError, match=said):
        journey(*screens)


def test_the_cancel_button_needs_its_ending() -> None:
    """A journey whose cancelled ending is not among the endings is refused."""
    with pytest.raises(JourneyError, match="cancelled"):
        journey(Screen("a", "T1", plain), endings=("lost",))
