"""A clock that stands still until a test moves it."""

from datetime import UTC, datetime, timedelta

from madoguchi.kernel.clock import JAPAN

MORNING = datetime(2026, 11, 20, 9, 0, tzinfo=JAPAN)
"""A Friday, a business day: when every test begins."""


class SettableClock:
    """A `Clock` that says what it was set to."""

    def __init__(self, at: datetime = MORNING) -> None:
        self._now = at.astimezone(UTC)

    def now(self) -> datetime:
        """Return the instant last set, in UTC."""
        return self._now

    def set(self, at: datetime) -> None:
        """Go to `at` (aware, any zone)."""
        self._now = at.astimezone(UTC)

    def advance(self, seconds: float) -> datetime:
        """Go on by so many seconds (back where negative); return the new now."""
        self._now += timedelta(seconds=seconds)
        return self._now
