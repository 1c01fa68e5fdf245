"""Reading the query of a transactions request (API-03). Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from madoguchi.institutions import AccountApiSettings


@dataclass(frozen=True, slots=True)
class Range:
    """Which transactions are asked for: days in Japan, both included."""

    from_day: date
    to_day: date
    cursor: str | None
    limit: int


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A parameter that cannot be read."""

    parameter: str
    detail: str


@dataclass(frozen=True, slots=True)
class TooEarly:
    """`from` lies before the earliest day that is kept."""

    earliest: date


def read_range(
    query: Mapping[str, str], settings: AccountApiSettings, today: date
) -> Range | Unreadable | TooEarly:
    """Return the range asked for. Without `from` it begins at the earliest day kept, without `to` it ends today."""
    earliest = today - timedelta(days=settings.history_days)
    from_day, to_day = _day(query, "from", earliest), _day(query, "to", today)
    if isinstance(from_day, Unreadable):
        return from_day
    if isinstance(to_day, Unreadable):
        return to_day
    if from_day < earliest:
        return TooEarly(earliest)
    if to_day < from_day:
        return Unreadable("to", "`to` lies before `from`.")
    limit = query.get("limit", str(settings.page_size))
    if not (
        limit.isascii() and limit.isdigit() and 1 <= int(limit[:6]) <= settings.page_size_limit
    ):
        return Unreadable(
            "limit", f"`limit` is a whole number from 1 to {settings.page_size_limit}."
        )
    return Range(from_day, to_day, query.get("cursor"), int(limit))


def _day(query: Mapping[str, str], name: str, default: date) -> date | Unreadable:
    text = query.get(name)
    if text is None:
        return default
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return Unreadable(name, f"`{name}` is a day as YYYY-MM-DD.")
    return day if day.isoformat() == text else Unreadable(name, f"`{name}` is a day as YYYY-MM-DD.")
