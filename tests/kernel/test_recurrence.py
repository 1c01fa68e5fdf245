"""Recurrences and durations as RFC 5545 writes them."""

from datetime import date, timedelta

import pytest

from madoguchi.kernel.recurrence import NotARecurrence, check_rule, days_of, duration


@pytest.mark.requirement("HOURS-01")
def test_days_are_named_from_first_to_last_inclusive() -> None:
    """Both ends count."""
    found = days_of("FREQ=MONTHLY;BYDAY=2SU,4SU", date(2026, 1, 11), date(2026, 2, 8))
    assert found == (date(2026, 1, 11), date(2026, 1, 25), date(2026, 2, 8))


@pytest.mark.requirement("HOURS-01", "INST-01")
@pytest.mark.parametrize(
    ("rrule", "why"),
    [
        ("", "is not one of"),
        ("FREQ=HOURLY", "FREQ must be one of"),
        ("BYDAY=MO", "FREQ must be one of"),
        ("FREQ=WEEKLY", "needs one of"),
        ("FREQ=DAILY;INTERVAL=2", "INTERVAL is not one of"),
        ("FREQ=DAILY;COUNT=2", "COUNT is not one of"),
        ("FREQ=MONTHLY;BYDAY=XX", "invalid 'BYDAY'"),
        ("FREQ=MONTHLY;BYMONTHDAY=40", "names no day"),
        ("FREQ=YEARLY;BYMONTH=13;BYMONTHDAY=1", "names no day"),
    ],
)
def test_what_is_no_rule_over_days_says_why(rrule: str, why: str) -> None:
    """Rules that cannot be read, or need a first day, or name no day, are refused with a reason."""
    with pytest.raises(NotARecurrence, match=why):
        check_rule(rrule)


@pytest.mark.requirement("HOURS-01")
@pytest.mark.parametrize(
    ("text", "seconds"),
    [("PT1M", 60), ("PT7H10M", 25_800), ("P1DT1S", 86_401), ("PT5400S", 5400)],
)
def test_durations_are_read(text: str, seconds: int) -> None:
    """Days, hours, minutes and seconds add up."""
    assert duration(text) == timedelta(seconds=seconds)
