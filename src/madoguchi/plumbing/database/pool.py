"""The connection pool and the transaction that every store works in.

A transaction is opened by the handler of a request or job and handed down; a use case never
commits. Nothing may set session state on a connection: the pool hands it on without a reset.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from typing import Any, TypeVar

import asyncpg
import msgspec

from madoguchi.kernel.errors import BrokenInvariant, Fault

T = TypeVar("T")
BeforeCommit = Callable[["Tx"], Awaitable[None]]
AfterCommit = Callable[[], None]

STATEMENTS_KEPT = 1000
"""More than all stores have, so that none is parsed and planned twice on a connection."""

CONNECTION_LOST = (
    asyncpg.PostgresConnectionError,
    asyncpg.CannotConnectNowError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.TooManyConnectionsError,
    OSError,
    TimeoutError,
)


class DatabaseUnavailable(Fault):
    """The database cannot be reached, or went away in the middle of a transaction."""


class Tx:
    """One database transaction, with typed reads.

    Rows become instances of the given type (a msgspec Struct or a frozen dataclass) by keyword:
    column names are field names.
    """

    def __init__(self, connection: Any) -> None:
        self._connection = connection
        self._before_commit: list[BeforeCommit] = []
        self._after_commit: list[AfterCommit] = []

    async def one(self, kind: type[T], sql: str, *args: object) -> T:
        """Return the one row; raise `BrokenInvariant` where there is none."""
        found = await self.maybe(kind, sql, *args)
        if found is None:
            raise BrokenInvariant(f"no row of {kind.__name__}")
        return found

    async def maybe(self, kind: type[T], sql: str, *args: object) -> T | None:
        """Return the first row, or None."""
        with _translated(self._connection):
            row = await self._connection.fetchrow(sql, *args)
        return None if row is None else kind(**row)

    async def many(self, kind: type[T], sql: str, *args: object) -> list[T]:
        """Return all rows, in the statement's order."""
        with _translated(self._connection):
            rows = await self._connection.fetch(sql, *args)
        return [kind(**row) for row in rows]

    async def value(self, sql: str, *args: object) -> Any:
        """Return the first column of the first row, or None."""
        with _translated(self._connection):
            return await self._connection.fetchval(sql, *args)

    async def execute(self, sql: str, *args: object) -> int:
        """Run a statement; return how many rows it touched (0 where it has no such count)."""
        with _translated(self._connection):
            status: str = await self._connection.execute(sql, *args)
        count = status.rsplit(" ", 1)[-1]
        return int(count) if count.isdigit() else 0

    async def execute_many(self, sql: str, rows: list[tuple[object, ...]]) -> None:
        """Run one statement for each tuple of arguments, in one round trip."""
        with _translated(self._connection):
            await self._connection.executemany(sql, rows)

    def before_commit(self, action: BeforeCommit) -> None:
        """Have `action` run as the last thing before the commit, inside the transaction."""
        self._before_commit.append(action)

    def after_commit(self, action: AfterCommit) -> None:
        """Have `action` run once the transaction is committed; never after a rollback."""
        self._after_commit.append(action)

    async def run_before_commit(self) -> None:
        """Run what `before_commit` registered, in order; what that registers runs too."""
        while self._before_commit:
            await self._before_commit.pop(0)(self)

    def run_after_commit(self) -> None:
        """Run what was registered to run after the commit, in order."""
        for action in self._after_commit:
            action()


class _Statements(Tx):
    """Statements without a transaction around them."""

    def before_commit(self, action: BeforeCommit) -> None:
        raise BrokenInvariant(f"{action} waits for a commit, and single statements have none")

    def after_commit(self, action: AfterCommit) -> None:
        raise BrokenInvariant(f"{action} waits for a commit, and single statements have none")


class Database:
    """A pool of connections to one PostgreSQL database."""

    def __init__(self, pool: Any, url: str) -> None:
        self._pool = pool
        self.url = url

    @classmethod
    async def connect(cls, url: str, *, smallest: int = 1, largest: int = 10) -> "Database":
        """Open a pool on `url` (a libpq URL; a socket directory may stand in `?host=`)."""
        with _translated():
            pool = await asyncpg.create_pool(
                url,
                min_size=smallest,
                max_size=largest,
                init=_prepare_connection,
                reset=_keep_as_it_is,
                command_timeout=30,
                max_inactive_connection_lifetime=300,
                statement_cache_size=STATEMENTS_KEPT,
                max_cached_statement_lifetime=0,
            )
        return cls(pool, url)

    async def close(self) -> None:
        """Close every connection, after what is under way."""
        await self._pool.close()

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Tx]:
        """Open a transaction: committed where the block ends, rolled back where it raises.

        Raises `DatabaseUnavailable` where the connection cannot be had or is lost on the way; where
        it is lost during the commit, whether it was committed is not known. What the block itself
        raises goes through as it is.
        """
        with _translated():
            connection = await self._pool.acquire(timeout=10)
        try:
            tx = Tx(connection)
            with _translated(connection):
                transaction = connection.transaction()
                await transaction.start()
            try:
                yield tx
                await tx.run_before_commit()
            except BaseException:
                with suppress(
                    asyncpg.InterfaceError, *CONNECTION_LOST
                ):  # a lost connection rolls back by itself
                    await transaction.rollback()
                raise
            with _translated(connection):
                await transaction.commit()
        finally:
            await self._pool.release(connection)
        tx.run_after_commit()

    @asynccontextmanager
    async def statements(self) -> AsyncIterator[Tx]:
        """Give a `Tx` each of whose statements commits by itself, without two round trips around.

        Raises as `transaction` does. There is no commit that anything could be registered for.
        """
        with _translated():
            connection = await self._pool.acquire(timeout=10)
        try:
            yield _Statements(connection)
        finally:
            await self._pool.release(connection)

    @asynccontextmanager
    async def listen(self, channel: str, on_notice: Callable[[str], None]) -> AsyncIterator[None]:
        """Hold a connection that calls `on_notice(payload)` for each NOTIFY on `channel`."""
        with _translated():
            connection = await asyncpg.connect(self.url)
        try:
            await connection.add_listener(channel, lambda *event: on_notice(str(event[-1])))
            yield
        finally:
            await connection.close(timeout=5)


@contextmanager
def _translated(connection: Any = None) -> Iterator[None]:
    """Raise `DatabaseUnavailable` where the connection is lost; a misuse of the driver stays."""
    try:
        yield
    except CONNECTION_LOST as error:
        raise DatabaseUnavailable(str(error)) from error
    except asyncpg.InterfaceError as error:
        if connection is None or _is_gone(connection):
            raise DatabaseUnavailable(str(error)) from error
        raise


def _is_gone(connection: Any) -> bool:
    try:
        return bool(connection.is_closed())
    except asyncpg.InterfaceError:  # the pool has already taken it back
        return True


async def _keep_as_it_is(_connection: object) -> None:
    """Hand a connection on without a reset: saves a round trip, and nothing sets session state."""


async def _prepare_connection(connection: Any) -> None:
    for name in ("json", "jsonb"):
        await connection.set_type_codec(
            name,
            schema="pg_catalog",
            encoder=_encode_json,
            decoder=msgspec.json.decode,
            format="text",
        )


def _encode_json(value: object) -> str:
    return msgspec.json.encode(value).decode()
