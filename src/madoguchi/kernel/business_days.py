"""Days as Japan's banks count them: business day, Saturday, Sunday, holiday (HOURS-01).

Holidays are the national ones and the banks' own, December 31 to January 3. The equinox days are
fixed by the government only the February before; later ones are computed.
"""

from datetime import date, timedelta
from functools import lru_cache
from typing import Literal

DayKind = Literal["business_day", "saturday", "sunday", "holiday"]

ONE_DAY = timedelta(days=1)

_WEEKDAY_KINDS: tuple[DayKind, ...] = (*("business_day",) * 5, "saturday", "sunday")


def day_kind(day: date) -> DayKind:
    """Return the kind of a day; a holiday that is a Saturday or Sunday is a holiday."""
    if day in _holidays(day.year):
        return "holiday"
    return _WEEKDAY_KINDS[day.weekday()]


def is_business_day(day: date) -> bool:
    """Tell whether banks do business on `day`."""
    return day.weekday() < 5 and day not in _holidays(day.year)


def previous_business_day(day: date) -> date:
    """Return the last business day before `day`."""
    day -= ONE_DAY
    while not is_business_day(day):
        day -= ONE_DAY
    return day


def business_day_from(day: date) -> date:
    """Return `day` where it is a business day, else the next one."""
    while not is_business_day(day):
        day += ONE_DAY
    return day


@lru_cache(maxsize=256)
def _holidays(year: int) -> frozenset[date]:
    from holidays.countries.japan import Japan  # slow to import

    own = (date(year, 12, 31), date(year, 1, 1), date(year, 1, 2), date(year, 1, 3))
    return frozenset(Japan(years=year, categories=("public", "bank"))).union(own)
