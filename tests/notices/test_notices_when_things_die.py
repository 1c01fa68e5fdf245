"""Notices with several worker processes, a killed one, and a killed database."""

import asyncio
import os
import sys
from asyncio.subprocess import Process
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from madoguchi.notices import Notice, Notices, Sender
from madoguchi.operations_log import OperationsLog, Verified
from madoguchi.plumbing.database import Database, DatabaseUnavailable, migrate
from madoguchi.plumbing.database.launcher import EmbeddedPostgres
from madoguchi.plumbing.jobs import Worker
from madoguchi.plumbing.mail import SmtpServer, SmtpTransport
from tests.support.clock import SettableClock
from tests.support.entropy import SeededEntropy
from tests.support.keys import FixedKeys
from tests.support.smtp_server import SampleSmtpServer, smtp_server

pytestmark = pytest.mark.requirement("MAIL-01", "RUN-02")

ROOT = Path(__file__).parents[2]
SENDER = Sender("9901", "サンプル信用組合", "Sample", "info@sample.example.jp", "0120-000-000")


class Office:
    """Queues notices, and says what became of them."""

    def __init__(self, database: Database, clock: SettableClock, keys: FixedKeys) -> None:
        self.database, self.clock = database, clock
        self.log = OperationsLog(keys, clock)
        self.notices = Notices(keys, clock, self.log)

    async def queue(self, how_many: int) -> None:
        values = {"what": "アプリとの連携", "at": "9:00"}
        async with self.database.transaction() as tx:
            for number in range(how_many):
                key = f"lock:{number}"
                to = f"taro{number}@example.jp"
                notice = Notice(SENDER, key, "lock-released", "ja", to, values)
                await self.notices.send(tx, notice)

    def worker(self, port: int) -> Worker:
        transport = SmtpTransport(SmtpServer("127.0.0.1", port, security="none"))
        kind = self.notices.mail_kind(self.database, transport)
        entropy = SeededEntropy(99)
        return Worker(self.database, self.clock, entropy, kinds=[kind], poll_seconds=0.05)

    async def states(self) -> list[str]:
        async with self.database.transaction() as tx:
            return [each.state.value for each in await self.notices.find(tx, "9901")]

    async def all_are(self, state: str) -> bool:
        try:
            return set(await self.states()) == {state}
        except DatabaseUnavailable:
            return False


@pytest.fixture
async def server(free_port: int) -> AsyncIterator[SampleSmtpServer]:
    """A running SMTP server."""
    async with smtp_server(free_port) as running:
        yield running


@pytest.fixture
async def office(
    fresh_database_url: str, clock: SettableClock, keys: FixedKeys
) -> AsyncIterator[Office]:
    """Notices in a database that other processes may use too."""
    database = await Database.connect(fresh_database_url)
    yield Office(database, clock, keys)
    await database.close()


@asynccontextmanager
async def worker_process(office: Office, port: int, seed: int) -> AsyncIterator[Process]:
    arguments = (office.database.url, str(port), office.clock.now().isoformat(), str(seed))
    environment = {**os.environ, "PYTHONPATH": f"{ROOT / 'src'}:{ROOT}"}
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.support.mail_worker", *arguments, cwd=ROOT, env=environment
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def until(condition: Callable[[], Awaitable[bool]], seconds: float = 20) -> None:
    async with asyncio.timeout(seconds):
        while not await condition():  # noqa: ASYNC110 - the condition lies in the database
            await asyncio.sleep(0.05)


async def test_two_processes_send_each_notice_once(
    office: Office, server: SampleSmtpServer
) -> None:
    """Two worker processes over sixty notices: every one arrives, none twice."""
    await office.queue(60)
    async with (
        worker_process(office, server.port, 1),
        worker_process(office, server.port, 2),
    ):
        await until(lambda: office.all_are("sent"))
    recipients = [message["To"] for message in server.received]
    assert len(recipients) == len(set(recipients)) == 60


async def test_a_worker_killed_while_sending(office: Office, server: SampleSmtpServer) -> None:
    """A process killed before it heard the answer leaves `unknown`.

    Nobody sends that mail again.
    """
    received = asyncio.Event()

    async def hold() -> None:
        received.set()
        await asyncio.sleep(3600)

    server.before_answer = hold
    await office.queue(1)
    async with worker_process(office, server.port, 1) as process:
        await asyncio.wait_for(received.wait(), 20)
        process.kill()
        await process.wait()
    server.before_answer = None
    office.clock.advance(3600)
    worker = office.worker(server.port)
    await worker.beat()
    assert await office.states() == ["unknown"]
    assert await worker.run_due() == 0
    assert len(server.received) == 1


async def test_a_database_killed_while_sending(
    clock: SettableClock, keys: FixedKeys, server: SampleSmtpServer, tmp_path: Path
) -> None:
    """The database is killed when the mail has been taken.

    Once it is back, the mail is noted as sent, once, and the worker goes on with others. One mail
    at a time: a job that is just being claimed when the database dies may end as `unknown`.
    """
    embedded = EmbeddedPostgres(tmp_path / "postgres")
    embedded.start()
    try:
        await migrate(embedded.url)
        database = await Database.connect(embedded.url)
        office = Office(database, clock, keys)

        async def kill_the_database() -> None:
            server.before_answer = None
            assert embedded.process
            embedded.process.kill()
            embedded.process.wait()

        server.before_answer = kill_the_database
        await office.queue(1)
        worker = office.worker(server.port)
        running = asyncio.create_task(worker.run())
        await until(lambda: _is_dead(embedded))
        await asyncio.sleep(0.5)
        clock.advance(3600)
        await asyncio.to_thread(embedded.start)
        await until(lambda: office.all_are("sent"))
        await office.queue(3)
        await until(lambda: office.all_are("sent"))
        worker.stop()
        await asyncio.wait_for(running, 10)
        recipients = [message["To"] for message in server.received]
        assert len(recipients) == len(set(recipients)) == 3
        async with database.transaction() as tx:
            assert isinstance(await office.log.verify(tx, "9901"), Verified)
        await database.close()
    finally:
        embedded.stop()
        embedded.erase()


async def _is_dead(embedded: EmbeddedPostgres) -> bool:
    return embedded.process is not None and embedded.process.poll() is not None
