"""A service-hours rule as the settings write it, and the specified default (HOURS-01, HOURS-02)."""

from typing import Annotated, Literal

from msgspec import Meta, Struct

from madoguchi.institutions import forms
from madoguchi.kernel.business_days import DayKind

Service = Literal[
    "api-link",
    "account-api",
    "retail-balances",
    "retail-statements",
    "retail-transfers",
    "retail-bill-payments",
    "retail-other",
]


class HoursRule(Struct, frozen=True, forbid_unknown_fields=True):
    """`services` stop on each day that `rrule` names, at `start` Japan time, for `length`.

    `rrule` is an RFC 5545 recurrence over days, `length` an RFC 5545 duration, up to 7 days. `days`
    keeps only the days of those kinds; `days_before` moves the stop that many days ahead of the day
    named ("the day before the 2nd Sunday").
    """

    services: Annotated[tuple[Service, ...], Meta(min_length=1)]
    rrule: str
    start: forms.TimeOfDay
    length: forms.Duration
    days: tuple[DayKind, ...] = ()
    days_before: Annotated[int, Meta(ge=0, le=7)] = 0


def _api_link(rrule: str, start: str, length: str, days_before: int = 0) -> HoursRule:
    return HoursRule(
        services=("api-link",), rrule=rrule, start=start, length=length, days_before=days_before
    )


API_LINK_HOURS = (
    _api_link("FREQ=DAILY", "00:00", "PT1M"),
    _api_link("FREQ=DAILY", "04:00", "PT5M"),
    _api_link("FREQ=MONTHLY;BYDAY=1MO,3MO", "02:00", "PT4H"),
    _api_link("FREQ=MONTHLY;BYDAY=2SU,4SU", "23:50", "PT7H10M", days_before=1),
    _api_link("FREQ=YEARLY;BYMONTH=1;BYMONTHDAY=1,2,3", "00:00", "PT8H"),
    _api_link("FREQ=YEARLY;BYMONTH=1;BYMONTHDAY=1,2,3", "19:00", "PT5H"),
)
"""When the API link stops unless the settings say otherwise (HOURS-02)."""

RETAIL: tuple[Service, ...] = (
    "retail-balances",
    "retail-statements",
    "retail-transfers",
    "retail-bill-payments",
    "retail-other",
)


def _retail(
    rrule: str,
    start: str,
    length: str,
    *services: Service,
    days: tuple[DayKind, ...] = (),
    days_before: int = 0,
) -> HoursRule:
    return HoursRule(
        services=services or RETAIL,
        rrule=rrule,
        start=start,
        length=length,
        days=days,
        days_before=days_before,
    )


_OTHER_DAYS: tuple[DayKind, ...] = ("saturday", "sunday", "holiday")
_NEW_YEAR = "FREQ=YEARLY;BYMONTH=1;BYMONTHDAY=1,2,3"
_AFTER_1ST_AND_3RD_FRIDAY = ",".join(map(str, (*range(3, 10), *range(17, 24))))
"""The days of the month that the Sunday after the first or third Friday can be."""

RETAIL_HOURS = (
    _retail("FREQ=DAILY", "00:00", "PT8H", "retail-statements", days=("business_day",)),
    _retail("FREQ=DAILY", "23:45", "PT15M", "retail-statements", days=("business_day",)),
    _retail("FREQ=DAILY", "00:00", "PT9H", "retail-statements", days=_OTHER_DAYS),
    _retail("FREQ=DAILY", "17:00", "PT7H", "retail-statements", days=_OTHER_DAYS),
    _retail("FREQ=MONTHLY;BYDAY=1MO,3MO", "01:40", "PT4H20M"),
    _retail("FREQ=MONTHLY;BYDAY=1FR,3FR", "23:40", "PT30M"),
    _retail(f"FREQ=MONTHLY;BYDAY=SU;BYMONTHDAY={_AFTER_1ST_AND_3RD_FRIDAY}", "23:40", "PT30M"),
    _retail("FREQ=MONTHLY;BYDAY=2SU,4SU", "23:35", "PT7H25M", days_before=1),
    _retail(_NEW_YEAR, "23:40", "PT8H20M", days_before=1),
    _retail(_NEW_YEAR, "18:40", "PT5H20M"),
    _retail("FREQ=YEARLY;BYMONTH=5;BYMONTHDAY=3,4,5", "01:40", "PT4H20M"),
    _retail("FREQ=YEARLY;BYMONTH=6,9;BYDAY=3SU", "00:00", "PT5H30M", "retail-bill-payments"),
)
"""When internet banking stops unless the settings say otherwise (RET-32)."""

DEFAULT_HOURS = (*API_LINK_HOURS, *RETAIL_HOURS)
