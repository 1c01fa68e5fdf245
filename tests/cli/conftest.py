"""An installation to type commands at: settings, keys and a published institution."""

import asyncio
import json
import logging
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import structlog
from click.testing import CliRunner, Result

from madoguchi.app import Runtime, open_runtime
from madoguchi.cli import main
from madoguchi.core_bank import AccountKind, Holder, HolderKind, NewAccount
from madoguchi.demo.clock import DemoClock
from madoguchi.demo.place import Place
from madoguchi.institutions import Institution, publish
from madoguchi.operations_log import Row, Verified
from madoguchi.plumbing.database import Database
from madoguchi.plumbing.keys import create_key_files
from madoguchi.plumbing.settings import KEY_NAMES, load_settings
from tests.support.clock import MORNING

CODE = "9901"
ACCOUNT = "001-ordinary-0000123"
ACCOUNT_ID = "account-1"
ADDRESS = "taro@example.jp"
SAMPLES = Place(Path()).institutions


@dataclass(frozen=True)
class Installation:
    """Settings on a disk, and a runtime made of them to look at what commands did."""

    settings: Path
    runtime: Runtime
    clock: DemoClock

    async def run(self, *words: str, status: int = 0) -> str:
        """Type a command; return what it printed, once its exit status is as expected."""
        done = await asyncio.to_thread(_typed, [*words, "--settings", str(self.settings)])
        assert done.exit_code == status, done.output
        return done.output

    async def listed(self, *words: str) -> list[dict[str, Any]]:
        """Type a command that lists; return its JSON."""
        done = await asyncio.to_thread(_typed, [*words, "--json", "--settings", str(self.settings)])
        assert done.exit_code == 0, done.output
        found: list[dict[str, Any]] = json.loads(done.stdout)
        return found

    async def log_rows(self, event: str, code: str = CODE) -> list[Row]:
        """Return the log's rows of an event; the whole log is right."""
        async with self.runtime.database.transaction() as tx:
            verified = await self.runtime.log.verify(tx, code)
            assert isinstance(verified, Verified), verified
            return await self.runtime.log.search(tx, code, event=event)

    @property
    def institution(self) -> Institution:
        """The institution that is published."""
        found = self.runtime.institutions.by_code(CODE)
        assert found
        return found


def _typed(words: list[str]) -> Result:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    try:
        return CliRunner().invoke(main, words)
    finally:
        root.handlers[:] = handlers
        root.setLevel(level)
        structlog.reset_defaults()


def write_settings(folder: Path, database_url: str, **changes: str) -> Path:
    """Write settings, keys and the database's address into `folder`."""
    secret = folder / "database-url"
    secret.write_text(database_url, "utf-8")
    secret.chmod(0o600)
    keys = create_key_files(folder / "keys", KEY_NAMES)
    plain = {
        "environment": "demo",
        "base_url": "http://localhost:8000",
        "institutions": str(SAMPLES),
        **changes,
    }
    lines = [f'{name} = "{value}"' for name, value in plain.items()]
    lines += ["[database]", f'url = "file:{secret}"', "[smtp]", 'host = "127.0.0.1"']
    lines += ["[keys]", *(f'{name} = ["{one}"]' for name, (one,) in keys.items())]
    lines += ["[demo]", "settable_clock = true"]
    settings = folder / "madoguchi.toml"
    settings.write_text("\n".join(lines), "utf-8")
    return settings


@pytest.fixture
async def empty_installation(
    tmp_path: Path, database: Database, database_url: str
) -> AsyncIterator[Installation]:
    """An installation on a migrated database with nothing in it, on the tests' morning."""
    settings = write_settings(tmp_path, database_url)
    clock = DemoClock(Place(tmp_path).clock)
    clock.set(MORNING)
    runtime = await open_runtime(load_settings(settings), clock)
    yield Installation(settings, runtime, clock)
    await runtime.close()


@pytest.fixture
async def installation(empty_installation: Installation) -> Installation:
    """An installation with a published institution and one customer."""
    runtime = empty_installation.runtime
    async with runtime.database.transaction() as tx:
        await publish(tx, SAMPLES / "sample-shinkumi", now=runtime.clock.now())
    await runtime.institutions.refresh(runtime.database)
    await open_account(runtime, ACCOUNT_ID, "0000123", ADDRESS)
    return empty_installation


async def open_account(runtime: Runtime, account_id: str, number: str, email: str | None) -> None:
    """Open an ordinary account of a new holder."""
    core = runtime.core_administration()
    holder = Holder(
        id=f"holder-of-{account_id}",
        kind=HolderKind.PERSON,
        name="見本太郎",
        name_kana="ﾐﾎﾝ ﾀﾛｳ",
        birth_date=date(1980, 4, 1),
        phones=("+819000000001",),
        email=email,
        member=False,
    )
    await core.open_holder(CODE, holder)
    account = NewAccount(
        id=account_id,
        holder_id=holder.id,
        branch_code="001",
        kind=AccountKind.ORDINARY,
        number=number,
        opened_on=date(2026, 4, 1),
    )
    await core.open_account(CODE, account)
