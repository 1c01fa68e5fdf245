"""A desk where people sign in."""

from collections.abc import AsyncIterator

import pytest

from madoguchi.plumbing.database import Database
from tests.support.clock import SettableClock
from tests.support.keys import FixedKeys
from tests.support.sign_in_desk import Desk


@pytest.fixture
async def desk(database: Database, clock: SettableClock, keys: FixedKeys) -> AsyncIterator[Desk]:
    """Signing in, with a pool of its own for the counters."""
    counters = await Database.connect(database.url, largest=4)
    made = Desk(database, counters, clock, keys)
    yield made
    made.hasher.close()
    await counters.close()
