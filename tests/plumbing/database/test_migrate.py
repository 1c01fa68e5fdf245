"""Migrations on a real PostgreSQL."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from madoguchi.plumbing.database import Database, MigrationError, migrate, pending_migrations
from tests.support.postgres import drop_database, run_on_server, with_database

NAME = "migrate_test"


@pytest.fixture
async def empty(server_url: str) -> AsyncIterator[str]:
    """The address of a database with nothing in it."""
    await drop_database(server_url, NAME)
    await run_on_server(server_url, f"CREATE DATABASE {NAME}")
    yield with_database(server_url, NAME)
    await drop_database(server_url, NAME)


@pytest.fixture
def steps(tmp_path: Path) -> Path:
    """Two migrations."""
    (tmp_path / "0010_first.sql").write_text(
        "CREATE TABLE first (n int); INSERT INTO first VALUES (1);"
    )
    (tmp_path / "0020_second.sql").write_text("INSERT INTO first VALUES (2);")
    return tmp_path


async def _count(url: str) -> int:
    database = await Database.connect(url)
    async with database.transaction() as tx:
        count: int = await tx.value("SELECT count(*) FROM first")
    await database.close()
    return count


async def test_each_is_applied_once_in_order(empty: str, steps: Path) -> None:
    """The first call applies all, the second nothing, and a new file alone is applied later."""
    assert await pending_migrations(empty, steps) == ["0010_first.sql", "0020_second.sql"]
    assert await migrate(empty, steps) == ["0010_first.sql", "0020_second.sql"]
    assert await migrate(empty, steps) == []
    (steps / "0030_third.sql").write_text("INSERT INTO first VALUES (3);")
    assert await migrate(empty, steps) == ["0030_third.sql"]
    assert await _count(empty) == 3


async def test_many_at_once_apply_each_once(empty: str, steps: Path) -> None:
    """Processes that start together wait for each other."""
    applied = await asyncio.gather(*(migrate(empty, steps) for _ in range(4)))
    assert sorted(map(len, applied)) == [0, 0, 0, 2]
    assert await _count(empty) == 2


async def test_a_failure_leaves_nothing_of_that_file(empty: str, steps: Path) -> None:
    """A file that fails is rolled back whole; mended, it is applied."""
    third = steps / "0030_third.sql"
    third.write_text("INSERT INTO first VALUES (3); SELECT nonsense;")
    with pytest.raises(Exception, match="nonsense"):
        await migrate(empty, steps)
    assert await _count(empty) == 2
    third.write_text("INSERT INTO first VALUES (3);")
    assert await migrate(empty, steps) == ["0030_third.sql"]


async def test_what_was_applied_may_not_change(empty: str, steps: Path) -> None:
    """A file that was changed or removed after it was applied is told by name."""
    await migrate(empty, steps)
    second = steps / "0020_second.sql"
    second.write_text("INSERT INTO first VALUES (22);")
    with pytest.raises(MigrationError, match=r"0020_second\.sql has changed"):
        await migrate(empty, steps)
    second.unlink()
    with pytest.raises(MigrationError, match=r"0020_second\.sql was applied"):
        await pending_migrations(empty, steps)
