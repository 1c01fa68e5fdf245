"""The PostgreSQL of a test run: one server, a migrated template, and databases copied from it."""

import asyncio
import shutil
import subprocess
import tempfile
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import asyncpg

from madoguchi.plumbing.database import Tx, migrate
from madoguchi.plumbing.database.launcher import FASTER_BUT_UNSAFE, EmbeddedPostgres

TEMPLATE = "migrated"
TABLES = "SELECT array_agg(format('%I.%I', schemaname, relname)) FROM pg_stat_user_tables"
EMPTY_TABLES = """
DO $do$
DECLARE
    kept text[] := ARRAY[{kept}]::text[];
    place regclass;
    occupied boolean;
BEGIN
    -- as a replica: foreign keys stay silent, and so do the triggers of append-only tables
    SET LOCAL session_replication_role = replica;
    SET LOCAL lock_timeout = '5s';
    FOR place IN
        SELECT oid::regclass FROM pg_class
        WHERE relkind = 'r'
          AND relnamespace::regnamespace::text NOT IN ('pg_catalog', 'information_schema')
          AND NOT format('%I.%I', relnamespace::regnamespace::text, relname) = ANY (kept)
    LOOP
        EXECUTE format('SELECT EXISTS (SELECT FROM %s)', place) INTO occupied;
        IF occupied THEN
            EXECUTE format('DELETE FROM %s', place);
        END IF;
    END LOOP;
    FOR place IN
        SELECT format('%I.%I', schemaname, sequencename)::regclass
        FROM pg_sequences WHERE last_value IS NOT NULL
    LOOP
        EXECUTE format('ALTER SEQUENCE %s RESTART', place);
    END LOOP;
END
$do$
"""


CLEAN_UP = 'cat >/dev/null; kill -INT "$1"; sleep 2; rm -rf -- "$2"'
"""Waits until its input is closed, as it is when the run ends in whatever way."""


class RunServer:
    """The server of one run, in a temporary directory of its own, with the template in it.

    Where the run is killed, a shell that waited for that ends the server and removes its directory.
    """

    def __init__(self) -> None:
        self.directory = Path(tempfile.mkdtemp(prefix="madoguchi-tests-"))
        self._server = EmbeddedPostgres(self.directory / "postgres", FASTER_BUT_UNSAFE)
        self._watchdog: subprocess.Popen[bytes] | None = None

    def start(self) -> str:
        """Start it, migrate the template, and return the server's URL."""
        self.directory.chmod(0o711)
        try:
            self._server.start()
            self._watch()
            asyncio.run(_make_template(self._server.url))
        except BaseException:
            self.stop()
            raise
        return self._server.url

    def stop(self) -> None:
        """Stop it and remove what it wrote."""
        if self._watchdog:
            self._watchdog.kill()
            self._watchdog.communicate()
        self._server.stop()
        self._server.erase()
        shutil.rmtree(self.directory, ignore_errors=True)

    def _watch(self) -> None:
        assert self._server.process
        self._watchdog = subprocess.Popen(
            ["/bin/sh", "-c", CLEAN_UP, "sh", str(self._server.process.pid), self.directory],
            stdin=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )


def with_database(url: str, name: str) -> str:
    """Return `url` with its database replaced by `name`."""
    return urlunsplit(urlsplit(url)._replace(path=f"/{name}"))


async def create_database(server_url: str, name: str) -> str:
    """Make an empty migrated database and return its URL."""
    await run_on_server(server_url, f'CREATE DATABASE "{name}" TEMPLATE {TEMPLATE}')
    return with_database(server_url, name)


async def drop_database(server_url: str, name: str) -> None:
    """Remove a database, ending whoever is connected to it."""
    await run_on_server(server_url, f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


async def tables_with_rows(tx: Tx) -> list[str]:
    """Return the tables that hold rows: right after migrating, what migrations put in."""
    tables: list[str] = await tx.value(TABLES) or []
    return [table for table in tables if await tx.value(f"SELECT EXISTS (SELECT FROM {table})")]


def emptying_statement(kept: list[str]) -> str:
    """Return the statement that empties every table but those `kept` and restarts sequences."""
    return EMPTY_TABLES.replace("{kept}", ", ".join(f"'{name}'" for name in kept))


async def _make_template(server_url: str) -> None:
    await run_on_server(server_url, f"CREATE DATABASE {TEMPLATE}")
    await migrate(with_database(server_url, TEMPLATE))
    await run_on_server(
        server_url, f"ALTER DATABASE {TEMPLATE} IS_TEMPLATE true ALLOW_CONNECTIONS false"
    )


async def run_on_server(server_url: str, sql: str) -> None:
    """Run one statement outside of a transaction."""
    connection = await asyncpg.connect(server_url)
    try:
        await connection.execute(sql)
    finally:
        await connection.close()
