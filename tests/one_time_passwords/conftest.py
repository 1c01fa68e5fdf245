"""The mailed codes with a mailbox, and a pool of their own for what commits by itself."""

from collections.abc import AsyncIterator

import pytest

from madoguchi.plumbing.database import Database
from tests.support.clock import SettableClock
from tests.support.code_sender import Codes
from tests.support.entropy import SeededEntropy
from tests.support.keys import FixedKeys


@pytest.fixture
async def code_counters(database: Database) -> AsyncIterator[Database]:
    """Connections of another pool to the same data."""
    pool = await Database.connect(database.url)
    yield pool
    await pool.close()


@pytest.fixture
def codes(
    database: Database,
    code_counters: Database,
    clock: SettableClock,
    keys: FixedKeys,
    entropy: SeededEntropy,
) -> Codes:
    """The mailed codes of one process."""
    return Codes(database, code_counters, clock, keys, entropy)
