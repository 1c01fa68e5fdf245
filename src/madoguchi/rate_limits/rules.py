"""Windows and what is left in them. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil

from madoguchi.rate_limits.outcomes import Allowed, Limited


@dataclass(frozen=True, slots=True)
class Bucket:
    """`who` may do `what` at most `limit` times in a window of `per_seconds` (up to a day).

    A window begins with the first turn taken after the one before has ended.
    """

    what: str
    who: str
    limit: int
    per_seconds: int

    def ends_at(self, now: datetime) -> datetime:
        """Return when a window that begins at `now` ends."""
        return now + timedelta(seconds=self.per_seconds)

    def judged(self, used: int, ends_at: datetime, now: datetime) -> Allowed | Limited:
        """Return what a turn comes to that is the `used`th of the window that ends at `ends_at`."""
        if used <= self.limit:
            return Allowed(self.limit, self.limit - used, ends_at)
        wait_seconds = max(1, ceil((ends_at - now).total_seconds()))
        return Limited(self.what, self.limit, wait_seconds, ends_at)


def tightest(answers: Sequence[Allowed | Limited]) -> Allowed | Limited:
    """Return the answer for buckets together: the longest wait, else the fewest turns left."""
    limited = [answer for answer in answers if isinstance(answer, Limited)]
    if limited:
        return max(limited, key=lambda answer: answer.retry_after_seconds)
    allowed = [answer for answer in answers if isinstance(answer, Allowed)]
    return min(allowed, key=lambda answer: answer.remaining)
