"""The query of a transactions request, without any web."""

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from madoguchi.account_api.query import Range, TooEarly, Unreadable, read_range
from madoguchi.institutions import AccountApiSettings

TODAY = date(2026, 11, 20)
EARLIEST = date(2026, 8, 22)
SETTINGS = AccountApiSettings()


@pytest.mark.requirement("API-03")
def test_what_is_left_out_is_the_whole_period() -> None:
    """From the earliest day kept to today, a page of the usual size."""
    assert read_range([], SETTINGS, TODAY) == Range(EARLIEST, TODAY, None, 100)


names = st.sampled_from(["from", "to", "cursor", "limit", "other"])
values = st.one_of(
    st.text(max_size=12),
    st.integers().map(str),
    st.dates(date(2026, 8, 1), date(2026, 12, 1)).map(date.isoformat),
)


@pytest.mark.requirement("API-03")
@settings(max_examples=50, deadline=None)
@given(st.lists(st.tuples(names, values), max_size=5))
def test_whatever_is_sent_is_read_or_refused(parameters: list[tuple[str, str]]) -> None:
    """Nothing raises; what is read lies in the period kept and in the page's bounds."""
    match read_range(parameters, SETTINGS, TODAY):
        case Range(from_day, to_day, _, limit):
            assert EARLIEST <= from_day <= to_day
            assert 1 <= limit <= SETTINGS.page_size_limit
        case TooEarly(earliest):
            assert earliest == EARLIEST
        case Unreadable(parameter, detail):
            assert f"`{parameter}`" in detail
