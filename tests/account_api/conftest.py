"""The account API in process: real tokens and database, a core that tests control, no screens."""

import secrets
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import httpx2
import msgspec
import pytest
from starlette.applications import Starlette
from starlette.responses import Response

from madoguchi import clients, consents
from madoguchi.account_api import ApiPorts, account_api_routes
from madoguchi.authorization_server import AuthorizationServer
from madoguchi.authorization_server.tokens import Basis
from madoguchi.clients import Client, ClientKeys
from madoguchi.consents import Agreement, Consent, ConsentedAccount
from madoguchi.core_bank import Account
from madoguchi.core_bank.port import CoreBank
from madoguchi.institutions import Institution, Institutions
from madoguchi.kernel.entropy import SystemEntropy
from madoguchi.kernel.errors import must
from madoguchi.operations_log import OperationsLog
from madoguchi.plumbing.database import Database
from madoguchi.plumbing.web import Surround, Surroundings
from tests.core_bank.stages import FakeStage
from tests.support.clients import CALLBACK, PRIVATE_JWK, registration
from tests.support.clock import SettableClock
from tests.support.fake_core_bank import FakeCoreBank
from tests.support.institution_settings import card_institution, login_institution
from tests.support.keys import FixedKeys
from tests.support.oauth_client import AppClient, thumbprint

BASE = "https://bank.example.jp"
READS = ("openid", "accounts", "balances", "transactions")


class NoSite:
    """Clients' sites: none is there."""

    async def fetch(self, url: str) -> dict[str, Any]:
        raise clients.JwksUnavailable(url)


@dataclass
class Linked:
    """An app that was linked: its consent, its token, its key."""

    world: "World"
    institution: Institution
    consent: Consent
    token: str
    app: AppClient

    async def ask(
        self, path: str, method: str = "GET", headers: Any = None, at: str = ""
    ) -> httpx2.Response:
        """Ask the API, once more where it wants its nonce; `at` is another institution's base."""
        url = (at or self.world.api_base(self.institution)) + path
        for _ in range(2):
            opening = self.app.resource_headers(method, url, self.token)
            response = await self.app.http.request(
                method, url, headers={**opening, **(headers or {})}
            )
            self.app.dpop_nonce = response.headers.get("dpop-nonce", self.app.dpop_nonce)
            if "use_dpop_nonce" not in response.headers.get("www-authenticate", ""):
                break
        return response

    async def problem(self, path: str, method: str = "GET", at: str = "") -> dict[str, Any]:
        """Ask for what is refused; return the problem, its type without what all types share."""
        return problem_of(await self.ask(path, method, at=at))

    def account(self, place: int = 0) -> str:
        """Return the path of an account of the consent."""
        return f"/accounts/{self.consent.accounts[place].public_id}"


def problem_of(response: httpx2.Response) -> dict[str, Any]:
    """Return a problem after the checks that all of them pass."""
    assert response.headers["content-type"] == "application/problem+json"
    assert response.headers["cache-control"] == "no-store"
    assert response.headers["x-fapi-interaction-id"]
    told: dict[str, Any] = response.json()
    assert told["status"] == response.status_code
    assert told["title"]
    assert told["en"]
    assert any("ぁ" <= sign <= "ん" for sign in told["ja"])
    kind = told["type"].removeprefix("urn:madoguchi:problem:")
    return {**told, "type": kind, "headers": response.headers}


@dataclass
class World:
    """The API and everything behind it."""

    database: Database
    counters: Any
    clock: SettableClock
    log: OperationsLog
    server: AuthorizationServer
    core: CoreBank
    institutions: list[Institution] = field(default_factory=list)

    @property
    def institution(self) -> Institution:
        return self.institutions[0]

    def issuer(self, institution: Institution) -> str:
        return issuer_of(institution)

    def api_base(self, institution: Institution) -> str:
        return f"{issuer_of(institution)}/api/v1"

    def set(self, **changes: Any) -> None:
        """Change the first institution's settings of the account API."""
        settings = msgspec.structs.replace(self.institution.account_api, **changes)
        self.institutions[0] = msgspec.structs.replace(self.institution, account_api=settings)

    def http(self) -> httpx2.AsyncClient:
        """Return a client of the API as it is set now."""
        ports = ApiPorts(
            database=self.database, counters=self.counters,
            institutions=Institutions(self.institutions), clock=self.clock,
            authorization=self.server, core_of=lambda _: self.core, log=self.log,
        )  # fmt: skip
        by_host = {host: each.slug for each in self.institutions for host in each.hosts}
        surroundings = Surroundings(
            new_reference=lambda: "reference-1",
            slug_of_host=by_host.get,
            limit_of=lambda _: 100,
            error_response=lambda _request, status: Response("last resort", status),
            measure=lambda *_: None,
        )
        app = Surround(Starlette(routes=account_api_routes(ports)), surroundings)
        return httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url=BASE)

    async def client(
        self, institution: Institution, client_id: str = "sample-app", **changes: Any
    ) -> Client:
        """Return the client, registered where it is not yet."""
        async with self.database.transaction() as tx:
            found = await clients.find(tx, institution.code, client_id)
            if found is None:
                made = await clients.register(
                    tx, self.log, institution.code, client_id, registration(**changes),
                    actor="staff-1", now=self.clock.now() - timedelta(days=1),
                )  # fmt: skip
                assert isinstance(made, Client), made
                found = made
        return found

    async def link(
        self,
        *accounts: Account,
        scopes: tuple[str, ...] = READS,
        days: int = 30,
        institution: Institution | None = None,
        client_id: str = "sample-app",
    ) -> Linked:
        """Have a holder consent to `accounts`, and give the app its token."""
        bank = institution or self.institution
        client, now = await self.client(bank, client_id), self.clock.now()
        app = AppClient(
            self.http(), self.issuer(bank), client.id, PRIVATE_JWK, CALLBACK,
            lambda: self.clock.now().timestamp(),
        )  # fmt: skip
        agreement = Agreement(
            holder_id=accounts[0].holder_id if accounts else "holder-1", scopes=scopes,
            accounts=tuple(_consented(account) for account in accounts),
            expires_at=now + timedelta(days=days), terms_version="2026-04", screen_version="1",
            mode="card",
        )  # fmt: skip
        async with self.database.transaction() as tx:
            asked = await consents.ask(
                tx, bank.code, client.id, scopes, entropy=SystemEntropy(), now=now
            )
            consent = await consents.authorise(
                tx, self.log, bank.code, asked.id, agreement, now=now
            )
            assert isinstance(consent, Consent)
            basis = Basis(
                bank, self.issuer(bank), self.api_base(bank), client, consent,
                secrets.token_bytes(32), scopes, now,
            )  # fmt: skip
            token, _ = await self.server.tokens.access_token(
                tx, basis, scopes, thumbprint(app.dpop_jwk), now
            )
        return Linked(self, bank, consent, token, app)


def issuer_of(institution: Institution) -> str:
    """Return an issuer as the product names it."""
    if institution.hosts:
        return f"https://{institution.hosts[0]}"
    return f"{BASE}/{institution.slug}"


def world_on(database: Database, clock: SettableClock, core: CoreBank) -> World:
    """Return a world with two institutions and no clients."""
    keys = FixedKeys()
    log = OperationsLog(keys, clock)
    server = AuthorizationServer(
        keys=keys, entropy=SystemEntropy(), log=log, client_keys=ClientKeys(NoSite()),
        issuer_of=issuer_of,
    )  # fmt: skip
    banks = [card_institution(), login_institution()]
    return World(database, database, clock, log, server, core, banks)


@pytest.fixture
def stage(clock: SettableClock) -> FakeStage:
    """The fake core and what may happen in it."""
    return FakeStage(clock)


@pytest.fixture
def core(stage: FakeStage) -> FakeCoreBank:
    """The fake core."""
    return stage.core


@pytest.fixture
def world(database: Database, clock: SettableClock, core: FakeCoreBank) -> World:
    """A world whose core is the fake one."""
    return world_on(database, clock, core)


@pytest.fixture
async def linked(world: World, core: FakeCoreBank) -> Linked:
    """An app linked to one account with 5,000 yen in it."""
    return await world.link(core.add_account(balance=5000))


def _consented(account: Account) -> ConsentedAccount:
    return ConsentedAccount(
        account.id, f"public-{must(account.number)}", account.branch_code, account.kind,
        account.number,
    )  # fmt: skip
