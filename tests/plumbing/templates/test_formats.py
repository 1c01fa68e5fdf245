"""Dates, times, amounts and numbers as people read them."""

from datetime import UTC, date, datetime
from types import SimpleNamespace

import pytest

from madoguchi.plumbing.templates import formats

NEARLY_MIDNIGHT = datetime(2026, 11, 20, 15, 5, tzinfo=UTC)


@pytest.mark.requirement("UI-02")
def test_dates_are_written_as_customers_write_them() -> None:
    """A date carries its weekday in Japanese, and its month in words in English."""
    assert formats.format_date(date(2026, 11, 20), "ja") == "2026年11月20日(金)"
    assert formats.format_date(date(2026, 11, 20), "en") == "20 November 2026"


@pytest.mark.requirement("LINK-36")
def test_instants_are_shown_in_japan_time() -> None:
    """An instant of the evening in UTC is shown as Japan's next day."""
    assert formats.format_date(NEARLY_MIDNIGHT, "ja") == "2026年11月21日(土)"
    assert formats.format_moment(NEARLY_MIDNIGHT, "ja") == "2026年11月21日(土) 0時05分"
    assert formats.format_moment(NEARLY_MIDNIGHT, "en") == "21 November 2026, 0:05 (Japan time)"


@pytest.mark.requirement("UI-02")
def test_amounts_have_separators() -> None:
    """Yen are grouped by three in both languages, debits with their sign first."""
    assert formats.format_yen(1234567, "ja") == "1,234,567円"
    assert formats.format_yen(-1500, "en") == "-¥1,500"
    assert formats.format_yen(0, "en") == "¥0"


def test_numbers_become_addresses_to_call() -> None:
    """A number with hyphens becomes a `tel:` address."""
    assert formats.tel_address("0120-000-123") == "tel:0120000123"


def test_words_of_settings_are_shown_in_the_language_of_the_page() -> None:
    """A setting in both languages shows the page's; a plain text shows as it is."""
    assert formats.words(SimpleNamespace(ja="平日", en="Weekdays"), "en") == "Weekdays"
    assert formats.words("平日", "en") == "平日"
