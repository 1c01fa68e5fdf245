"""Following a core's events: once each, in order, whoever reads, whatever breaks."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from madoguchi.core_bank import CoreEvent, CoreFailure, CoreUnavailable, EventKind, take_events
from madoguchi.core_bank import store as cursors
from madoguchi.plumbing.database import Database, Tx
from tests.core_bank.contract import BANK, reading
from tests.core_bank.stages import FakeStage
from tests.support.clock import SettableClock

pytestmark = pytest.mark.requirement("CORE-01")


class Reader:
    """Reads the events of a fake core, and keeps what it took in the database as well."""

    def __init__(self, database: Database, clock: SettableClock) -> None:
        self.stage = FakeStage(clock)
        self.database = database
        self.breaks = False

    async def happen(self, count: int) -> None:
        """Let so many accounts move and close."""
        for number in range(count):
            account = await self.stage.open_account(f"{number:07}")
            if number % 2:
                await self.stage.close(account.id)
            else:
                await self.stage.move(account.id, "002", f"{number:07}")

    async def read(self) -> int:
        """Take a page."""
        return await take_events(
            self.database, self.stage.core, reading(self.stage, BANK), self._take
        )

    async def _take(self, tx: Tx, event: CoreEvent) -> None:
        assert event.kind in (EventKind.ACCOUNT_MOVED, EventKind.ACCOUNT_CLOSED)
        await tx.execute("INSERT INTO following_taken VALUES ($1, $2)", BANK, int(event.id))
        if self.breaks:
            raise RuntimeError("an effect that fails")


@pytest.fixture
async def reader(fresh_database_url: str, clock: SettableClock) -> AsyncIterator[Reader]:
    """A reader on a database of its own, with a table of what was taken."""
    database = await Database.connect(fresh_database_url)
    async with database.transaction() as tx:
        await tx.execute("CREATE TABLE following_taken (institution text, number bigint)")
    yield Reader(database, clock)
    await database.close()


async def _taken(reader: Reader) -> list[int]:
    async with reader.database.transaction() as tx:
        numbers: list[int] | None = await tx.value(
            "SELECT array_agg(number ORDER BY ctid) FROM following_taken"
        )
    return numbers or []


async def test_once_in_order(reader: Reader) -> None:
    """Each event is taken once, in the order it happened; then there is nothing left."""
    assert await reader.read() == 0
    await reader.happen(3)
    assert [await reader.read(), await reader.read()] == [3, 0]
    await reader.happen(1)
    assert await reader.read() == 1
    assert await _taken(reader) == [1, 2, 3, 4]


async def test_an_effect_that_fails(reader: Reader) -> None:
    """Where an effect fails nothing is taken, and all of it comes again."""
    await reader.happen(2)
    reader.breaks = True
    with pytest.raises(RuntimeError):
        await reader.read()
    assert await _taken(reader) == []
    reader.breaks = False
    assert await reader.read() == 2
    assert await _taken(reader) == [1, 2]


async def test_a_core_that_is_down(reader: Reader) -> None:
    """A core that cannot be asked raises, and loses nothing."""
    await reader.happen(1)
    reader.stage.core.down = CoreFailure.LINK_FAILED
    with pytest.raises(CoreUnavailable):
        await reader.read()
    reader.stage.core.down = None
    assert await reader.read() == 1


async def _read_at_once(reader: Reader) -> list[int]:
    """Let eight readers go at once, twice: from the start, and from a cursor on."""
    for _ in range(2):
        await reader.happen(4)
        await asyncio.gather(*(reader.read() for _ in range(8)))
    return await _taken(reader)


async def test_many_at_once(reader: Reader) -> None:
    """Of many readers at once one takes a page; the others take nothing of it."""
    assert await _read_at_once(reader) == list(range(1, 9))


async def test_many_at_once_without_the_guard(
    reader: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without the look at where the cursor was, events are taken several times."""
    unguarded = cursors.MOVE_CURSOR.replace("WHERE c.cursor = $2", "WHERE $2::text IS NULL OR true")
    assert unguarded != cursors.MOVE_CURSOR
    monkeypatch.setattr(cursors, "MOVE_CURSOR", unguarded)
    assert len(await _read_at_once(reader)) > 8
