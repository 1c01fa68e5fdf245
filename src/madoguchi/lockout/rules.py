"""What locks, after how many wrong tries, and for how long (LOCK-01). Pure."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Literal

from madoguchi.kernel.clock import japan_day, next_japan_midnight

UNTIL_RELEASED = datetime(9999, 12, 31, tzinfo=UTC)
"""Stands in the database for a lock that only a release ends."""

NO_DAY = date(1, 1, 1)
"""The day of a count that no day ends."""

UNJUDGED_FOR = timedelta(minutes=1)
"""After this long without a result, a try was cut off by a crash: it counts as a wrong one."""


@dataclass(frozen=True, slots=True)
class Policy:
    """How one kind of secret locks; `what` names it, and locks of different `what`s never touch.

    `limit` wrong tries lock. With the window "day", those of earlier Japan days do not count. The
    lock ends at the next Japan midnight, on release only, or after a time.
    """

    what: str
    limit: int
    window: Literal["day", "ever"]
    lock_until: Literal["next_midnight", "released"] | timedelta

    def counted_on(self, now: datetime) -> date:
        """Return the day that a try at `now` counts for."""
        return japan_day(now) if self.window == "day" else NO_DAY

    def locked_until(self, now: datetime) -> datetime:
        """Return when a lock that begins at `now` ends; `UNTIL_RELEASED` where time does not."""
        if isinstance(self.lock_until, timedelta):
            return now + self.lock_until
        return next_japan_midnight(now) if self.lock_until == "next_midnight" else UNTIL_RELEASED


def told(until: datetime) -> datetime | None:
    """Return the end of a lock as callers see it: None where only a release ends it."""
    return None if until == UNTIL_RELEASED else until
