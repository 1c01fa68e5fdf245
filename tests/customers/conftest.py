"""A second pool of connections to the worker's database."""

from collections.abc import AsyncIterator

import pytest

from madoguchi.plumbing.database import Database


@pytest.fixture
async def fresh_pool(database: Database) -> AsyncIterator[Database]:
    """Another process's connections to the same data."""
    pool = await Database.connect(database.url, largest=2)
    yield pool
    await pool.close()
