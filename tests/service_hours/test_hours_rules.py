"""Opening hours against slow, obvious implementations, and their speed."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest
from dateutil.rrule import rrulestr
from hypothesis import given, settings
from hypothesis import strategies as st

from madoguchi.institutions import HoursRule, ServiceHoursSettings, Text
from madoguchi.kernel.business_days import day_kind
from madoguchi.kernel.clock import JAPAN
from madoguchi.kernel.recurrence import duration, time_of_day
from madoguchi.service_hours import Closed, Open, Stoppage, rules, state

DEFAULT = ServiceHoursSettings()
MINUTE = timedelta(minutes=1)
SECOND = timedelta(seconds=1)
TEXT = Text(ja="メンテナンス中です。", en="Under maintenance.")


def japan(*parts: int) -> datetime:
    """Return an instant by Japan's wall clock."""
    return datetime(*parts, tzinfo=JAPAN)  # type: ignore[misc, arg-type]


def closed_by_the_words(at: datetime) -> bool:
    """Tell whether the API link is closed at a minute of Japan time, as HOURS-02 reads."""
    clock = at.hour * 60 + at.minute
    if clock < 1 or 4 * 60 <= clock < 4 * 60 + 5:
        return True
    if at.weekday() == 0 and (at.day - 1) // 7 in (0, 2) and 2 * 60 <= clock < 6 * 60:
        return True
    if at.weekday() == 6 and (at.day - 1) // 7 in (1, 3) and clock < 7 * 60:
        return True
    tomorrow = at + timedelta(days=1)
    if at.weekday() == 5 and (tomorrow.day - 1) // 7 in (1, 3) and clock >= 23 * 60 + 50:
        return True
    return at.month == 1 and at.day <= 3 and (clock < 8 * 60 or clock >= 19 * 60)


def changes(hours: ServiceHoursSettings, first: datetime, last: datetime) -> Iterator[datetime]:
    """Yield the instants at which the API link opens or closes, one after the other."""
    at: datetime | None = first
    while at is not None and at <= last:
        answer = state(hours, "api-link", at)
        following = answer.until if isinstance(answer, Open) else answer.opens_at
        yield at
        assert following is None or following > at
        at = following


@pytest.mark.requirement("HOURS-02", "HOURS-03")
def test_the_default_hours_agree_with_the_words_at_every_minute() -> None:
    """Over two and a half years, each minute is open or closed as the specification reads."""
    first, last = japan(2026, 7, 1), japan(2029, 1, 5)
    turning = {at.astimezone(JAPAN).replace(tzinfo=None) for at in changes(DEFAULT, first, last)}
    at, end = first.replace(tzinfo=None), last.replace(tzinfo=None)
    closed = closed_by_the_words(at)
    while at < end:
        at += MINUTE
        was, closed = closed, closed_by_the_words(at)
        assert (was != closed) == (at in turning), at


@pytest.mark.requirement("HOURS-02", "HOURS-01")
@pytest.mark.parametrize(
    ("at", "opens_at"),
    [
        (japan(2026, 11, 21, 0, 0, 59), japan(2026, 11, 21, 0, 1)),
        (japan(2026, 11, 20, 4, 0), japan(2026, 11, 20, 4, 5)),
        (japan(2026, 12, 7, 2, 0), japan(2026, 12, 7, 6, 0)),
        (japan(2026, 12, 12, 23, 50), japan(2026, 12, 13, 7, 0)),
        (japan(2027, 1, 1, 0, 0), japan(2027, 1, 1, 8, 0)),
        (japan(2027, 1, 1, 19, 0), japan(2027, 1, 2, 8, 0)),
        (japan(2027, 1, 3, 23, 0), japan(2027, 1, 4, 0, 1)),
    ],
)
def test_a_closing_ends_when_the_service_really_opens(at: datetime, opens_at: datetime) -> None:
    """Closings that touch or overlap are told as one, across midnight and year end."""
    assert state(DEFAULT, "api-link", at) == Closed(opens_at)
    assert isinstance(state(DEFAULT, "api-link", opens_at - SECOND), Closed)
    assert isinstance(state(DEFAULT, "api-link", opens_at), Open)


@pytest.mark.requirement("HOURS-03")
def test_an_answer_is_exact_to_the_second() -> None:
    """Open in the last microsecond before a closing, closed at its first instant."""
    closing = japan(2026, 11, 21, 0, 0)
    before = closing - timedelta(microseconds=1)
    assert state(DEFAULT, "api-link", before) == Open(closing)
    assert state(DEFAULT, "api-link", closing) == Closed(closing + MINUTE)


@pytest.mark.requirement("HOURS-02")
def test_the_default_hours_stop_the_api_link_only() -> None:
    """A service that no rule names is open, and no change is in sight."""
    assert state(DEFAULT, "account-api", japan(2026, 11, 21)) == Open(None)


@pytest.mark.requirement("HOURS-01")
def test_kinds_of_day_choose_the_days() -> None:
    """A rule for business days leaves Saturdays, Sundays, national and bank holidays open."""
    hours = ServiceHoursSettings(
        rules=(HoursRule(("api-link",), "FREQ=DAILY", "09:00", "PT1H", days=("business_day",)),)
    )
    closed_days = [
        date(2026, 12, 28) + timedelta(days=ahead)
        for ahead in range(14)
        if isinstance(
            state(hours, "api-link", japan(2026, 12, 28, 9) + ahead * 1440 * MINUTE), Closed
        )
    ]
    assert closed_days == [
        *(date(2026, 12, day) for day in (28, 29, 30)),
        *(date(2027, 1, day) for day in (4, 5, 6, 7, 8)),
    ]


RULES = st.builds(
    HoursRule,
    services=st.just(("api-link",)),
    rrule=st.sampled_from(
        (
            *("FREQ=DAILY", "FREQ=WEEKLY;BYDAY=MO,FR", "FREQ=MONTHLY;BYDAY=2SU,-1FR"),
            *("FREQ=MONTHLY;BYMONTHDAY=-1", "FREQ=YEARLY;BYMONTH=1;BYMONTHDAY=1,2,3"),
            *("FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=1", "FREQ=YEARLY;BYYEARDAY=1,-1"),
            "FREQ=DAILY;UNTIL=20270101",
        )
    ),
    start=st.sampled_from(("00:00", "00:00:01", "04:00", "12:34:56", "23:40", "23:59:59")),
    length=st.sampled_from(("PT1S", "PT5M", "PT7H10M", "PT24H", "P2DT3H", "P7D")),
    days=st.sampled_from(((), ("business_day",), ("holiday", "sunday"), ("saturday",))),
    days_before=st.integers(0, 7),
)


def closed_obviously(rules: tuple[HoursRule, ...], at: datetime) -> bool:
    """Tell whether any rule stops the service at `at`, by trying every day near it."""
    today = at.astimezone(JAPAN).replace(tzinfo=None)
    for rule in rules:
        named = rrulestr(rule.rrule, dtstart=japan(2020, 1, 1).replace(tzinfo=None))
        for day in named.between(today - timedelta(days=16), today + timedelta(days=16)):
            if rule.days and day_kind(day.date()) not in rule.days:
                continue
            shifted = day.date() - timedelta(days=rule.days_before)
            starts = datetime.combine(shifted, time_of_day(rule.start))
            if starts <= today < starts + duration(rule.length):
                return True
    return False


@pytest.mark.requirement("HOURS-01", "HOURS-03")
@settings(max_examples=40, deadline=None)
@given(
    rules=st.lists(RULES, min_size=1, max_size=3).map(tuple),
    minutes=st.integers(0, 26 * 1440),
)
def test_any_rules_agree_with_trying_every_day(rules: tuple[HoursRule, ...], minutes: int) -> None:
    """Open or closed at an instant, just before the next change, and after it."""
    at = japan(2026, 12, 20) + minutes * MINUTE + 30 * SECOND
    hours = ServiceHoursSettings(rules=rules)
    for _ in range(4):
        answer = state(hours, "api-link", at)
        closed = isinstance(answer, Closed)
        assert closed_obviously(rules, at) == closed
        following = answer.opens_at if isinstance(answer, Closed) else answer.until
        if following is None:
            return
        assert closed_obviously(rules, following) != closed
        assert closed_obviously(rules, following - timedelta(microseconds=1)) == closed
        at = following


@pytest.mark.requirement("HOURS-03")
def test_nothing_changes_between_now_and_the_next_change() -> None:
    """From each change to the next, every minute's answer names the same next change."""
    found = list(changes(DEFAULT, japan(2026, 12, 29), japan(2027, 1, 5)))
    for begins, ends in pairwise(found):
        first = state(DEFAULT, "api-link", begins)
        at = begins
        while at < ends:
            assert state(DEFAULT, "api-link", at) == first
            at += MINUTE * 7


@pytest.mark.requirement("HOURS-01")
def test_a_service_that_never_opens_says_that_nobody_knows() -> None:
    """Closings without a gap have no opening, and asking for it ends."""
    always = ServiceHoursSettings(rules=(HoursRule(("api-link",), "FREQ=DAILY", "00:00", "PT24H"),))
    assert state(always, "api-link", japan(2026, 11, 20)) == Closed(None)


@pytest.mark.requirement("HOURS-01")
def test_the_next_closing_is_found_in_a_later_year() -> None:
    """A yearly closing is seen from just after the last one."""
    yearly = ServiceHoursSettings(
        rules=(HoursRule(("api-link",), "FREQ=YEARLY;BYMONTH=5;BYMONTHDAY=3", "01:40", "PT4H20M"),)
    )
    assert state(yearly, "api-link", japan(2026, 5, 3, 6)) == Open(japan(2027, 5, 3, 1, 40))
    leap = ServiceHoursSettings(
        rules=(HoursRule(("api-link",), "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29", "01:00", "PT1H"),)
    )
    assert state(leap, "api-link", japan(2028, 3, 1)) == Open(japan(2032, 2, 29, 1))


@pytest.mark.requirement("HOURS-03")
def test_a_year_is_laid_out_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """After the first ask of a year an answer lays out no rule again: it only looks up."""
    at = japan(2026, 11, 20, 9).astimezone(UTC)
    first = state(DEFAULT, "api-link", at)
    monkeypatch.setattr(rules, "_laid_out", _fail)
    assert state(DEFAULT, "api-link", at) == first
    assert isinstance(state(DEFAULT, "api-link", at + timedelta(days=20)), Open | Closed)


def _fail(*_: object) -> None:
    pytest.fail("a rule was laid out again")


@pytest.mark.requirement("HOURS-02")
def test_a_stoppage_joins_the_closings_that_it_touches() -> None:
    """A stoppage up to 0:00 ends with the nightly minute; its text is shown while it lasts."""
    at = japan(2026, 11, 20, 23)
    stoppage = Stoppage("s", ("api-link",), at, at + 60 * MINUTE, TEXT)
    assert state(DEFAULT, "api-link", at - SECOND, [stoppage]) == Open(at)
    assert state(DEFAULT, "api-link", at, [stoppage]) == Closed(japan(2026, 11, 21, 0, 1), TEXT)
    ordinary = state(DEFAULT, "api-link", japan(2026, 11, 21), [stoppage])
    assert ordinary == Closed(japan(2026, 11, 21, 0, 1))


def test_an_open_ended_stoppage_has_no_opening() -> None:
    """Until staff end it, nobody knows when the service opens."""
    at = japan(2026, 11, 20, 12)
    stoppage = Stoppage("s", ("api-link",), at, None, TEXT)
    assert state(DEFAULT, "api-link", at + 5 * MINUTE, [stoppage]) == Closed(None, TEXT)
