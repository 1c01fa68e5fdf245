"""A back-up is taken and restored as docs/operations/backup-and-restore.md says."""

import asyncio
import shutil
import subprocess
from pathlib import Path

import pytest

from madoguchi.app import Runtime
from madoguchi.demo.sample_bank import load_sample_bank
from madoguchi.institutions import publish
from madoguchi.kernel.clock import japan_day
from madoguchi.plumbing.database.binaries import find_binaries
from tests.cli.conftest import CODE, SAMPLES, Installation
from tests.cli.test_operations_log_commands import append
from tests.support.postgres import drop_database, run_on_server, with_database

RESTORED = "restored"


def program(name: str) -> str:
    """Return the path of one of PostgreSQL's programs: beside the server's, else on the PATH."""
    beside = find_binaries().directory / name
    found = str(beside) if beside.exists() else shutil.which(name)
    if found is None:
        pytest.skip(f"{name} is not on this machine: install PostgreSQL's client programs")
    return found


async def run(*words: str) -> None:
    done = await asyncio.to_thread(
        subprocess.run, words, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


async def populate(runtime: Runtime) -> None:
    """Fill a bank with customers and half a year of history."""
    now = runtime.clock.now()
    async with runtime.database.transaction() as tx:
        await publish(tx, SAMPLES / "sample-shinkumi", now=now)
    await runtime.institutions.refresh(runtime.database)
    await load_sample_bank(runtime.core_administration(), CODE, japan_day(now))


@pytest.mark.requirement("RUN-03")
async def test_a_restored_back_up_passes_both_proofs(
    empty_installation: Installation, server_url: str, database_url: str, tmp_path: Path
) -> None:
    """Log and books are as noted before, and go on; a younger anchor tells what was lost."""
    here = empty_installation
    await populate(here.runtime)
    await append(here, 20)
    anchor, younger = tmp_path / "anchor.jsonl", tmp_path / "younger.jsonl"
    anchor.write_text(await here.run("operations-log", "anchor"), "utf-8")
    books = await here.run("books", "verify")
    dump = str(tmp_path / "madoguchi.dump")
    await run(program("pg_dump"), "--format=custom", "--file", dump, database_url)
    await append(here, 20)
    younger.write_text(await here.run("operations-log", "anchor"), "utf-8")

    await run_on_server(server_url, f"CREATE DATABASE {RESTORED}")
    restored = with_database(server_url, RESTORED)
    try:
        await run(
            program("pg_restore"), "--exit-on-error", "--no-owner", "--dbname", restored, dump
        )
        (tmp_path / "database-url").write_text(restored, "utf-8")
        assert await here.run("migrate") == "nothing to apply\n"
        verify = ("operations-log", "verify", "--anchor")
        assert "20 rows" in await here.run(*verify, str(anchor))
        assert await here.run("books", "verify") == books
        assert "are gone" in await here.run(*verify, str(younger), status=1)
        stop = ("stoppage", "add", CODE, "--ja", "停止", "--en", "Stopped", "--by", "suzuki")
        await here.run(*stop)
        assert "21 rows" in await here.run(*verify, str(anchor))
    finally:
        await drop_database(server_url, RESTORED)
