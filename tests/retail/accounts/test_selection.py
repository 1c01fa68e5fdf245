"""What a query asks of a statement, and what is wrong with it."""

from datetime import date

import pytest

from madoguchi.retail.accounts.selection import (
    Asked,
    Range,
    day_of,
    month_of,
    months_of,
    page_number,
    selection_of,
)
from madoguchi.retail.accounts.statements import Selection

TODAY = date(2026, 11, 20)
DAYS = Range.back_from(TODAY, 90)


@pytest.mark.requirement("RET-16")
@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({}, Selection(date(2026, 10, 21), TODAY)),
        ({"from": "2026-11-01"}, Selection(date(2026, 11, 1), TODAY)),
        ({"from": "２０２６／１１／１", "to": "20261110"},
         Selection(date(2026, 11, 1), date(2026, 11, 10))),
        ({"from": "2026年8月22日"}, Selection(date(2026, 8, 22), TODAY)),
        ({"direction": "in", "words": "  a　b "},
         Selection(date(2026, 10, 21), TODAY, "in", "a b")),
    ],
)  # fmt: skip
def test_query_is_understood(query: dict[str, str], expected: Selection) -> None:
    """Days may be typed in the usual ways; without them the last 30 are meant."""
    assert selection_of(Asked.of(query), DAYS) == expected


@pytest.mark.requirement("RET-16")
@pytest.mark.parametrize(
    ("query", "errors"),
    [
        ({"from": "2026-02-30"}, [("from", "no-day")]),
        ({"from": "yesterday", "to": "9"}, [("from", "no-day"), ("to", "no-day")]),
        ({"from": "2026-08-21"}, [("from", "too-far-back")]),
        ({"to": "2026-11-21"}, [("to", "in-future")]),
        ({"from": "2026-11-10", "to": "2026-11-09"}, [("from", "turned-round")]),
        ({"to": "2026-10-01"}, [("from", "turned-round")]),
        ({"words": "x" * 41}, [("words", "words-long")]),
        ({"direction": "sideways"}, [("direction", "direction")]),
        ({"from": "x", "words": "y" * 200, "direction": "z"},
         [("from", "no-day"), ("words", "words-long"), ("direction", "direction")]),
    ],
)  # fmt: skip
def test_everything_wrong_is_told_at_its_field(
    query: dict[str, str], errors: list[tuple[str, str]]
) -> None:
    """Days that are none, too old, to come or turned round, and words too long: all at once."""
    found = selection_of(Asked.of(query), DAYS)
    assert isinstance(found, tuple)
    assert [(each.field, each.code) for each in found] == [
        (field, f"accounts.error.{code}") for field, code in errors
    ]


def test_short_reach_of_the_setting() -> None:
    """Where fewer than 30 days can be asked for, that is what is meant without any."""
    assert selection_of(Asked.of({}), Range.back_from(TODAY, 7)) == Selection(
        date(2026, 11, 13), TODAY
    )


def test_what_was_asked_can_be_asked_again() -> None:
    """The query of the links holds what was chosen, escaped, and nothing that was left empty."""
    asked = Asked.of({"words": "a&b=c"}).filled(Selection(TODAY, TODAY, "", "a&b=c"), "n1")
    assert asked.query() == "account=n1&from=2026-11-20&to=2026-11-20&words=a%26b%3Dc"


@pytest.mark.parametrize(
    ("typed", "number"),
    [("", 1), ("1", 1), ("12", 12), ("0", None), ("-1", None), ("x", None), ("１", None),
     ("9" * 50, None)],
)  # fmt: skip
def test_page_number(typed: str, number: int | None) -> None:
    """A page is a number from 1 on."""
    assert page_number(typed) == number


def test_months_that_can_be_drawn() -> None:
    """Every month with a day that can be asked for is offered, and no other is taken."""
    assert [f"{month:%Y-%m}" for month in months_of(DAYS)] == [
        "2026-11", "2026-10", "2026-09", "2026-08",
    ]  # fmt: skip
    assert month_of("", DAYS) == date(2026, 11, 1)
    assert month_of("2026-08", DAYS) == date(2026, 8, 1)
    assert all(month_of(typed, DAYS) is None for typed in ("2026-07", "2026-12", "x", "2026-13"))


@pytest.mark.parametrize(
    "typed", ["", "2026-11", "0000-01-01", "2026-1-1-1", "2026-00-10", "١١١١-١١-١١"]
)
def test_no_day(typed: str) -> None:
    """What is no day is not taken for one."""
    assert day_of(typed) is None
