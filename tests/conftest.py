"""Fixtures for every test: a database, a clock that stands still, fixed keys, no outside world."""

import secrets
import socket
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest

from madoguchi.plumbing.database import Database
from tests.support.clock import SettableClock
from tests.support.demo import RunningDemo, demo_directory
from tests.support.entropy import SeededEntropy
from tests.support.keys import FixedKeys
from tests.support.postgres import (
    RunServer,
    create_database,
    drop_database,
    emptying_statement,
    tables_with_rows,
)
from tests.support.sockets import close_the_outside

SERVER = pytest.StashKey[RunServer]()
SERVER_URL = pytest.StashKey[str]()


def pytest_configure() -> None:
    """Close the outside world before the first test is even collected."""
    close_the_outside()


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Give each parallel worker the address of the run's one server."""
    node.workerinput["server_url"] = _server_url(node.config)


def pytest_unconfigure(config: pytest.Config) -> None:
    """Stop the run's server where this process started it."""
    server = config.stash.get(SERVER, None)
    if server:
        server.stop()


def _server_url(config: pytest.Config) -> str:
    """Return the address of the run's server; the first to ask starts it."""
    given = getattr(config, "workerinput", {}).get("server_url")
    if given:
        return str(given)
    if SERVER not in config.stash:
        server = RunServer()
        config.stash[SERVER_URL] = server.start()
        config.stash[SERVER] = server
    return config.stash[SERVER_URL]


@pytest.fixture(scope="session")
def server_url(request: pytest.FixtureRequest) -> str:
    """The address of the run's PostgreSQL server, for making databases on it."""
    return _server_url(request.config)


@pytest.fixture(scope="session")
async def database_url(server_url: str, request: pytest.FixtureRequest) -> str:
    """The address of this worker's migrated database."""
    worker = getattr(request.config, "workerinput", {}).get("workerid", "main")
    return await create_database(server_url, f"worker_{worker}")


@pytest.fixture(scope="session")
async def _pool(database_url: str) -> AsyncIterator[tuple[Database, str]]:
    database = await Database.connect(database_url)
    async with database.transaction() as tx:
        kept = await tables_with_rows(tx)
    yield database, emptying_statement(kept)
    await database.close()


@pytest.fixture
async def database(_pool: tuple[Database, str]) -> Database:
    """This worker's database, migrated and emptied (but for rows that migrations insert)."""
    pool, emptying = _pool
    async with pool.transaction() as tx:
        await tx.execute(emptying)
    return pool


@pytest.fixture
async def fresh_database_url(server_url: str) -> AsyncIterator[str]:
    """The address of a new migrated database, dropped afterwards: for several processes."""
    name = f"fresh_{secrets.token_hex(8)}"
    yield await create_database(server_url, name)
    await drop_database(server_url, name)


@pytest.fixture(scope="session")
def demo() -> Iterator[RunningDemo]:
    """A running demo that this worker's tests share: its clock begins at 2026-11-20 09:00 in Japan.

    A test that sets the clock sets it forward; one that kills processes starts a demo of its own.
    """
    with demo_directory() as directory:
        running = RunningDemo.start(directory)
        yield running
        running.stop()


@pytest.fixture
def clock() -> SettableClock:
    """A clock that stands at 2026-11-20 09:00 in Japan, a business day."""
    return SettableClock()


@pytest.fixture
def entropy() -> SeededEntropy:
    """Randomness that is the same in every run."""
    return SeededEntropy()


@pytest.fixture
def keys() -> FixedKeys:
    """Keys that are the same in every run."""
    return FixedKeys()


@pytest.fixture
def free_port() -> int:
    """A TCP port of 127.0.0.1 that nobody listens on."""
    return free_port_number()


def free_port_number() -> int:
    """Return a TCP port of 127.0.0.1 that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
