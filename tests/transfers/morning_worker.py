"""A worker process that executes the morning's reservations: `python -m … URL NOW`."""

import asyncio
import sys
from datetime import datetime

from madoguchi.plumbing.database import Database
from tests.support.clock import SettableClock
from tests.transfers.transfer_world import World


async def main(url: str, now: str) -> None:
    """Execute what is due, some milliseconds for each step, until nothing is."""
    database = await Database.connect(url)
    world = World(database, SettableClock(datetime.fromisoformat(now)))
    world.core.pause = 0.01
    while await world.worker().run_due():
        pass
    await database.close()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2]))
