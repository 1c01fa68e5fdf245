"""A worker process that executes the morning's reservations: `python -m … URL NOW`."""

import asyncio
import sys
from dataclasses import replace
from datetime import datetime

from madoguchi.kernel.entropy import SystemEntropy
from madoguchi.plumbing.database import Database
from madoguchi.plumbing.jobs import Worker
from tests.support.clock import SettableClock
from tests.transfers.transfer_world import World


async def main(url: str, now: str) -> None:
    """Execute what is due, three together and some milliseconds for them, until nothing is."""
    database = await Database.connect(url)
    world = World(database, SettableClock(datetime.fromisoformat(now)), SystemEntropy())
    world.core.pause = 0.03
    (kind,) = world.transfers.kinds()
    assert kind.together
    few = replace(kind, together=replace(kind.together, most=3))
    worker = Worker(database, world.clock, world.entropy, kinds=[few])
    while await worker.run_due():
        pass
    await database.close()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2]))
