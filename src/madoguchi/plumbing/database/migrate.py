"""Migrations: numbered SQL files, forward only, each applied once in its own transaction.

Any number of processes may call `migrate` at once: an advisory lock lets one work at a time.
"""

import hashlib
from pathlib import Path
from typing import Any

import asyncpg

from madoguchi.kernel.errors import Fault

LOCK = 0x6D61646F  # "mado"
HISTORY = """
CREATE TABLE IF NOT EXISTS migrations_applied (
    name text PRIMARY KEY,
    checksum text NOT NULL,
    applied_at timestamptz NOT NULL DEFAULT clock_timestamp()
)"""
PACKAGE = Path(__file__).resolve().parents[2]
PLACES = (PACKAGE / "migrations", PACKAGE.parents[1] / "migrations")
DIRECTORY = next((place for place in PLACES if place.is_dir()), PLACES[-1])
"""Inside the package where a wheel was installed, else beside `src`."""


class MigrationError(Fault):
    """A migration that was applied before has changed since, or is gone."""


async def migrate(url: str, directory: Path = DIRECTORY) -> list[str]:
    """Apply what is new in `directory` to the database at `url`; return the names applied.

    Raises `MigrationError` where an applied file has changed.
    """
    connection = await asyncpg.connect(url)
    try:
        await connection.execute("SELECT pg_advisory_lock($1)", LOCK)
        await connection.execute(HISTORY)
        pending = await _pending(connection, directory)
        for path in pending:
            async with connection.transaction():
                await connection.execute(path.read_text("utf-8"))
                await connection.execute(
                    "INSERT INTO migrations_applied (name, checksum) VALUES ($1, $2)",
                    path.name,
                    _checksum(path),
                )
        return [path.name for path in pending]
    finally:
        await connection.close()


async def pending_migrations(url: str, directory: Path = DIRECTORY) -> list[str]:
    """Return the names of the migrations that the database at `url` still lacks."""
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(HISTORY)
        return [path.name for path in await _pending(connection, directory)]
    finally:
        await connection.close()


async def _pending(connection: Any, directory: Path) -> list[Path]:
    applied = dict(await connection.fetch("SELECT name, checksum FROM migrations_applied"))
    files = {path.name: path for path in _files(directory)}
    for name, checksum in applied.items():
        if name not in files:
            raise MigrationError(f"migration {name} was applied here, but its file is gone")
        if checksum != _checksum(files[name]):
            raise MigrationError(f"migration {name} has changed since it was applied here")
    return [path for name, path in files.items() if name not in applied]


def _files(directory: Path) -> list[Path]:
    return sorted(directory.glob("[0-9]*.sql"))


def _checksum(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
