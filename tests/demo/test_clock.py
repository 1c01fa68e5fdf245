"""The demo's clock."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from madoguchi.demo.clock import DemoClock, OutOfRange, apply, read_instant
from madoguchi.kernel.clock import JAPAN

NIGHT = datetime(2026, 11, 21, 0, 0, tzinfo=JAPAN)


@pytest.mark.requirement("RUN-04")
def test_a_set_clock_ticks_on_from_there_in_every_process(tmp_path: Path) -> None:
    """What one process sets, another that mapped the same file sees, and time goes on."""
    one, other = DemoClock(tmp_path / "clock"), DemoClock(tmp_path / "clock")
    one.set(NIGHT)
    first, second = other.now(), other.now()
    assert timedelta(0) <= first - NIGHT < timedelta(seconds=5)
    assert first <= second
    assert first.tzinfo is UTC


def test_a_set_clock_outlives_its_process(tmp_path: Path) -> None:
    """The offset stays in the file, so a demo that is started again goes on at its time."""
    DemoClock(tmp_path / "clock").set(NIGHT)
    assert abs(DemoClock(tmp_path / "clock").now() - NIGHT) < timedelta(seconds=5)


def test_going_on_and_back_to_the_real_time(tmp_path: Path) -> None:
    """The clock goes on by seconds, and can be let go with the machine's again."""
    clock = DemoClock(tmp_path / "clock")
    clock.advance(86_400)
    assert timedelta(hours=23) < clock.now() - datetime.now(UTC) < timedelta(hours=25)
    assert not clock.is_real
    clock.back_to_real()
    assert clock.is_real


@pytest.mark.parametrize("seconds", [1e12, -1e12, 1e300])
def test_no_time_outside_of_this_century(tmp_path: Path, seconds: float) -> None:
    """A time that nobody can mean is refused, and the clock stays as it is."""
    clock = DemoClock(tmp_path / "clock")
    with pytest.raises(OutOfRange):
        clock.advance(seconds)
    assert clock.is_real


def test_a_time_without_a_zone_is_japans() -> None:
    """What is typed into the page's field is Japan time; a zone that is named counts."""
    assert read_instant("2026-11-21T00:00") == NIGHT
    assert read_instant("2026-11-20T15:00:00Z") == NIGHT
    assert read_instant("tomorrow") is None


@pytest.mark.parametrize(
    "wish",
    [
        {},
        {"now": "soon"},
        {"now": 5},
        {"now": "1999-12-31T00:00:00Z"},
        {"advance_seconds": "1"},
        {"advance_seconds": True},
        {"advance_seconds": float("nan")},
        {"advance_seconds": float("inf")},
        {"now": "2026-11-21T00:00:00Z", "advance_seconds": 1},
        {"then": "2026-11-21T00:00:00Z"},
    ],
)
def test_a_wish_that_cannot_be_read_changes_nothing(
    tmp_path: Path, wish: dict[str, object]
) -> None:
    """Anything but one of the two wishes of the contract leaves the clock alone."""
    clock = DemoClock(tmp_path / "clock")
    assert not apply(clock, wish)
    assert clock.is_real
