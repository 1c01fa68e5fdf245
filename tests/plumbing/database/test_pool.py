"""The pool and its transaction on a real PostgreSQL."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass

import asyncpg
import pytest

from madoguchi.kernel.errors import BrokenInvariant
from madoguchi.plumbing.database import Database, DatabaseUnavailable, Tx

MAKE = "CREATE TABLE pool_thing (number int PRIMARY KEY)"
ADD = "INSERT INTO pool_thing VALUES ($1)"
COUNT = "SELECT count(*) FROM pool_thing"
END_ME = "SELECT pg_terminate_backend(pg_backend_pid())"


@dataclass(frozen=True)
class Thing:
    """A row."""

    number: int


@pytest.fixture
async def own(fresh_database_url: str) -> AsyncIterator[Database]:
    """A database with a table of its own."""
    database = await Database.connect(fresh_database_url, largest=2)
    async with database.transaction() as tx:
        await tx.execute(MAKE)
    yield database
    await database.close()


async def test_rows_become_the_type_asked_for(own: Database) -> None:
    """`one`, `maybe` and `many` give typed rows, `execute` counts, `value` gives the bare value."""
    async with own.transaction() as tx:
        await tx.execute_many(ADD, [(1,), (2,)])
        select = "SELECT number FROM pool_thing"
        assert await tx.many(Thing, f"{select} ORDER BY number") == [Thing(1), Thing(2)]
        assert await tx.one(Thing, f"{select} WHERE number = $1", 2) == Thing(2)
        assert await tx.maybe(Thing, f"{select} WHERE number = 3") is None
        assert await tx.execute("DELETE FROM pool_thing") == 2
        assert await tx.value(COUNT) == 0
        with pytest.raises(BrokenInvariant):
            await tx.one(Thing, select)


async def test_a_block_that_raises_leaves_nothing(own: Database) -> None:
    """What the block raises goes through as it is, also a time-out, and rolls back."""
    for error in (
        ValueError("mine"),
        TimeoutError("mine"),
        OSError("mine"),
        BrokenInvariant("mine"),
    ):
        with pytest.raises(type(error), match="mine"):
            async with own.transaction() as tx:
                await tx.execute(ADD, 1)
                raise error
    async with own.transaction() as tx:
        assert await tx.value(COUNT) == 0


async def test_hooks_run_around_the_commit(own: Database) -> None:
    """`before_commit` runs inside the transaction, `after_commit` once it is visible to others."""
    seen: list[str] = []

    async def before(tx: Tx) -> None:
        await tx.execute(ADD, 7)
        seen.append("before")

    async with own.transaction() as tx:
        tx.before_commit(before)
        tx.after_commit(lambda: seen.append("after"))
        seen.append("block")
    assert seen == ["block", "before", "after"]
    with pytest.raises(ValueError, match="no"):
        async with own.transaction() as tx:
            tx.before_commit(before)
            tx.after_commit(lambda: seen.append("after"))
            raise ValueError("no")
    assert seen == ["block", "before", "after"]
    async with own.transaction() as tx:
        assert await tx.value(COUNT) == 1


@pytest.mark.requirement("RUN-03")
async def test_a_lost_connection_is_told_and_the_next_transaction_works(own: Database) -> None:
    """A connection that the server ends raises `DatabaseUnavailable`; the pool recovers."""
    with pytest.raises(DatabaseUnavailable):
        async with own.transaction() as tx:
            await tx.execute(ADD, 1)
            await tx.value(END_ME)
    with pytest.raises(DatabaseUnavailable):  # lost between the last statement and the commit
        async with own.transaction() as tx, own.transaction() as other:
            pid = await tx.value("SELECT pg_backend_pid()")
            await other.value("SELECT pg_terminate_backend($1)", pid)
            await asyncio.sleep(0.1)
    async with own.transaction() as tx:
        assert await tx.value(COUNT) == 0


async def test_a_misuse_is_not_taken_for_a_lost_connection(own: Database) -> None:
    """A wrong number of arguments, or a broken constraint, is an error of the program."""
    with pytest.raises(asyncpg.InterfaceError):
        async with own.transaction() as tx:
            await tx.value(COUNT, 1)
    with pytest.raises(asyncpg.UniqueViolationError):
        async with own.transaction() as tx:
            await tx.execute(ADD, 1)
            await tx.execute(ADD, 1)


async def test_no_server_is_told() -> None:
    """Connecting to nothing raises `DatabaseUnavailable`."""
    with pytest.raises(DatabaseUnavailable):
        await Database.connect("postgresql://nobody@/nothing?host=/nonexistent")


async def test_json_columns_take_and_give_python_objects(database: Database) -> None:
    """A jsonb value goes in as a dict and comes out as one."""
    value = {"name": "見本太郎", "amounts": [1, 2]}
    async with database.transaction() as tx:
        assert await tx.value("SELECT $1::jsonb", value) == value


async def test_a_notice_reaches_the_listener(database: Database) -> None:
    """NOTIFY arrives once the transaction that sent it is committed."""
    heard: asyncio.Queue[str] = asyncio.Queue()
    async with database.listen("pool_test", heard.put_nowait):
        async with database.transaction() as tx:
            await tx.execute("SELECT pg_notify('pool_test', 'hello')")
            assert heard.empty()
        assert await asyncio.wait_for(heard.get(), 5) == "hello"


async def test_a_statement_by_itself_commits(own: Database) -> None:
    """It is there for everybody at once; what would wait for a commit is refused."""
    async with own.statements() as alone:
        await alone.execute(ADD, 1)
        async with own.transaction() as tx:
            assert await tx.value(COUNT) == 1
        with pytest.raises(BrokenInvariant):
            alone.after_commit(lambda: None)
        with pytest.raises(BrokenInvariant):
            alone.before_commit(_nothing)
    with pytest.raises(DatabaseUnavailable):
        async with own.statements() as alone:
            await alone.execute(END_ME)


async def _nothing(_tx: Tx) -> None:
    """Do nothing before a commit."""
