"""What a customer asks of a statement: the query as it came, and what it means (RET-16).

Whatever is wrong is said at its field; the rest of what was typed is kept.
"""

import re
import unicodedata
from calendar import monthrange
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import cast
from urllib.parse import urlencode

from madoguchi.kernel.journey import FieldError
from madoguchi.retail.accounts.statements import Selection, Wanted

FIELDS = ("account", "from", "to", "direction", "words")
LONGEST_WORDS = 40
LONGEST_FIELD = 200
USUAL_DAYS = 30
DIRECTIONS = ("", "in", "out")
ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Range:
    """The Japan days that can be asked for, both included: `last` is today."""

    first: date
    last: date

    @classmethod
    def back_from(cls, today: date, days: int) -> "Range":
        """Return the range that goes `days` back from today."""
        return cls(today - days * ONE_DAY, today)


@dataclass(frozen=True)
class Asked:
    """The query as it came, cut to a sensible length; `values` fill the form again."""

    values: Mapping[str, str]
    page: str

    @classmethod
    def of(cls, query: Mapping[str, str]) -> "Asked":
        """Return what the query asks."""
        values = {name: query.get(name, "")[:LONGEST_FIELD] for name in FIELDS}
        return cls(values, query.get("page", "")[:LONGEST_FIELD])

    def filled(self, selection: Selection, account: str) -> "Asked":
        """Return the same with what was left out filled in."""
        values = {
            "account": account,
            "from": selection.first.isoformat(),
            "to": selection.last.isoformat(),
            "direction": selection.direction,
            "words": selection.words,
        }
        return Asked(values, self.page)

    def query(self) -> str:
        """Return the query that asks for the same, without the page."""
        return urlencode({name: value for name, value in self.values.items() if value})


def selection_of(asked: Asked, days: Range) -> Selection | tuple[FieldError, ...]:
    """Return what is asked for, or everything that is wrong with it.

    Without days, the last 30 are meant, or as many as can be asked for.
    """
    errors: list[FieldError] = []
    first = _day(asked, "from", max(days.first, days.last - USUAL_DAYS * ONE_DAY), errors)
    last = _day(asked, "to", days.last, errors)
    if first and last:
        errors += _wrong_days(first, last, days)
    words = " ".join(asked.values["words"].split())
    if len(words) > LONGEST_WORDS:
        limit = {"limit": str(LONGEST_WORDS)}
        errors.append(FieldError("words", "accounts.error.words-long", limit))
    direction = asked.values["direction"]
    if direction not in DIRECTIONS:
        errors.append(FieldError("direction", "accounts.error.direction"))
    if errors or not (first and last):
        return tuple(errors)
    return Selection(first, last, cast("Wanted", direction), words)


def page_number(typed: str) -> int | None:
    """Return the number of the page asked for, 1 where none is; None where it is no number."""
    if not typed:
        return 1
    number = int(typed) if re.fullmatch(r"[0-9]{1,6}", typed) else 0
    return number or None


def month_of(typed: str, days: Range) -> date | None:
    """Return the first day of the month typed as `2026-11`; None where it is not within `days`.

    Without one, the present month is meant.
    """
    if not typed:
        return days.last.replace(day=1)
    return next((month for month in months_of(days) if f"{month:%Y-%m}" == typed), None)


def months_of(days: Range) -> list[date]:
    """Return the first days of all months that have a day in the range, the newest first."""
    months = [days.last.replace(day=1)]
    while months[-1] > days.first:
        months.append((months[-1] - ONE_DAY).replace(day=1))
    return months


def days_in(month: date) -> int:
    """Return how many days the month has."""
    return monthrange(month.year, month.month)[1]


def day_of(typed: str) -> date | None:
    """Return the day typed as 2026-11-20, 2026/11/20, 20261120 or 2026年11月20日, of any width."""
    plain = unicodedata.normalize("NFKC", typed).strip()
    found = _WRITTEN_DAY.fullmatch(plain) or _EIGHT_DIGITS.fullmatch(plain)
    if found is None:
        return None
    try:
        return date(*(int(part) for part in found.groups()))
    except ValueError:
        return None


def _day(asked: Asked, name: str, otherwise: date, errors: list[FieldError]) -> date | None:
    typed = asked.values[name]
    if not typed.strip():
        return otherwise
    day = day_of(typed)
    if day is None:
        errors.append(FieldError(name, "accounts.error.no-day"))
    return day


def _wrong_days(first: date, last: date, days: Range) -> Iterator[FieldError]:
    if first < days.first:
        yield FieldError("from", "accounts.error.too-far-back", {"day": days.first.isoformat()})
    if last > days.last:
        yield FieldError("to", "accounts.error.in-future")
    if first > last:
        yield FieldError("from", "accounts.error.turned-round")


_WRITTEN_DAY = re.compile(r"([0-9]{4})[-/.年]([0-9]{1,2})[-/.月]([0-9]{1,2})日?")
_EIGHT_DIGITS = re.compile(r"([0-9]{4})([0-9]{2})([0-9]{2})")
