"""Real worker processes at the morning's list of reservations, killed in the middle of it."""

import asyncio
import sys
from datetime import date

import pytest

from madoguchi.plumbing.database import Database
from madoguchi.transfers import TransferState
from tests.support.clock import SettableClock
from tests.transfers.transfer_world import World, at, limits, order

RESERVATIONS = 40
MORNING = at("2026-11-24 07:00")


async def start_worker(url: str) -> asyncio.subprocess.Process:
    """Start a worker process on the database."""
    return await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.transfers.morning_worker", url, MORNING.isoformat(),
        stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL,
    )  # fmt: skip


async def done(world: World) -> int:
    """Return how many transfers are done."""
    return sum(each.state is TransferState.DONE for each in await world.every())


async def in_the_middle(world: World) -> None:
    """Wait until some are done, and most are not."""
    for _ in range(3_000):
        if await done(world) >= 6:
            return
        await asyncio.sleep(0.01)
    raise AssertionError("the workers did nothing")


@pytest.mark.requirement("RET-19")
@pytest.mark.requirement("RET-18")
async def test_two_processes_one_killed(fresh_database_url: str, clock: SettableClock) -> None:
    """Two processes share the list; one is killed in its middle: each is executed exactly once."""
    database = await Database.connect(fresh_database_url)
    world = World(database, clock)
    world.set(limits=limits(10_000, 1_000_000, 1_000_000))
    source = await world.account(1_000_000)
    to = await world.account(holder="hanako", branch="002")
    day = date(2026, 11, 24)
    sent = [
        await world.accepted(order(source, to, 1_000 + place, day)) for place in range(RESERVATIONS)
    ]
    workers = [await start_worker(fresh_database_url) for _ in range(2)]
    await in_the_middle(world)
    workers[0].kill()
    for worker in workers:
        await worker.wait()
    clock.set(MORNING)
    for _ in range(3):
        clock.advance(300)
        await world.worker().beat()
        while await world.worker().run_due():
            pass
    assert await done(world) == RESERVATIONS
    gone = sum(each.order.amount + each.fee for each in sent)
    assert await world.balance(source) == (1_000_000 - gone, 1_000_000 - gone)
    assert await world.balance(to) == (gone - 110 * RESERVATIONS,) * 2
    assert (await world.mails()).count("transfer-done") == RESERVATIONS
    await world.books_are_right()
    await database.close()
