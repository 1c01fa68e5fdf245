"""Japan's bank calendar."""

from datetime import date, timedelta

import pytest

from madoguchi.kernel.business_days import (
    business_day_from,
    day_kind,
    is_business_day,
    previous_business_day,
)


@pytest.mark.requirement("HOURS-01")
@pytest.mark.parametrize(
    ("day", "kind"),
    [
        (date(2026, 11, 20), "business_day"),
        (date(2026, 11, 21), "saturday"),
        (date(2026, 11, 22), "sunday"),
        (date(2026, 11, 23), "holiday"),
        (date(2026, 5, 6), "holiday"),
        (date(2026, 9, 22), "holiday"),
        (date(2026, 12, 30), "business_day"),
        (date(2026, 12, 31), "holiday"),
        (date(2027, 1, 1), "holiday"),
        (date(2027, 1, 2), "holiday"),
        (date(2027, 1, 3), "holiday"),
        (date(2027, 1, 4), "business_day"),
    ],
)
def test_each_day_has_its_kind(day: date, kind: str) -> None:
    """National holidays, substitutes, sandwiched days and the banks' own holidays are known."""
    assert day_kind(day) == kind
    assert is_business_day(day) == (kind == "business_day")


@pytest.mark.requirement("HOURS-01")
def test_business_days_are_found_across_year_end() -> None:
    """From December 31 the next business day is January 4, and back from there December 30."""
    assert business_day_from(date(2026, 12, 31)) == date(2027, 1, 4)
    assert previous_business_day(date(2027, 1, 4)) == date(2026, 12, 30)
    assert business_day_from(date(2027, 1, 1)) == date(2027, 1, 4)
    assert business_day_from(date(2027, 1, 4)) == date(2027, 1, 4)


def test_next_and_previous_are_each_others_way_back() -> None:
    """Over a year, the business day before the next one is the day itself."""
    day = date(2026, 4, 1)
    while day < date(2027, 4, 1):
        if is_business_day(day):
            assert previous_business_day(business_day_from(day + timedelta(days=1))) == day
        day += timedelta(days=1)
