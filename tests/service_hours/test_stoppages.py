"""Stoppages that staff enter, in the database."""

from datetime import datetime, timedelta

import pytest

from madoguchi import service_hours
from madoguchi.institutions import Institution, Text
from madoguchi.kernel.clock import JAPAN
from madoguchi.operations_log import OperationsLog
from madoguchi.plumbing.database import Database
from madoguchi.service_hours import Closed, EmptyStoppage, NoSuchStoppage, Open, Stoppage
from tests.institutions.documents import sample_institution
from tests.support.clock import SettableClock
from tests.support.keys import FixedKeys

TEXT = Text(ja="システムの点検中です。", en="The system is being checked.")
NOON = datetime(2026, 11, 20, 12, 0, tzinfo=JAPAN)
AN_HOUR = timedelta(hours=1)


@pytest.fixture
def institution() -> Institution:
    """The sample institution, 9901."""
    return sample_institution()


@pytest.fixture
def log(keys: FixedKeys, clock: SettableClock) -> OperationsLog:
    """An operations log with the test's keys and clock."""
    return OperationsLog(keys, clock)


def from_noon(ends_at: datetime | None, *services: str) -> Stoppage:
    """Return a stoppage that begins at noon."""
    return Stoppage("s-1", services or ("api-link",), NOON, ends_at, TEXT)


async def add(
    database: Database, stoppage: Stoppage, log: OperationsLog, now: datetime
) -> Stoppage | EmptyStoppage:
    """Enter a stoppage as staff of 9901, in a transaction of its own."""
    async with database.transaction() as tx:
        return await service_hours.add_stoppage(
            tx, "9901", stoppage, by="staff-1", log=log, now=now
        )


@pytest.mark.requirement("HOURS-02", "LINK-33", "STAFF-07")
async def test_a_stoppage_stops_its_services_for_its_time(
    database: Database, institution: Institution, log: OperationsLog, clock: SettableClock
) -> None:
    """It is seen ahead, holds from its beginning to its end, and stops the named service only."""
    await add(database, from_noon(NOON + AN_HOUR), log, clock.now())
    async with database.transaction() as tx:

        async def asked(service: str, at: datetime) -> Open | Closed:
            return await service_hours.is_open(tx, institution, service, at)  # type: ignore[arg-type]

        assert await asked("api-link", clock.now()) == Open(NOON)
        assert await asked("api-link", NOON) == Closed(NOON + AN_HOUR, TEXT)
        assert isinstance(await asked("api-link", NOON + AN_HOUR), Open)
        assert await asked("account-api", NOON) == Open(None)


@pytest.mark.requirement("INST-04")
async def test_a_stoppage_is_of_one_institution(
    database: Database, institution: Institution, log: OperationsLog, clock: SettableClock
) -> None:
    """Another institution is neither stopped by it, nor lists it, nor can end it."""
    await add(database, from_noon(None), log, clock.now())
    other = sample_institution(code="9902", slug="other")
    async with database.transaction() as tx:
        assert isinstance(await service_hours.is_open(tx, other, "api-link", NOON), Open)
        assert await service_hours.list_stoppages(tx, "9902", clock.now()) == []
        ended = await service_hours.end_stoppage(tx, "9902", "s-1", by="staff-2", log=log, now=NOON)
        assert ended == NoSuchStoppage()
        closed = await service_hours.is_open(tx, institution, "api-link", NOON)
        assert closed == Closed(None, TEXT)


@pytest.mark.requirement("STAFF-07")
async def test_staff_end_a_stoppage_at_once(
    database: Database, institution: Institution, log: OperationsLog, clock: SettableClock
) -> None:
    """An open-ended stoppage ends when somebody ends it; a second time there is nothing to end."""
    await add(database, from_noon(None), log, clock.now())
    async with database.transaction() as tx:
        ends = NOON + timedelta(minutes=7)
        by_staff = {"by": "staff-1", "log": log, "now": ends}
        ended = await service_hours.end_stoppage(tx, "9901", "s-1", **by_staff)  # type: ignore[arg-type]
        assert isinstance(ended, Stoppage)
        assert ended.ends_at == ends
        assert isinstance(await service_hours.is_open(tx, institution, "api-link", ends), Open)
        again = await service_hours.end_stoppage(tx, "9901", "s-1", **by_staff)  # type: ignore[arg-type]
        assert again == NoSuchStoppage()


@pytest.mark.requirement("STAFF-07")
async def test_a_stoppage_ended_before_it_begins_is_cancelled(
    database: Database, institution: Institution, log: OperationsLog, clock: SettableClock
) -> None:
    """A planned stoppage that is taken back stops nothing."""
    await add(database, from_noon(NOON + AN_HOUR), log, clock.now())
    async with database.transaction() as tx:
        await service_hours.end_stoppage(tx, "9901", "s-1", by="staff-1", log=log, now=clock.now())
        assert isinstance(await service_hours.is_open(tx, institution, "api-link", NOON), Open)


@pytest.mark.requirement("STAFF-07")
@pytest.mark.parametrize(
    "stoppage",
    [
        Stoppage("s-1", (), NOON, None, TEXT),
        from_noon(NOON),
        Stoppage("s-1", ("api-link",), NOON - 9 * AN_HOUR, NOON - 8 * AN_HOUR, TEXT),
    ],
)
async def test_a_stoppage_that_stops_nothing_is_refused(
    database: Database, log: OperationsLog, clock: SettableClock, stoppage: Stoppage
) -> None:
    """No service, no length, or already over: refused, and not listed."""
    assert await add(database, stoppage, log, clock.now()) == EmptyStoppage()
    async with database.transaction() as tx:
        assert await service_hours.list_stoppages(tx, "9901", clock.now() - 24 * AN_HOUR) == []


@pytest.mark.requirement("LOG-01")
async def test_entering_and_ending_are_in_the_log(
    database: Database, log: OperationsLog, clock: SettableClock
) -> None:
    """Who entered and who ended a stoppage stands in the operations log."""
    await add(database, from_noon(None), log, clock.now())
    async with database.transaction() as tx:
        await service_hours.end_stoppage(tx, "9901", "s-1", by="staff-2", log=log, now=NOON)
    async with database.transaction() as tx:
        events = await tx.value(
            "SELECT array_agg(event || ' ' || actor ) FROM operations_log_entries"
        )
    assert sorted(events) == [
        "service-hours:stoppage:ended staff-2",
        "service-hours:stoppage:entered staff-1",
    ]
