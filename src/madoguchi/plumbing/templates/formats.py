"""Dates, times, amounts and numbers as Japanese customers write them, and in English (UI-02).

Instants are aware datetimes of any zone; what is shown is Japan time (LINK-36).
"""

import re
from datetime import date, datetime

from madoguchi.kernel.clock import in_japan

_WEEKDAYS = "月火水木金土日"
_MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)


def format_date(value: date, language: str) -> str:
    """Return `2026年11月20日(金)` or `20 November 2026`; an instant counts as its Japan day."""
    day = in_japan(value).date() if isinstance(value, datetime) else value
    if language == "ja":
        return f"{day.year}年{day.month}月{day.day}日({_WEEKDAYS[day.weekday()]})"
    return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"


def format_time(at: datetime, language: str) -> str:
    """Return `9時05分` or `9:05`, Japan time."""
    local = in_japan(at)
    return f"{local.hour}時{local.minute:02}分" if language == "ja" else f"{local:%-H:%M}"


def format_moment(at: datetime, language: str) -> str:
    """Return `2026年11月20日(金) 9時05分` or `20 November 2026, 9:05 (Japan time)`."""
    if language == "ja":
        return f"{format_date(at, language)} {format_time(at, language)}"
    return f"{format_date(at, language)}, {format_time(at, language)} (Japan time)"


def format_yen(amount: int, language: str) -> str:
    """Return `1,234円` or `¥1,234`; a debit stands as `-1,234円` or `-¥1,234`."""
    if language == "ja":
        return f"{amount:,}円"
    return f"{'-' if amount < 0 else ''}¥{abs(amount):,}"


def tel_address(number: str) -> str:
    """Return `number`, written in any way, as the address of a `tel:` link."""
    return "tel:" + re.sub(r"[^0-9+]", "", number)


def words(value: object, language: str) -> str:
    """Return the text of a setting with attributes `ja` and `en`; a plain text as it is."""
    return str(getattr(value, language, value))
