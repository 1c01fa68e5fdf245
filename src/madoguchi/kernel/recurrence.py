"""Recurrences over whole days and durations, as RFC 5545 writes them."""

import re
from datetime import date, datetime, time, timedelta
from itertools import takewhile

DAY_PARTS = frozenset({"BYDAY", "BYMONTHDAY", "BYYEARDAY"})
PARTS = DAY_PARTS | {"FREQ", "BYMONTH", "BYWEEKNO", "BYSETPOS", "WKST", "UNTIL"}
FREQUENCIES = ("DAILY", "WEEKLY", "MONTHLY", "YEARLY")
DURATION = re.compile(r"P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?")
TRIED_YEARS = (date(2023, 1, 1), date(2030, 12, 31))


class NotARecurrence(ValueError):
    """A text is no recurrence rule over days; the message says why, to whoever wrote it."""


def days_of(rrule: str, first: date, last: date) -> tuple[date, ...]:
    """Return the days from `first` to `last`, both included, that `rrule` names, in order.

    Raises `NotARecurrence`. A rule has no first day of its own, so INTERVAL and COUNT have no
    meaning here.
    """
    from dateutil.rrule import rrulestr  # slow to import

    _check_parts(rrule)
    # Beginning with a whole year keeps BYSETPOS and BYWEEKNO whole.
    start = datetime(first.year - 1, 1, 1)  # noqa: DTZ001 - a day, not an instant
    try:
        found = takewhile(lambda at: at.date() <= last, rrulestr(rrule, dtstart=start))
        return tuple(at.date() for at in found if at.date() >= first)
    except (ValueError, IndexError, TypeError, AttributeError) as error:
        raise NotARecurrence(str(error)) from error


def check_rule(rrule: str) -> None:
    """Raise `NotARecurrence` where `rrule` cannot be read, or names no day at all."""
    if not days_of(rrule, *TRIED_YEARS) and "UNTIL=" not in rrule:
        raise NotARecurrence(f"{rrule} names no day")


def duration(text: str) -> timedelta:
    """Return the length that an RFC 5545 duration such as PT7H10M writes. Raises ValueError."""
    found = DURATION.fullmatch(text)
    if found is None:
        raise ValueError(f"{text!r} is no duration")
    days, hours, minutes, seconds = (int(part or 0) for part in found.groups())
    return timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds)


def time_of_day(text: str) -> time:
    """Return the time that "23:50" or "23:50:30" writes. Raises ValueError."""
    return time.fromisoformat(text)


def _check_parts(rrule: str) -> None:
    parts = dict(part.partition("=")[::2] for part in rrule.split(";"))
    unknown = [name for name in parts if name not in PARTS]
    if unknown:
        raise NotARecurrence(
            f"{unknown[0] or 'an empty part'} is not one of {', '.join(sorted(PARTS))}"
        )
    if parts.get("FREQ") not in FREQUENCIES:
        raise NotARecurrence(f"FREQ must be one of {', '.join(FREQUENCIES)}")
    if parts["FREQ"] != "DAILY" and not DAY_PARTS & parts.keys():
        raise NotARecurrence(f"FREQ={parts['FREQ']} needs one of {', '.join(sorted(DAY_PARTS))}")
