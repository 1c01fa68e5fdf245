"""Internet banking in one process: the whole web application over the embedded core's ledger.

Invented customers of the sample bank have contracts here; only mail, telephone and clock are fakes.
"""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import cache
from typing import Any

import httpx2
import msgspec
import pytest
from structlog.processors import format_exc_info
from structlog.testing import capture_logs

from madoguchi.app import Runtime, web_application
from madoguchi.app.runtime import PAGES
from madoguchi.authorization_server import AuthorizationServer
from madoguchi.call_back import CallBack
from madoguchi.clients import ClientKeys, HttpJwksFetcher
from madoguchi.core_bank import Books
from madoguchi.core_bank.embedded import EmbeddedCore
from madoguchi.core_bank.port import Account, Call, CoreBank
from madoguchi.core_bank.simulated_interbank import SimulatedInterbank
from madoguchi.customers import ContactData, Contract, ContractAccount, ContractState, NewContract
from madoguchi.demo.sample_bank import sample_books
from madoguchi.demo.sample_people import sample_customers
from madoguchi.institutions import Institution, Institutions
from madoguchi.kernel.clock import japan_day
from madoguchi.kernel.entropy import SystemEntropy
from madoguchi.kernel.errors import must
from madoguchi.kernel.money import Yen
from madoguchi.notices import Notices
from madoguchi.operations_log import OperationsLog
from madoguchi.plumbing.database import Database
from madoguchi.plumbing.templates import Assets, Templates
from madoguchi.sign_in import QuestionAnswer, Secret
from tests.support.clients import CALLBACK, PRIVATE_JWK
from tests.support.clock import SettableClock
from tests.support.html_browser import HtmlBrowser
from tests.support.keys import FixedKeys
from tests.support.link_world import folders, register_app, settings
from tests.support.oauth_client import AppClient

BASE = "https://bank.example.jp"
LOGIN_PASSWORD = "Mihon2Login"
CONFIRMATION_PASSWORD = "Mihon2Check"
UNEXPECTED = ("unexpected-error", "afterwards-failed")
"""What no walk may bring about; the technical log has it."""
PROVISIONAL = timedelta(days=30)
PEOPLE = ("1234567", "6789012", "7890123", "2345678")
"""The sample customers who have an account here, by its number; the second has several."""
ANSWERS = {
    "first-school": "見本小学校",
    "first-pet": "しろ",
    "favourite-dish": "カレー",
}
"""Each question's answer of every invented customer here."""


@dataclass(frozen=True)
class RetailRuntime(Runtime):
    """A runtime whose core banking system can be put in another one's place."""

    core: CoreBank

    def core_of(self, institution: Institution) -> CoreBank:
        """Return the core of this world."""
        del institution
        return self.core


@dataclass(frozen=True)
class Customer:
    """A customer with a contract, and what he knows."""

    contract: Contract
    login_id: str = ""
    login_password: str = LOGIN_PASSWORD
    confirmation_password: str = CONFIRMATION_PASSWORD
    answers: Mapping[str, str] = field(default_factory=lambda: ANSWERS)


@dataclass
class RetailWorld:
    """The bank with its two institutions and the sample bank's books."""

    runtime: RetailRuntime
    clock: SettableClock
    application: Any
    slug: str = "sample-shinkumi"
    code: str = "9901"
    addresses: int = 0
    opened: list[httpx2.AsyncClient] = field(default_factory=list)

    @property
    def database(self) -> Database:
        """The database."""
        return self.runtime.database

    @property
    def institution(self) -> Institution:
        """The institution, as it is set now."""
        return must(self.runtime.institutions.by_code(self.code))

    def configure(self, **changes: Any) -> None:
        """Change settings of the institution: `retail={…}`, `transfers={…}`, as in its files."""
        known = self.runtime.institutions
        old = self.institution
        parts = {
            name: msgspec.structs.replace(getattr(old, name), **values)
            for name, values in changes.items()
        }
        known._by_code[self.code] = msgspec.structs.replace(old, **parts)
        known._index()

    def browser(self, language: str = "ja") -> HtmlBrowser:
        """Return a new browser, each at an address of its own."""
        self.addresses += 1
        address = f"198.51.{self.addresses % 100}.{self.addresses % 250 + 1}"
        transport = httpx2.ASGITransport(self.application, client=(address, 1))
        client = httpx2.AsyncClient(transport=transport, base_url=BASE)
        self.opened.append(client)
        return HtmlBrowser(client, BASE, language)

    def url(self, path: str = "") -> str:
        """Return an address of internet banking."""
        return f"{BASE}/{self.slug}/bank/{path}"

    async def customer(
        self, number: str = "1234567", *, login_id: str = "", state: str = "active"
    ) -> Customer:
        """Give the holder of a sample account a contract with all his accounts.

        `state`: `provisional` (passwords from the post, no login ID), `first-login`, `active`.
        """
        account = await self._account(number)
        accounts = await self.runtime.core.accounts_of(self._call(), account.holder_id)
        now, login_id = self.clock.now(), login_id or f"mihon{number[-5:]}"
        banking = self.runtime.banking
        async with self.database.transaction() as tx:
            made = await banking.customers.make(
                tx,
                self.code,
                NewContract(
                    holder_id=account.holder_id,
                    branch_code=account.branch_code,
                    account_kind=account.kind,
                    account_number=account.number,
                    accounts=tuple(
                        ContractAccount(each.id, each.branch_code, each.kind, each.number)
                        for each in accounts
                    ),
                ),
                by="staff-1",
                now=now,
            )
            assert isinstance(made, Contract), made
            contract = await self._raise(tx, made, login_id, state, now)
        return Customer(contract, login_id)

    async def _raise(
        self, tx: Any, contract: Contract, login_id: str, state: str, now: datetime
    ) -> Contract:
        customers, sign_in = self.runtime.banking.customers, self.runtime.banking.sign_in
        for secret, text in (
            (Secret.LOGIN_PASSWORD, LOGIN_PASSWORD),
            (Secret.CONFIRMATION_PASSWORD, CONFIRMATION_PASSWORD),
        ):
            until = None if state == "active" else now + PROVISIONAL
            await sign_in.set_secret(tx, contract, secret, text, provisional_until=until, now=now)
        if state == ContractState.PROVISIONAL:
            return contract
        chosen = await customers.choose_login_id(tx, contract, login_id, now)
        assert isinstance(chosen, Contract), chosen
        if state == ContractState.FIRST_LOGIN:
            return chosen
        answers = [QuestionAnswer(key, answer) for key, answer in ANSWERS.items()]
        await sign_in.set_questions(tx, chosen, answers, now)
        chosen = await customers.note_step(tx, chosen, "questions", now)
        chosen = await customers.note_step(tx, chosen, "passwords", now)
        data = ContactData(f"{login_id}@example.jp", "09000001234", dm_wanted=False)
        return await customers.finish_first_login(tx, chosen, data, now)

    async def sign_in(self, customer: Customer, browser: HtmlBrowser | None = None) -> HtmlBrowser:
        """Log in over the login page; return the browser on the page that it leads to."""
        browser = browser or self.browser()
        await browser.open(self.url("login"))
        await browser.send("go", login_id=customer.login_id, login_password=customer.login_password)
        return browser

    async def app(self, client_id: str = "sample-app", **changes: Any) -> AppClient:
        """Register an app at the institution, and return an installation of it."""
        await register_app(self.runtime, self.code, client_id, **changes)
        transport = httpx2.ASGITransport(self.application)
        http = httpx2.AsyncClient(transport=transport, base_url=BASE)
        self.opened.append(http)
        app = AppClient(
            http=http, issuer=f"{BASE}/{self.slug}", client_id=client_id, private_jwk=PRIVATE_JWK,
            redirect_uri=CALLBACK, time=lambda: self.clock.now().timestamp(),
        )  # fmt: skip
        await app.discover()
        return app

    async def money_in(self, account: Account, yen: int) -> None:
        """Pay cash into an account."""
        core = self.runtime.core_administration()
        await core.deposit_cash(self.code, account.id, Yen(yen))

    async def rows(self, sql: str, *values: object) -> list[dict[str, Any]]:
        """Return what a query finds in the database."""
        async with self.database.transaction() as tx:
            found: list[dict[str, Any]] = await tx.many(dict, sql, *values)
        return found

    async def _account(self, number: str) -> Account:
        for person in sample_customers(self.code):
            if person.account_number == number:
                found = await self.runtime.core.find_account(
                    self._call(), person.branch_code, person.account_kind, number
                )
                return must(found, "the sample account")
        raise AssertionError(f"no sample customer has the account {number}")

    def _call(self) -> Call:
        deadline = self.clock.now() + timedelta(seconds=20)
        return Call(institution=self.code, correlation_id="test", deadline=deadline)


@cache
def _assets() -> Assets:
    return Assets()


@cache
def _templates() -> Templates:
    return Templates(PAGES, assets=_assets(), strict=True)


@cache
def _books(institution: str, today: date) -> Books:
    """Return the sample bank's books, of a few people only: loading all takes long."""
    books = sample_books(institution, today)
    own = {each.holder_id: each.id for each in books.accounts if each.number in PEOPLE}
    accounts = [each for each in books.accounts if each.holder_id in own]
    ids = {each.id for each in accounts}
    return msgspec.structs.replace(
        books,
        holders=tuple(each for each in books.holders if each.id in own),
        accounts=tuple(accounts),
        cards=tuple(each for each in books.cards if each.account_id in ids),
        time_deposits=tuple(each for each in books.time_deposits if each.account_id in ids),
        journals=tuple(
            each
            for each in books.journals
            if all(posting.account in (None, *ids) for posting in each.postings)
        ),
        moves=(),
        closures=(),
    )


@asynccontextmanager
async def open_retail_world(
    database: Database, counters: Database, clock: SettableClock, keys: FixedKeys
) -> AsyncIterator[RetailWorld]:
    """Open the bank on an empty database, with the sample bank's books of both institutions."""
    entropy, log = SystemEntropy(), OperationsLog(keys, clock)
    core = EmbeddedCore(database, keys, clock, entropy, SimulatedInterbank(database, clock))
    runtime = RetailRuntime(
        settings=settings(), clock=clock, entropy=entropy, keys=keys, database=database,
        counters=counters, core_database=database,
        institutions=Institutions([folder.institution for folder in folders()]), log=log,
        embedded_core=core, call_back=CallBack(keys, entropy),
        authorization=AuthorizationServer(
            keys=keys, entropy=entropy, log=log, client_keys=ClientKeys(HttpJwksFetcher()),
            issuer_of=lambda institution: f"{BASE}/{institution.slug}",
        ),
        notices=Notices(keys, clock, log), assets=_assets(), templates=_templates(), core=core,
    )  # fmt: skip
    administration = runtime.core_administration()
    for institution in ("9901", "9902"):
        await administration.load(institution, _books(institution, japan_day(clock.now())))
    world = RetailWorld(runtime, clock, web_application(runtime))
    yield world
    for client in world.opened:
        await client.aclose()


@pytest.fixture
async def bank(
    database: Database, counters: Database, clock: SettableClock, keys: FixedKeys
) -> AsyncIterator[RetailWorld]:
    """Internet banking with nobody at it yet."""
    with capture_logs([format_exc_info]) as lines:
        async with open_retail_world(database, counters, clock, keys) as world:
            yield world
    faults = [line for line in lines if line["event"] in UNEXPECTED]
    assert not faults, faults[0].get("exception", faults[0])
