"""Starts everything that the demo is made of, and starts again what dies (RUN-01)."""

import asyncio
import os
import sys
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from madoguchi.demo.answering import answers_http, is_udp_taken, until_all
from madoguchi.demo.children import Child, Reaper, Say
from madoguchi.demo.clients import keys_of_clients
from madoguchi.demo.clock import DemoClock
from madoguchi.demo.configuring import (
    WEBHOOK_PATH,
    webhook_secret,
    write_sample_app,
    write_settings,
)
from madoguchi.demo.filling import Filler, Runtime
from madoguchi.demo.mailbox import Mailbox, MailboxServer
from madoguchi.demo.place import Place, read_json, write_in_one_piece
from madoguchi.demo.ports import Doors, open_doors
from madoguchi.demo.ready_file import Addresses, Samples, Telephone, contract
from madoguchi.plumbing.database import migrate
from madoguchi.plumbing.database.launcher import EmbeddedPostgres, LauncherError
from madoguchi.plumbing.settings import Settings

OpenRuntime = Callable[[Settings, DemoClock], Awaitable[Runtime]]
LOOK_SECONDS = 0.1
DATABASE_TRIES = 10


@dataclass(frozen=True)
class Options:
    """How the demo is started. `port` is the home page's: 0 any, None the usual or the next."""

    place: Place
    port: int | None = None
    ready_file: Path | None = None
    reset: bool = False
    now: datetime | None = None


@dataclass(frozen=True)
class Programs:
    """The product's programs: commands that take `--settings` (and `web` also `--fd`).

    `load` imports what the runtime is made of, and returns how it is opened.
    """

    web: tuple[str, ...]
    worker: tuple[str, ...]
    load: Callable[[], OpenRuntime]


async def run_demo(options: Options, programs: Programs, stop: asyncio.Event, say: Say) -> None:
    """Run the demo until `stop` is set. Raises a `Fault` where it cannot be."""
    lock = options.place.claim(reset=options.reset)
    try:
        _take_away(options.ready_file)  # left by a demo that could not end as it should
        clock = DemoClock(options.place.clock)
        if options.now:
            clock.set(options.now)
        doors = open_doors(options.port, read_json(options.place.ports) or {})
        write_in_one_piece(options.place.ports, doors.ports)
        demo = Demo(options, programs, clock, doors, say)
        running = asyncio.create_task(demo.run())
        stopping = asyncio.create_task(stop.wait())
        try:
            await asyncio.wait({running, stopping}, return_when=asyncio.FIRST_COMPLETED)
            if running.done():
                running.result()
        finally:
            _take_away(options.ready_file)
            await _cancel(running, stopping)
            await demo.stop()
            doors.close()
    finally:
        lock.close()


class Demo:
    """One running demo."""

    def __init__(
        self, options: Options, programs: Programs, clock: DemoClock, doors: Doors, say: Say
    ) -> None:
        self._options = options
        self._place = options.place
        self._programs = programs
        self._clock = clock
        self._doors = doors
        self._say = say
        self._reaper = Reaper()
        self._postgres = EmbeddedPostgres(options.place.postgres)
        self._starting: asyncio.Future[None] | None = None
        self._children: list[Child] = []
        self._mail: list[asyncio.Server] = []

    async def run(self) -> None:
        """Start everything, say so, and keep it running; returns only by raising."""
        await self._reaper.start()
        try:
            async with asyncio.TaskGroup() as keepers:
                keepers.create_task(self._reaper.keep())
                await self._start(keepers)
        except BaseExceptionGroup as several:
            raise _first(several) from None

    async def stop(self) -> None:
        """Stop everything, the database last."""
        await asyncio.gather(*(child.stop() for child in self._children))
        for server in self._mail:
            server.close()
        if self._starting:
            await asyncio.wait({self._starting})
        await asyncio.to_thread(self._postgres.stop)
        await self._reaper.stop()

    # ── starting ─────────────────────────────────────────────────────────

    async def _start(self, keepers: asyncio.TaskGroup) -> None:
        # the database starts in a thread; what needs no database is done meanwhile
        database = self._start_postgres()
        open_runtime = self._programs.load()
        client_keys = keys_of_clients(self._place.clients)
        await self._start_mailbox()
        await asyncio.shield(database)
        self._watch_database()
        keepers.create_task(self._keep_database())
        settings = write_settings(self._place, self._doors, self._postgres.url)
        await migrate(self._postgres.url)
        runtime = await open_runtime(settings, self._clock)
        filler = Filler(self._place, runtime, self._clock)
        institutions = await filler.publish()
        app = write_sample_app(self._place, self._doors, institutions, client_keys)
        self._start_children(keepers, app)
        callback = f"{self._sample_app}callback"
        customers, clients, retail = await filler.load(institutions, client_keys, callback)
        await runtime.close()
        addresses = Addresses(self._home, self._sample_app, self._postgres.url)
        telephone = self._telephone(webhook_secret(settings))
        samples = Samples(customers, clients, retail)
        offer = contract(os.getpid(), addresses, institutions, samples, telephone)
        await self._offer(offer)

    def _start_postgres(self) -> "asyncio.Future[None]":
        """Start the database in a thread, which cannot be stopped on its way."""
        loop = asyncio.get_running_loop()
        self._starting = loop.run_in_executor(None, self._postgres.start)
        return self._starting

    async def _start_mailbox(self) -> None:
        mailing = MailboxServer(Mailbox(self._place.mailbox), self._clock)
        self._mail = [await mailing.start(one) for one in self._doors.smtp.sockets]

    def _telephone(self, secret: str) -> Telephone:
        return Telephone(f"{self._home}{WEBHOOK_PATH}", secret, "127.0.0.1", self._doors.sip)

    async def _offer(self, offer: dict[str, Any]) -> None:
        """Say that everything is there, once it is."""
        write_in_one_piece(self._place.contract, offer)
        await self._wait_until_all_answer()
        if self._options.ready_file:
            write_in_one_piece(self._options.ready_file, offer)
        self._tell(offer)

    def _start_children(self, keepers: asyncio.TaskGroup, app: Path) -> None:
        settings = ("--settings", str(self._place.settings))
        home, sample_app = self._doors.home.numbers, self._doors.sample_app.numbers
        listening = (part for number in home for part in ("--fd", str(number)))
        app_command = (sys.executable, "-m", f"{__package__}.sample_app", str(app))
        self._children = [
            self._child("web", (*self._programs.web, *settings, *listening), home),
            self._child("worker", (*self._programs.worker, *settings)),
            self._child("sample-app", (*app_command, *map(str, sample_app)), sample_app),
        ]
        for child in self._children:
            keepers.create_task(child.keep(self._reaper, self._say))

    def _child(self, name: str, command: tuple[str, ...], sockets: tuple[int, ...] = ()) -> Child:
        return Child(name, command, self._place.logs / f"{name}.log", sockets=sockets)

    async def _wait_until_all_answer(self) -> None:
        await until_all(
            lambda: answers_http(self._doors.home.port),
            lambda: answers_http(self._doors.sample_app.port),
            lambda: is_udp_taken(self._doors.sip),
        )

    # ── keeping ──────────────────────────────────────────────────────────

    async def _keep_database(self) -> None:
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            process = self._postgres.process
            if process is None or process.poll() is None:
                continue
            self._say("database: 終了したため再起動します / ended, starting it again")
            await self._restart_database()
            self._watch_database()

    async def _restart_database(self) -> None:
        for tries_left in reversed(range(DATABASE_TRIES)):
            try:
                await asyncio.shield(self._start_postgres())
            except LauncherError:
                if not tries_left:
                    raise
                await asyncio.sleep(LOOK_SECONDS)
            else:
                return

    def _watch_database(self) -> None:
        if self._postgres.process:
            self._reaper.watch(self._postgres.process.pid)

    # ── telling ──────────────────────────────────────────────────────────

    @property
    def _home(self) -> str:
        return f"http://localhost:{self._doors.home.port}/"

    @property
    def _sample_app(self) -> str:
        return f"http://localhost:{self._doors.sample_app.port}/"

    def _tell(self, offer: dict[str, Any]) -> None:
        lines = (
            (self._home, "はじめに: 見本のお客様・時計", "start here: sample customers, the clock"),
            (self._sample_app, "見本アプリで口座を連携する", "link an account to the sample app"),
            (f"{self._home}demo/telephone", "登録の電話からかける", "call from a customer's phone"),
            (offer["mailbox"]["url"], "届いたメールを見る", "read the mails sent"),
            *(_to_bank(one) for one in offer["institutions"]),
            *(_to_connect(one) for one in offer["institutions"]),
        )
        width = max(len(address) for address, _, _ in lines)
        self._say("Madoguchi のデモを始めました / The demo is ready")
        for address, japanese, english in lines:
            self._say(f"  {address:<{width}}  {japanese} / {english}")
        self._say(f"  データ / data: {self._place.directory}   終了 / stop: Ctrl-C")


def _take_away(ready_file: Path | None) -> None:
    """Leave no ready file of a demo that does not run: its addresses would be taken for good."""
    if ready_file:
        ready_file.unlink(missing_ok=True)


def _to_connect(institution: Mapping[str, Any]) -> tuple[str, str, str]:
    """Return where an app's maker begins, and what it is in Japanese and English."""
    address = f"{institution['issuer']}/.well-known/openid-configuration"
    japanese = f"自分のアプリをつなぐ: {institution['name']}"
    return address, japanese, f"connect an app of your own: {institution['name_en']}"


def _to_bank(institution: Mapping[str, Any]) -> tuple[str, str, str]:
    """Return where a customer logs in, and what it is in Japanese and English."""
    japanese = f"インターネットバンキング: {institution['name']}（IDとパスワードは「はじめに」に）"
    english = f"internet banking of {institution['name_en']} (IDs and passwords: start here)"
    return institution["login_url"], japanese, english


async def _cancel(*tasks: "asyncio.Task[Any]") -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


def _first(several: BaseExceptionGroup[BaseException]) -> BaseException:
    one = several.exceptions[0]
    return _first(one) if isinstance(one, BaseExceptionGroup) else one
