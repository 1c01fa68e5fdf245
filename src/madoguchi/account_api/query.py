"""Reading the query of a transactions request (API-03). Pure."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from madoguchi.institutions import AccountApiSettings

KNOWN = ("from", "to", "cursor", "limit")
LONGEST_NUMBER = 9


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
    parameters: Sequence[tuple[str, str]], settings: AccountApiSettings, today: date
) -> Range | Unreadable | TooEarly:
    """Return the range asked for.

    Without `from` it begins at the earliest day kept, without `to` it ends today. Parameters that
    nobody knows are left aside; one that stands twice is refused.
    """
    given = Counter(name for name, _ in parameters)
    twice = [name for name in KNOWN if given[name] > 1]
    if twice:
        return Unreadable(twice[0], f"`{twice[0]}` is given more than once.")
    query = dict(parameters)
    earliest = today - timedelta(days=settings.history_days)
    from_day, to_day = _day(query, "from", earliest), _day(query, "to", today)
    limit = _limit(query, settings)
    if isinstance(from_day, Unreadable):
        return from_day
    if isinstance(to_day, Unreadable):
        return to_day
    if isinstance(limit, Unreadable):
        return limit
    return _wrong_order(query, from_day, to_day, earliest) or Range(
        from_day, to_day, query.get("cursor"), limit
    )


def _wrong_order(
    query: Mapping[str, str], from_day: date, to_day: date, earliest: date
) -> Unreadable | TooEarly | None:
    if from_day < earliest:
        return TooEarly(earliest)
    if to_day < from_day:
        return Unreadable("to" if "to" in query else "from", "`to` lies before `from`.")
    return None


def _day(query: Mapping[str, str], name: str, default: date) -> date | Unreadable:
    text = query.get(name)
    if text is None:
        return default
    unreadable = Unreadable(name, f"`{name}` is a day as YYYY-MM-DD.")
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return unreadable
    return day if day.isoformat() == text else unreadable


def _limit(query: Mapping[str, str], settings: AccountApiSettings) -> int | Unreadable:
    text = query.get("limit", str(settings.page_size))
    if text.isascii() and text.isdecimal() and len(text) <= LONGEST_NUMBER:
        limit = int(text)
        if 1 <= limit <= settings.page_size_limit:
            return limit
    return Unreadable("limit", f"`limit` is a whole number from 1 to {settings.page_size_limit}.")
