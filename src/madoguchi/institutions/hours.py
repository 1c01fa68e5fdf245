"""A service-hours rule as the settings write it, and the specified default (HOURS-01, HOURS-02)."""

from typing import Annotated, Literal

from msgspec import Meta, Struct

from madoguchi.institutions import forms
from madoguchi.kernel.business_days import DayKind

Service = Literal["api-link", "account-api"]


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
