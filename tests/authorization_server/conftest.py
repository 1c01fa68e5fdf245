"""An authorization server in process, with screens and an account API that tests control."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import httpx2
import msgspec
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from madoguchi import clients, consents
from madoguchi.authorization_server import (
    AccessRefused,
    AuthorizationRequest,
    AuthorizationServer,
    HttpParts,
    Refusal,
    RequestOver,
    routes,
)
from madoguchi.clients import Client, ClientKeys
from madoguchi.consents import Agreement, Consent, ConsentedAccount
from madoguchi.institutions import AuthorizationSettings, Institution, Institutions
from madoguchi.kernel.entropy import SystemEntropy
from madoguchi.operations_log import OperationsLog
from madoguchi.plumbing.database import Database, Tx
from tests.support.clients import CALLBACK, PRIVATE_JWK, registration
from tests.support.clock import SettableClock
from tests.support.institution_settings import card_institution, login_institution
from tests.support.keys import FixedKeys
from tests.support.oauth_client import AppClient, new_key, public_of

BASE = "https://bank.example.jp"
OTHER_JWK = new_key("other-client-key")


class NoSite:
    """Clients' sites: none is there."""

    async def fetch(self, url: str) -> dict[str, Any]:
        raise clients.JwksUnavailable(url)


@dataclass
class Screens:
    """The screens where a person consents: they only remember what they were given."""

    begun: list[AuthorizationRequest] = field(default_factory=list)

    async def begin(
        self, tx: Tx, institution: Institution, request: AuthorizationRequest, http: Request
    ) -> str:
        self.begun.append(request)
        return f"/{institution.slug}/link/visit-{request.id}/account"


class ErrorPages:
    """Error pages that say the error's name."""

    async def render(
        self, http: Request, institution: Institution | None, refusal: Refusal
    ) -> Response:
        return HTMLResponse(f"<title>{refusal.error}</title>", refusal.status)


@dataclass
class Bank:
    """The server, its world, and what a person does on the screens."""

    server: AuthorizationServer
    database: Database
    clock: SettableClock
    log: OperationsLog
    institution: Institution
    http: httpx2.AsyncClient
    screens: Screens

    @property
    def issuer(self) -> str:
        return f"{BASE}/{self.institution.slug}"

    @property
    def api(self) -> str:
        return f"{self.issuer}/api/v1/accounts"

    def app(self, client_id: str = "sample-app", jwk: Any = PRIVATE_JWK, **more: Any) -> AppClient:
        return AppClient(
            http=self.http, issuer=self.issuer, client_id=client_id, private_jwk=jwk,
            redirect_uri=CALLBACK, time=lambda: self.clock.now().timestamp(), **more,
        )  # fmt: skip

    async def register(self, client_id: str, **changes: Any) -> Client:
        async with self.database.transaction() as tx:
            client = await clients.register(
                tx, self.log, self.institution.code, client_id, registration(**changes),
                actor="staff-1", now=self.clock.now() - timedelta(days=1),
            )  # fmt: skip
        assert isinstance(client, Client), client
        return client

    async def load(self, url: str) -> AuthorizationRequest:
        """Load the authorization endpoint as a browser does; return the request begun."""
        response = await self.http.get(url)
        assert response.status_code == 303, response.text
        return self.screens.begun[-1]

    async def agree(
        self, request: AuthorizationRequest, days: int = 30, account: str = "1"
    ) -> str | RequestOver:
        """Consent, and return where the browser goes."""
        now = self.clock.now()
        async with self.database.transaction() as tx:
            found = await self.server.find_request(tx, self.institution, request.id, now)
            if isinstance(found, RequestOver):
                return found
            consent = await consents.authorise(
                tx, self.log, self.institution.code, str(request.consent_id),
                Agreement(
                    holder_id="holder-1", scopes=request.scopes,
                    accounts=(
                        ConsentedAccount(f"core-{account}", f"public-{account}", "001", "ordinary",
                                         "1234567"),
                    ),
                    expires_at=now + timedelta(days=days), terms_version="1", screen_version="1",
                    mode="card",
                ),
                now=now,
            )  # fmt: skip
            if not isinstance(consent, Consent):
                return RequestOver(request.id, "finished")
            return await self.server.complete(
                tx, self.institution, request.id, consent, auth_time=now, now=now
            )

    async def refuse(self, request: AuthorizationRequest) -> str | RequestOver:
        """Cancel, and return where the browser goes."""
        async with self.database.transaction() as tx:
            return await self.server.refuse(tx, self.institution, request.id, now=self.clock.now())

    async def code(self, app: AppClient, **changes: Any) -> str:
        """Go from a pushed request to a code."""
        if not app.metadata:
            await app.discover()
        url = await self.agree(await self.load(await app.pushed_url(**changes)))
        assert isinstance(url, str)
        return app.returned(url)["code"]

    async def linked(self, app: AppClient, **changes: Any) -> dict[str, Any]:
        """Go the whole way; return the token response."""
        response = await app.redeem(await self.code(app, **changes))
        assert response.status_code == 200, response.text
        return dict(response.json())


@pytest.fixture(params=[True], ids=["nonces"])
def nonces_required(request: pytest.FixtureRequest) -> bool:
    """Whether the server wants its nonces in proofs; it does unless a test says otherwise."""
    return bool(request.param)


@pytest.fixture
def institution(request: pytest.FixtureRequest) -> Institution:
    """The institution; a test may give its authorization settings as the parameter."""
    authorization = getattr(request, "param", AuthorizationSettings())
    return msgspec.structs.replace(card_institution(), authorization=authorization)


@pytest.fixture
async def bank(
    database: Database,
    database_url: str,
    clock: SettableClock,
    keys: FixedKeys,
    nonces_required: bool,
    institution: Institution,
) -> AsyncIterator[Bank]:
    """A bank with one registered client, `sample-app`, and another, `other-app`."""
    log = OperationsLog(keys, clock)
    server = AuthorizationServer(
        keys=keys, entropy=SystemEntropy(), log=log, client_keys=ClientKeys(NoSite()),
        issuer_of=lambda institution: f"{BASE}/{institution.slug}",
        nonces_required=nonces_required,
    )  # fmt: skip
    screens = Screens()
    counters = await Database.connect(database_url, largest=4)
    served = routes(
        server, database=database, institutions=Institutions([institution, login_institution()]),
        clock=clock, interaction=screens, error_page=ErrorPages(),
        counters=counters,
    )  # fmt: skip
    app = Starlette(routes=[*served, _account_api(server, database, clock, institution)])
    transport = httpx2.ASGITransport(app)
    async with httpx2.AsyncClient(transport=transport, base_url=BASE) as http:
        bank = Bank(server, database, clock, log, institution, http, screens)
        await bank.register("sample-app")
        await bank.register("other-app", jwks={"keys": [public_of(OTHER_JWK)]})
        yield bank
    await counters.close()


@pytest.fixture
async def app(bank: Bank) -> AppClient:
    """The registered app, which has read the metadata."""
    app = bank.app()
    await app.discover()
    return app


@pytest.fixture
async def other_app(bank: Bank) -> AppClient:
    """Another registered app."""
    app = bank.app("other-app", OTHER_JWK)
    await app.discover()
    return app


def _account_api(
    server: AuthorizationServer, database: Database, clock: SettableClock, institution: Institution
) -> Route:
    """Return a resource that says what the token that opened it allows."""

    async def accounts(http: Request) -> Response:
        parts = HttpParts(
            http.method, f"{BASE}/{institution.slug}/api/v1/accounts", tuple(http.headers.items())
        )
        async with database.transaction() as tx:
            grant = await server.authenticate_access_token(tx, institution, parts, clock.now())
        if isinstance(grant, AccessRefused):
            return JSONResponse({"problem": grant.problem}, grant.status, dict(grant.headers))
        members = {"consent": grant.consent_id, "scopes": grant.scopes, "client": grant.client_id}
        return JSONResponse(members, headers=dict(grant.headers))

    return Route("/{slug}/api/v1/accounts", accounts, methods=["GET"])
