"""A bank to measure: the demo's sample data, durable PostgreSQL, two web processes, high limits."""

import asyncio
import json
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
from cryptography.hazmat.primitives.asymmetric import ec

from bench.support.app import CLIENT_ID, REDIRECT_URI, SCOPE, public_jwk
from bench.support.bare import DATABASE_URL
from bench.support.processes import Processes
from madoguchi import clients
from madoguchi.app import Runtime, open_runtime
from madoguchi.clients import Client, Names, RateLimits, Registration
from madoguchi.core_bank import BankAccount, Journal, Posting, TransactionKind
from madoguchi.demo.clock import DemoClock
from madoguchi.demo.configuring import WEBHOOK_PATH, webhook_secret, write_settings
from madoguchi.demo.place import Place
from madoguchi.demo.ports import open_doors
from madoguchi.demo.sample_bank import load_sample_bank
from madoguchi.institutions import Published, publish
from madoguchi.kernel.clock import JAPAN, japan_day
from madoguchi.plumbing.database import migrate
from madoguchi.plumbing.database.launcher import EmbeddedPostgres
from madoguchi.plumbing.keys import read_reference
from madoguchi.plumbing.settings import Settings

WEB_PROCESSES = 2
NOW = datetime(2026, 11, 20, 10, tzinfo=JAPAN)
"""A business morning: no service stops."""
SLUG, CODE = "sample-shinkumi", "9901"
MOVEMENTS = 120
ACCOUNT_ID = "SELECT id FROM embedded_core.account WHERE institution = $1 AND number = $2"
START_SECONDS = 30.0
NO_LIMIT = "limit = 1000000\nper_seconds = 60\n"
HIGH_LIMITS = {
    "api_link.toml": ("attempts_per_address", "attempts_per_client"),
    "account_api.toml": ("requests_per_client", "requests_per_consent"),
    "authorization.toml": ("requests_per_client",),
    "retail.toml": ("attempts_per_address",),
}
MOST_CODES = "mailed_codes_per_hour = 60\n"
"""As many as the settings allow."""


@dataclass(frozen=True)
class Bank:
    """What runs. `database_pid` is PostgreSQL's first process."""

    directory: Path
    processes: Processes
    port: int
    listening: socket.socket
    database_url: str
    database_pid: int
    settings: Settings
    settings_file: Path
    client_key: ec.EllipticCurvePrivateKey
    clock_ahead: timedelta
    customers: list[dict[str, Any]]
    postgresql: str

    def serve(self) -> "subprocess.Popen[bytes]":
        """Start the product's web processes."""
        descriptor = self.listening.fileno()
        command = [sys.executable, "-m", "madoguchi", "serve", "--workers", str(WEB_PROCESSES)]
        command += ["--settings", str(self.settings_file), "--fd", str(descriptor)]
        process = self.processes.start("web", command, pass_fds=[descriptor])
        _wait_for(f"http://127.0.0.1:{self.port}/{SLUG}/.well-known/openid-configuration", process)
        return process

    @contextmanager
    def bare(self) -> Iterator[tuple[int, "subprocess.Popen[bytes]"]]:
        """Run the bare handler on the same database; give its port and first process."""
        with socket.create_server(("127.0.0.1", 0), backlog=512) as listening:
            port, descriptor = listening.getsockname()[1], listening.fileno()
            command = [sys.executable, "-m", "bench.support.bare", str(descriptor)]
            process = self.processes.start(
                "bare",
                [*command, str(WEB_PROCESSES)],
                pass_fds=[descriptor],
                environment={DATABASE_URL: self.database_url},
            )
            _wait_for(f"http://127.0.0.1:{port}/", process)
            yield port, process

    def start_waiting(self, module: str, number: int) -> "subprocess.Popen[bytes]":
        """Start a process that works on the bank, and wait until it is ready to begin."""
        ready = self.directory / f"ready-{number}"
        ready.unlink(missing_ok=True)
        command = [sys.executable, "-m", module, str(self.settings_file), str(ready)]
        process = self.processes.start(f"worker-{number}", command)
        deadline = time.monotonic() + START_SECONDS
        while not ready.exists():
            if process.poll() is not None or time.monotonic() > deadline:
                said = (self.directory / f"worker-{number}.log").read_text("utf-8", "replace")
                raise DriverFailed(said[-3000:])
            time.sleep(0.05)
        return process

    def job(
        self, what: str, port: int, web: "subprocess.Popen[bytes]", **more: Any
    ) -> dict[str, Any]:
        """Return a job for the driver."""
        return {
            "what": what,
            "port": port,
            "pids": {"web": web.pid, "database": self.database_pid},
            "issuer": f"{self.settings.base_url}/{SLUG}",
            "client_key": f"{self.client_key.private_numbers().private_value:x}",
            "clock_ahead_seconds": self.clock_ahead.total_seconds(),
            "customers": self.customers,
            "webhook_url": f"/{WEBHOOK_PATH}",
            "webhook_secret": webhook_secret(self.settings),
            "settings": str(self.settings_file),
            "browsers": str(self.directory / "browsers.json"),
            "institution": CODE,
            "home": f"/{SLUG}/bank",
            **more,
        }

    def drive(self, job: Mapping[str, Any]) -> dict[str, Any]:
        """Have the driver, a process of its own, do a job; return what it measured."""
        asked, told = self.directory / "job.json", self.directory / "measured.json"
        asked.write_text(json.dumps(job), "utf-8")
        command = [sys.executable, "-m", "bench.support.driver", str(asked), str(told)]
        driver = self.processes.start("driver", command)
        if driver.wait() != 0:
            said = (self.directory / "driver.log").read_text("utf-8", "replace")
            raise DriverFailed(said[-3000:])
        measured: dict[str, Any] = json.loads(told.read_text("utf-8"))
        return measured


class DriverFailed(Exception):
    """The driver could not do its job; its last words."""


@contextmanager
def open_bank() -> Iterator[Bank]:
    """Make a bank in a directory of its own, and remove all of it in the end."""
    directory = Path(tempfile.mkdtemp(prefix="madoguchi-bench-"))
    processes, place = Processes(directory), Place(directory / "data")
    postgres = EmbeddedPostgres(place.postgres)
    # root's database runs as another user, who has to pass through
    directory.chmod(0o711)
    try:
        with place.claim(reset=False):
            postgres.start()
            if postgres.process is None:
                raise DriverFailed("no database")
            processes.watch(postgres.process.pid)
            yield _filled(directory, processes, place, postgres.url, postgres.process.pid)
    finally:
        processes.stop()
        postgres.stop()
        postgres.erase()
        shutil.rmtree(directory, ignore_errors=True)


def _filled(
    directory: Path, processes: Processes, place: Place, database_url: str, database_pid: int
) -> Bank:
    clock = DemoClock(place.clock)
    clock.set(NOW)
    doors = open_doors(0, {})
    doors.sample_app.close()
    doors.smtp.close()
    settings = write_settings(place, doors, database_url)
    key = ec.generate_private_key(ec.SECP256R1())
    customers, version = asyncio.run(_fill(settings, clock, _institution(directory), key))
    listening = doors.home.sockets[0]
    for other in doors.home.sockets[1:]:
        other.close()
    return Bank(
        directory=directory,
        processes=processes,
        port=doors.home.port,
        listening=listening,
        database_url=database_url,
        database_pid=database_pid,
        settings=settings,
        settings_file=place.settings,
        client_key=key,
        clock_ahead=clock.now() - datetime.now(JAPAN),
        customers=customers,
        postgresql=version,
    )


def _institution(directory: Path) -> Path:
    """Return a copy of the sample institution's folder whose limits stop no measure."""
    folder = directory / SLUG
    shutil.copytree(Place(directory).institutions / SLUG, folder)
    for name, limits in HIGH_LIMITS.items():
        with (folder / name).open("a", encoding="utf-8") as file:
            file.writelines(f"\n[{limit}]\n{NO_LIMIT}" for limit in limits)
    retail = folder / "retail.toml"
    retail.write_text(MOST_CODES + retail.read_text("utf-8"), "utf-8")
    return folder


async def _fill(
    settings: Settings, clock: DemoClock, institution: Path, key: ec.EllipticCurvePrivateKey
) -> tuple[list[dict[str, Any]], str]:
    """Load the institution, its customers and one client; return who can link, and the version."""
    await migrate(read_reference(settings.database.url))
    runtime = await open_runtime(settings, clock)
    now = clock.now()
    people = await load_sample_bank(runtime.core_administration(), CODE, japan_day(now))
    async with runtime.database.transaction() as tx:
        published = await publish(tx, institution, now=now)
        registered = await clients.register(
            tx, runtime.log, CODE, CLIENT_ID, _registration(key), actor="bench", now=now
        )
        version = await tx.value("SHOW server_version")
        await tx.execute("ANALYZE")
    named = [person for person in people if person.case == "ordinary"]
    await _live_busily(runtime, [person.account_number for person in named])
    await runtime.close()
    if not isinstance(published, Published) or not isinstance(registered, Client):
        raise DriverFailed(f"{published} {registered}")
    return [msgspec.to_builtins(person) for person in named], str(version)


async def _live_busily(runtime: Runtime, numbers: list[str]) -> None:
    """Post so many movements to the accounts that a page of transactions is full."""
    remarks, day = "ｹﾞﾝｷﾝ", japan_day(runtime.clock.now())

    def deposit(account_id: str) -> Journal:
        cash, yen = TransactionKind.CASH, 1_000
        taken = Posting(account=account_id, amount=yen, kind=cash, remarks=remarks)
        booked = Posting(bank=BankAccount.CASH, amount=-yen, kind=cash, remarks=remarks)
        return Journal(day=day, postings=(taken, booked))

    async with runtime.core_database.transaction() as tx:
        ids = [await tx.value(ACCOUNT_ID, CODE, number) for number in numbers]
    administration = runtime.core_administration()
    await administration.post(CODE, *(deposit(each) for each in ids * MOVEMENTS))


def _registration(key: ec.EllipticCurvePrivateKey) -> Registration:
    jwk = {**public_jwk(key), "kid": CLIENT_ID, "alg": "ES256", "use": "sig"}
    name = Names(ja="計測用アプリ", en="App that measures")
    return Registration(
        third_party=name,
        app=name,
        redirect_uris=(REDIRECT_URI,),
        scopes=tuple(SCOPE.split()),
        contract_from=japan_day(NOW - timedelta(days=30)),
        jwks={"keys": [jwk]},
        rate_limits=RateLimits(1_000_000, 1_000_000),
    )


def _wait_for(url: str, process: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            urllib.request.urlopen(url, timeout=5).close()  # noqa: S310 - our own loopback
        except OSError as error:
            if process.poll() is not None or time.monotonic() > deadline:
                raise DriverFailed(f"{url} does not answer: {error}") from error
            time.sleep(0.05)
        else:
            return
