"""A bank in one process: the whole web application, with a fake core, telephone and clock."""

import functools
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx2
import msgspec
import pytest
from structlog.testing import capture_logs

import madoguchi.demo
from madoguchi import clients
from madoguchi.app import Runtime, call_sink, web_application
from madoguchi.app.runtime import PAGES
from madoguchi.authorization_server import AuthorizationServer
from madoguchi.call_back import CallBack, Matched, NotMatched
from madoguchi.clients import Client, ClientKeys, HttpJwksFetcher
from madoguchi.core_bank.embedded import EmbeddedCore
from madoguchi.core_bank.port import CoreBank
from madoguchi.institutions import Folder, Institution, Institutions, read_folder
from madoguchi.kernel.entropy import SystemEntropy
from madoguchi.kernel.errors import must
from madoguchi.notices import Notices
from madoguchi.operations_log import OperationsLog
from madoguchi.operations_log.entry import Row
from madoguchi.plumbing.database import Database
from madoguchi.plumbing.settings import Settings, parse_settings
from madoguchi.plumbing.telephone import IncomingCall
from madoguchi.plumbing.templates import Assets, Templates
from tests.support.clients import CALLBACK, PRIVATE_JWK, registration
from tests.support.clock import SettableClock
from tests.support.fake_core_bank import FakeCoreBank, sample_person
from tests.support.html_browser import HtmlBrowser
from tests.support.keys import FixedKeys
from tests.support.link_person import Person, Walk
from tests.support.oauth_client import AppClient

BASE = "https://bank.example.jp"
FOLDERS = Path(madoguchi.demo.__file__).parent / "institutions"
NAME_TYPED = "ﾍﾞﾂﾉﾅﾏｴ ﾃｽﾄ"
SETTINGS = """
environment = "demo"
base_url = "https://bank.example.jp"
institutions = "/unused"
database.url = "env:UNUSED"
smtp = {host = "127.0.0.1", security = "none"}
web = {trusted_proxies = ["10.0.0.0/8"]}
[keys]
"""


@dataclass(frozen=True)
class WorldRuntime(Runtime):
    """A runtime whose core banking system is the fake one."""

    core: CoreBank

    def core_of(self, institution: Institution) -> CoreBank:
        """Return the fake core."""
        return self.core


@dataclass
class LinkWorld:
    """The bank with its two institutions, its apps, and a person with an account at each."""

    runtime: WorldRuntime
    core: FakeCoreBank
    clock: SettableClock
    application: Any
    http: httpx2.AsyncClient
    calls: int = 0
    addresses: int = 0
    opened: list[httpx2.AsyncClient] = field(default_factory=list)

    @property
    def database(self) -> Database:
        """The database."""
        return self.runtime.database

    @property
    def institution(self) -> Institution:
        """The institution in card mode, as it is set now."""
        return must(self.runtime.institutions.by_code("9901"))

    def configure(self, code: str = "9901", /, *, modes: Any = None, **changes: Any) -> None:
        """Change settings of an institution's API link."""
        known = self.runtime.institutions
        old = must(known.by_code(code))
        if modes:
            changes["modes"] = modes
        link = msgspec.structs.replace(old.api_link, **changes)
        known._by_code[code] = msgspec.structs.replace(old, api_link=link)
        known._index()

    def set_branches(self, count: int) -> None:
        """Leave the institution its first branches only."""
        known = self.runtime.institutions
        branches = self.institution.branches[:count]
        known._by_code["9901"] = msgspec.structs.replace(self.institution, branches=branches)
        known._index()

    def app(self, client_id: str = "sample-app", slug: str = "sample-shinkumi") -> AppClient:
        """Return an installation of a registered app."""
        return AppClient(
            http=self.http, issuer=f"{BASE}/{slug}", client_id=client_id, private_jwk=PRIVATE_JWK,
            redirect_uri=CALLBACK, time=lambda: self.clock.now().timestamp(),
        )  # fmt: skip

    def browser(self, language: str = "ja") -> HtmlBrowser:
        """Return a new browser, each at an address of its own."""
        self.addresses += 1
        transport = httpx2.ASGITransport(self.application, client=(_address(self.addresses), 1))
        client = httpx2.AsyncClient(transport=transport, base_url=BASE)
        self.opened.append(client)
        return HtmlBrowser(client, BASE, language)

    async def begin(
        self,
        browser: HtmlBrowser | None = None,
        *,
        app: AppClient | None = None,
        person: Person | None = None,
        language: str = "ja",
        **parameters: Any,
    ) -> Walk:
        """Have an app push a request, and open it in a browser: the walk stands on screen ①."""
        app, browser = app or self.app(), browser or self.browser(language)
        if not app.metadata:
            await app.discover()
        await browser.open(await app.pushed_url(**parameters))
        return Walk(browser, app, person or self.person(), self.call)

    async def call(self, caller: str | None, called: str) -> Matched | NotMatched:
        """Have a telephone call a number; `caller` None withholds its number."""
        self.calls += 1
        now = self.clock.now()
        number = "+81" + caller[1:] if caller and caller.startswith("0") else caller
        digits = "".join(char for char in called if char.isdigit())
        incoming = IncomingCall("trunk", f"call-{self.calls}", "+81" + digits[1:], number, now, now)
        return await call_sink(self.runtime)(incoming)

    def person(self, **changes: Any) -> Person:
        """Return the person whose account every world has."""
        usual: dict[str, Any] = {
            "branch_code": "001", "account_kind": "ordinary", "account_number": "1234567",
            "name_kana": NAME_TYPED, "birth_date": "1980-04-01", "phone": "09000001111",
            "email": "typed@example.jp", "card_pin": "7391",
        }  # fmt: skip
        return Person(**{**usual, **changes})

    def another_person(self, number: int, institution: str = "9901") -> Person:
        """Give somebody else an account, all different from the others'; return what he types."""
        phone = f"0900000{number:04d}"
        holder = msgspec.structs.replace(
            sample_person(f"holder-{number}"),
            phones=(f"+81{phone[1:]}",),
            email=f"holder-{number}@example.jp",
        )
        account = f"{number:07d}"
        self.core.add_account(institution, holder=holder, number=account, pin="7391")
        return self.person(phone=phone, account_number=account, email=f"typed-{number}@example.jp")

    async def rows(self, sql: str, *values: object) -> list[dict[str, Any]]:
        """Return what a query finds in the database."""
        async with self.database.transaction() as tx:
            found: list[dict[str, Any]] = await tx.many(dict, sql, *values)
        return found

    async def log(self, **filters: Any) -> list[Row]:
        """Return rows of the operations log, oldest first."""
        async with self.database.transaction() as tx:
            rows = await self.runtime.log.search(tx, "9901", **filters)
        return sorted(rows, key=lambda row: (row.at, row.lane, row.number))


def _address(number: int) -> str:
    return f"192.0.2.{number % 250 + 1}"


@functools.cache
def folders() -> Sequence[Folder]:
    """Return the sample institutions' settings."""
    read = [read_folder(path) for path in sorted(FOLDERS.iterdir())]
    assert all(isinstance(folder, Folder) for folder in read), read
    return [folder for folder in read if isinstance(folder, Folder)]


@functools.cache
def _assets() -> Assets:
    return Assets()


@functools.cache
def _templates() -> Templates:
    return Templates(PAGES, assets=_assets())


def settings() -> Settings:
    """Return an installation's settings, as far as a process without a database needs them."""
    names = ("operations-log", "personal-data", "index", "csrf", "dpop-nonce", "pairwise",
             "signing-keys", "card-pin", "password-pepper")  # fmt: skip
    return parse_settings(
        SETTINGS + "".join(f'{name} = ["env:UNUSED"]\n' for name in names), "test"
    )


@asynccontextmanager
async def open_world(
    database: Database,
    counters: Database,
    clock: SettableClock,
    keys: FixedKeys,
    *,
    register: bool = True,
) -> AsyncIterator[LinkWorld]:
    """Open the bank on an empty database; without `register`, one more process on one in use."""
    core = FakeCoreBank(clock)
    entropy, log = SystemEntropy(), OperationsLog(keys, clock)
    runtime = WorldRuntime(
        settings=settings(), clock=clock, entropy=entropy, keys=keys, database=database,
        counters=counters, core_database=database,
        institutions=Institutions([folder.institution for folder in folders()]), log=log,
        embedded_core=EmbeddedCore(database, keys, clock, entropy),
        call_back=CallBack(keys, entropy),
        authorization=AuthorizationServer(
            keys=keys, entropy=entropy, log=log, client_keys=ClientKeys(HttpJwksFetcher()),
            issuer_of=lambda institution: f"{BASE}/{institution.slug}",
        ),
        notices=Notices(keys, clock, log), assets=_assets(), templates=_templates(), core=core,
    )  # fmt: skip
    for institution in ("9901", "9902") if register else ():
        core.add_account(institution, pin="7391")
        await register_app(runtime, institution, "sample-app")
        await register_app(runtime, institution, "other-app")
        await register_app(runtime, institution, "short-app", consent_days=7)
    application = web_application(runtime)
    transport = httpx2.ASGITransport(application)
    async with httpx2.AsyncClient(transport=transport, base_url=BASE) as http:
        world = LinkWorld(runtime, core, clock, application, http)
        yield world
        for client in world.opened:
            await client.aclose()


async def register_app(
    runtime: Runtime, institution: str, client_id: str, at: datetime | None = None, **changes: Any
) -> None:
    """Register an app at an institution."""
    async with runtime.database.transaction() as tx:
        client = await clients.register(
            tx, runtime.log, institution, client_id, registration(**changes), actor="staff-1",
            now=at or runtime.clock.now() - timedelta(days=1),
        )  # fmt: skip
    assert isinstance(client, Client), client


@pytest.fixture(scope="session")
async def counters(database_url: str) -> AsyncIterator[Database]:
    """The pool for what commits by itself."""
    pool = await Database.connect(database_url, largest=4)
    yield pool
    await pool.close()


@pytest.fixture
async def world(
    database: Database, counters: Database, clock: SettableClock, keys: FixedKeys
) -> AsyncIterator[LinkWorld]:
    """A bank with one person's account, and nobody at it yet."""
    with capture_logs():
        async with open_world(database, counters, clock, keys) as world:
            yield world
