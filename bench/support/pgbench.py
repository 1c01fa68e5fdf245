"""PostgreSQL's own measure: `pgbench`, its built-in TPC-B transaction, on the same server."""

import asyncio
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import asyncpg

from bench.support.bank import Bank, DriverFailed
from bench.support.cpu import cpu_seconds
from madoguchi.plumbing.database.binaries import find_binaries

SCALE = 10
CLIENTS = 2
RATE = re.compile(r"^tps = ([0-9.]+) ", re.MULTILINE)
DONE = re.compile(r"number of transactions actually processed: (\d+)")
DATABASE = "pgbench"


@dataclass(frozen=True)
class Transactions:
    """What one run did; `database_seconds` is the server's processor time."""

    per_second: float
    done: int
    database_seconds: float


class PgBench:
    """The program on a database of its own, beside the product's, on the same server."""

    def __init__(self, bank: Bank) -> None:
        self._bank = bank
        self._program = find_program()
        url = urlsplit(bank.database_url)
        place = parse_qs(url.query)["host"][0]
        self._command = [str(self._program), "-h", place, "-U", url.username or "", "-n"]

    @property
    def name(self) -> str:
        """The program with its options."""
        return f"pgbench -b tpcb-like -s {SCALE} -c {CLIENTS} -j {CLIENTS}"

    def fill(self) -> None:
        """Make its database and tables."""
        asyncio.run(_create(self._bank.database_url))
        self._run("-i", "-q", "-s", str(SCALE))

    def run(self, seconds: int) -> Transactions:
        """Let its clients go on for so many seconds."""
        before = cpu_seconds(self._bank.database_pid)
        options = ("-b", "tpcb-like", "-c", CLIENTS, "-j", CLIENTS, "-T", seconds)
        said = self._run(*map(str, options))
        used = cpu_seconds(self._bank.database_pid) - before
        rate, done = RATE.search(said), DONE.search(said)
        if rate is None or done is None:
            raise DriverFailed(f"pgbench said {said}")
        return Transactions(float(rate[1]), int(done[1]), used)

    def _run(self, *options: str) -> str:
        command = [*self._command, *options, DATABASE]
        ran = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
        if ran.returncode:
            raise DriverFailed(f"pgbench failed: {ran.stderr[-2000:]}")
        return ran.stdout


def find_program() -> Path:
    """Return pgbench of the installation that the server is of. Raises `DriverFailed`."""
    program = find_binaries().directory / "pgbench"
    if not program.exists():
        raise DriverFailed(
            f"{program} is not here: without PostgreSQL's own pgbench there is no reference"
            " (Debian has it in the package postgresql)"
        )
    return program


async def _create(url: str) -> None:
    connection = await asyncpg.connect(url)
    await connection.execute(f"CREATE DATABASE {DATABASE}")
    await connection.close()
