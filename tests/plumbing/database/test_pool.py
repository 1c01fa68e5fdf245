"""The pool and its transaction on a real PostgreSQL."""

import pytest

from madoguchi.kernel.errors import BrokenInvariant
from madoguchi.plumbing.database import Database


async def test_a_transaction_reads_what_it_wrote(database: Database) -> None:
    """A value sent to the server comes back."""
    async with database.transaction() as tx:
        assert await tx.value("SELECT $1::int + 1", 41) == 42


async def test_one_refuses_to_find_nothing(database: Database) -> None:
    """`one` raises where there is no row: the program relied on it."""
    async with database.transaction() as tx:
        with pytest.raises(BrokenInvariant):
            await tx.one(dict, "SELECT 1 AS found WHERE false")
