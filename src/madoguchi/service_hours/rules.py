"""When a service is open, and when that changes next (HOURS-01, HOURS-03). Pure.

The rules of a service are laid out once for each year as merged closings, in seconds since 1970;
an answer is then one bisection, exact to the second, in a few microseconds.
"""

from array import array
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache

from madoguchi.institutions import HoursRule, ServiceHoursSettings, Text
from madoguchi.kernel.business_days import day_kind
from madoguchi.kernel.clock import in_japan, japan_midnight
from madoguchi.kernel.recurrence import days_of, duration, time_of_day
from madoguchi.service_hours.outcomes import Closed, Open

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
SECOND = timedelta(seconds=1)
REACH = timedelta(days=15)
"""How far from the day it is named for a closing can lie: 7 days before it, or 7 days long."""
YEARS_AHEAD = 5
"""How far to look for a next change before saying that none is in sight."""


@dataclass(frozen=True, slots=True)
class Stoppage:
    """A time without service that staff entered; `ends_at` is None until somebody ends it."""

    id: str
    services: tuple[str, ...]
    starts_at: datetime
    ends_at: datetime | None
    text: Text

    def covers(self, at: datetime) -> bool:
        """Tell whether `at` lies in the stoppage."""
        return self.starts_at <= at and (self.ends_at is None or at < self.ends_at)


def state(
    hours: ServiceHoursSettings, service: str, at: datetime, stoppages: Sequence[Stoppage] = ()
) -> Open | Closed:
    """Return whether `service` is open at `at`, by its rules and by those stoppages that stop it.

    The next change takes both together: a closing that a stoppage prolongs ends with the stoppage.
    """
    answer = by_rules(hours, service, at)
    if not stoppages:
        return answer
    here = next((stoppage for stoppage in stoppages if stoppage.covers(at)), None)
    if isinstance(answer, Open) and here is None:
        ends = [stoppage.starts_at for stoppage in stoppages if stoppage.starts_at > at]
        return Open(min([*ends, answer.until] if answer.until else ends, default=None))
    return Closed(_opening(hours, service, at, stoppages), here.text if here else None)


def by_rules(hours: ServiceHoursSettings, service: str, at: datetime) -> Open | Closed:
    """Return whether `service` is open at `at` by the rules alone, and until when that holds."""
    second = (at - EPOCH) // SECOND
    year = in_japan(at).year
    starts, ends = _closings(hours, service, year)
    following = bisect_right(starts, second)
    if following and second < ends[following - 1]:
        return Closed(_end_of_closing(hours, service, ends[following - 1]))
    if following < len(starts):
        return Open(_instant(starts[following]))
    return Open(_next_closing(hours, service, year + 1))


def _opening(
    hours: ServiceHoursSettings, service: str, at: datetime, stoppages: Sequence[Stoppage]
) -> datetime | None:
    while True:
        closing_ends = [stoppage.ends_at for stoppage in stoppages if stoppage.covers(at)]
        answer = by_rules(hours, service, at)
        if isinstance(answer, Closed):
            closing_ends.append(answer.opens_at)
        if not closing_ends:
            return at
        known = [end for end in closing_ends if end is not None]
        if len(known) < len(closing_ends):
            return None
        at = max(known)


def _end_of_closing(hours: ServiceHoursSettings, service: str, end: int) -> datetime | None:
    """Follow a closing from year to year: what ends in a later year may go on there."""
    for _ in range(YEARS_AHEAD):
        starts, ends = _closings(hours, service, in_japan(_instant(end)).year)
        place = bisect_right(starts, end) - 1
        if place < 0 or end >= ends[place]:
            return _instant(end)
        end = ends[place]
    return None


def _next_closing(hours: ServiceHoursSettings, service: str, year: int) -> datetime | None:
    for later in range(year, year + YEARS_AHEAD):
        begins = (japan_midnight(date(later, 1, 1)) - EPOCH) // SECOND
        starts, _ = _closings(hours, service, later)
        place = bisect_right(starts, begins - 1)
        if place < len(starts):
            return _instant(starts[place])
    return None


@lru_cache(maxsize=4096)
def _closings(
    hours: ServiceHoursSettings, service: str, year: int
) -> tuple["array[int]", "array[int]"]:
    """Return the beginnings and the ends of the closings that touch a Japan year, merged.

    Those that begin after the year are left out: not all of them are known.
    """
    first, last = date(year, 1, 1) - REACH, date(year + 1, 1, 1) + REACH
    year_ends = (japan_midnight(date(year + 1, 1, 1)) - EPOCH) // SECOND
    rules = [rule for rule in hours.rules if service in rule.services]
    starts, ends = array("q"), array("q")
    for start, end in sorted(closing for rule in rules for closing in _laid_out(rule, first, last)):
        if ends and start <= ends[-1]:
            ends[-1] = max(ends[-1], end)
        elif start < year_ends:
            starts.append(start)
            ends.append(end)
    return starts, ends


def _laid_out(rule: HoursRule, first: date, last: date) -> Iterator[tuple[int, int]]:
    start, length = time_of_day(rule.start), duration(rule.length)
    into_day = timedelta(hours=start.hour, minutes=start.minute, seconds=start.second)
    for day in days_of(rule.rrule, first, last):
        if not rule.days or day_kind(day) in rule.days:
            begins = japan_midnight(day - timedelta(days=rule.days_before)) + into_day
            yield (begins - EPOCH) // SECOND, (begins + length - EPOCH) // SECOND


def _instant(second: int) -> datetime:
    return EPOCH + second * SECOND
