"""The one clock, and Japan time (LINK-36, RUN-04).

Every instant in the product is an aware `datetime` in UTC; every calendar decision is made in
Japan time.
"""

from datetime import UTC, date, datetime, time, timedelta, timezone
from typing import Protocol

JAPAN = timezone(timedelta(hours=9), "JST")
"""Japan time. A fixed offset: Japan has had no summer time since 1951."""


class Clock(Protocol):
    """Where the product asks what time it is."""

    def now(self) -> datetime:
        """Return the present instant, aware, in UTC."""
        ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """Return the present instant, aware, in UTC."""
        return datetime.now(UTC)


def in_japan(at: datetime) -> datetime:
    """Return the instant `at` (aware, any zone) on Japan's wall clock."""
    return at.astimezone(JAPAN)


def japan_day(at: datetime) -> date:
    """Return the calendar day that the instant `at` falls on in Japan."""
    return in_japan(at).date()


def japan_midnight(day: date) -> datetime:
    """Return the instant at which `day` begins in Japan, in UTC."""
    return datetime.combine(day, time(), JAPAN).astimezone(UTC)


def next_japan_midnight(at: datetime) -> datetime:
    """Return the first instant of the Japan day after the one that `at` falls on, in UTC."""
    return japan_midnight(japan_day(at) + timedelta(days=1))
