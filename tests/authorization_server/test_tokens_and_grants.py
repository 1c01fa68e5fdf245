"""Asking about tokens and grants, taking them back, and what is kept of them."""

from datetime import timedelta
from typing import Any

import httpx2
import pytest

from madoguchi import consents
from madoguchi.authorization_server import purge, store
from madoguchi.institutions import AuthorizationSettings, RateLimit
from tests.authorization_server.conftest import BASE, Bank
from tests.support.clients import PRIVATE_JWK
from tests.support.oauth_client import GONE, AppClient, new_key


def problem_of(response: httpx2.Response) -> str:
    return str(response.json()["problem"])


@pytest.mark.requirement("AS-06")
@pytest.mark.parametrize("hint", [GONE, "access_token", "refresh_token", "nonsense"])
async def test_revocation(bank: Bank, app: AppClient, other_app: AppClient, hint: Any) -> None:
    """RFC 7009: by its owner, whatever the hint; the consent stays; unknown tokens are no error."""
    tokens = await bank.linked(app)
    access, refresh = tokens["access_token"], tokens["refresh_token"]
    foreign = await other_app.client_request("revocation_endpoint", token=access)
    assert (foreign.status_code, foreign.json()["error"]) == (400, "invalid_request")
    form = {"token": access, "token_type_hint": hint}
    done = await app.client_request("revocation_endpoint", **form)
    assert (done.status_code, done.content) == (200, b"")
    assert problem_of(await app.resource("GET", bank.api, access)) == "invalid_token"
    renewed = (await app.refresh(refresh)).json()["access_token"]
    assert (await app.client_request("revocation_endpoint", token=refresh)).status_code == 200
    assert problem_of(await app.resource("GET", bank.api, renewed)) == "invalid_token"
    assert (await app.refresh(refresh)).json()["error"] == "invalid_grant"
    assert (await app.client_request("revocation_endpoint", token="gone")).status_code == 200
    missing = await app.client_request("revocation_endpoint")
    assert missing.json()["error"] == "invalid_request"


@pytest.mark.requirement("AS-06")
async def test_introspection(bank: Bank, app: AppClient, other_app: AppClient) -> None:
    """RFC 7662: a client about its own tokens, a resource server about any, others about none."""
    await bank.register("resource-server", introspects=True, redirect_uris=(), scopes=())
    resource_server = bank.app("resource-server")
    await resource_server.discover()
    tokens = await bank.linked(app)
    for asking in (app, resource_server):
        told = await asking.client_request("introspection_endpoint", token=tokens["access_token"])
        members = told.json()
        assert members["active"] is True
        assert members["token_type"] == "DPoP"
        assert members["cnf"]["jkt"]
        assert members["client_id"] == "sample-app"
        assert members["scope"] == tokens["scope"]
        assert members["exp"] - members["iat"] == tokens["expires_in"]
    refresh = await app.client_request("introspection_endpoint", token=tokens["refresh_token"])
    assert refresh.json()["active"] is True
    for token in (tokens["access_token"], "unknown"):
        told = await other_app.client_request("introspection_endpoint", token=token)
        assert told.json() == {"active": False}
    bank.clock.advance(600)
    old = await app.client_request("introspection_endpoint", token=tokens["access_token"])
    assert old.json() == {"active": False}


@pytest.mark.requirement("AS-06")
async def test_subjects_are_pairwise(bank: Bank, app: AppClient, keys: Any) -> None:
    """One holder is another subject to each sector; the same to one, also after a key change."""
    await bank.register("far-app", redirect_uris=("https://far.example.jp/cb",))
    far = bank.app("far-app", PRIVATE_JWK)
    far.redirect_uri = "https://far.example.jp/cb"
    subjects = []
    for client in (app, app, far):
        token = (await bank.linked(client))["access_token"]
        answer = await client.resource("GET", client.metadata["userinfo_endpoint"], token)
        subjects.append(answer.json()["sub"])
        keys.rotate("pairwise")
    assert subjects[0] == subjects[1]
    assert subjects[0] != subjects[2]


def modules(*names: str) -> pytest.MarkDecorator:
    """Name the suite's modules on grant management that a test stands for."""
    prefix = "fapi2-security-profile-final-grant-management-"
    return pytest.mark.parametrize("module", [f"{prefix}{name}" for name in names])


GRANTS_SCOPE = "accounts grant_management_query grant_management_revoke"


@pytest.mark.requirement("AS-07")
@modules("query-and-revoke", "ensure-query-after-revoke-fails")
async def test_grant_management(bank: Bank, app: AppClient, module: str) -> None:
    """A grant is read and revoked with its own token, and is then gone."""
    tokens = await bank.linked(app, scope=GRANTS_SCOPE, grant_management_action="create")
    access, url = tokens["access_token"], f"{bank.issuer}/grants/{tokens['grant_id']}"
    queried = await app.resource("GET", url, access)
    assert queried.headers["cache-control"] == "no-store"
    now = int(app.time())
    assert queried.json() == {
        "scopes": [{"scope": "accounts"}],
        "created_at": now, "last_updated_at": now, "expires_at": now + 30 * 86400,
    }  # fmt: skip
    revoked = await app.resource("DELETE", url, access)
    assert (revoked.status_code, revoked.content) == (204, b"")
    assert (await app.resource("GET", url, access)).status_code == 404
    assert problem_of(await app.resource("GET", bank.api, access)) == "consent_revoked"
    async with bank.database.transaction() as tx:
        consent = await consents.find(tx, "9901", tokens["grant_id"], bank.clock.now())
    assert consent is not None
    assert consent.ended_by == "app"


@pytest.mark.requirement("AS-07")
@modules(
    "ensure-query-nonexistent-grant-fails",
    "ensure-wrong-client-cannot-query-grant",
    "ensure-wrong-client-cannot-revoke-grant",
)
async def test_grants_of_others_are_not_found(
    bank: Bank, app: AppClient, other_app: AppClient, module: str
) -> None:
    """Unknown grants and those of another client are not found, and unharmed."""
    mine = await bank.linked(app, scope=GRANTS_SCOPE)
    theirs = (await bank.linked(other_app, scope=GRANTS_SCOPE))["access_token"]
    for grant_id in (mine["grant_id"], "unknown", "%00", "a%2Fb"):
        for method in ("GET", "DELETE"):
            url = f"{bank.issuer}/grants/{grant_id}"
            assert (await other_app.resource(method, url, theirs)).status_code == 404
    assert (await app.resource("GET", bank.api, mine["access_token"])).status_code == 200


@pytest.mark.requirement("AS-07")
async def test_grant_management_needs_its_scopes(bank: Bank, app: AppClient) -> None:
    """Reading and revoking need a scope each."""
    scope = "accounts grant_management_query"
    tokens = await bank.linked(app, scope=scope)
    url = f"{bank.issuer}/grants/{tokens['grant_id']}"
    assert (await app.resource("GET", url, tokens["access_token"])).status_code == 200
    assert (await app.resource("DELETE", url, tokens["access_token"])).status_code == 403


FEW = AuthorizationSettings(requests_per_client=RateLimit(limit=2, per_seconds=60))


@pytest.mark.requirement("AS-08")
@pytest.mark.parametrize("institution", [FEW], indirect=True)
async def test_a_client_that_asks_too_often_waits(
    bank: Bank, app: AppClient, other_app: AppClient
) -> None:
    """Beyond its limit a client is told when to come back; others are served."""
    assert [(await app.push()).status_code for _ in range(3)] == [201, 201, 429]
    refused = await app.push()
    assert 1 <= int(refused.headers["retry-after"]) <= 60
    assert refused.json()["error"] == "temporarily_unavailable"
    assert (await other_app.push()).status_code == 201
    bank.clock.advance(60)
    assert (await app.push()).status_code == 201


@pytest.mark.requirement("INST-04")
async def test_nothing_is_good_at_another_institution(bank: Bank, app: AppClient) -> None:
    """Client, assertion, request, code and tokens of one institution are unknown to another."""
    tokens, code, url = await bank.linked(app), await bank.code(app), await app.pushed_url()
    elsewhere = bank.app()
    elsewhere.issuer = f"{BASE}/mihon-shinkin"
    await elsewhere.discover()
    assert (await elsewhere.push()).json()["error"] == "invalid_client"
    there = url.replace("sample-shinkumi", "mihon-shinkin")
    assert (await bank.http.get(there)).status_code == 400
    assert (await elsewhere.redeem(code)).json()["error"] == "invalid_client"
    userinfo = elsewhere.metadata["userinfo_endpoint"]
    seen = await elsewhere.resource("GET", userinfo, tokens["access_token"])
    assert (seen.status_code, seen.json()["error"]) == (401, "invalid_token")


@pytest.mark.requirement("INST-03")
async def test_an_institution_under_its_own_host_is_described_there(bank: Bank) -> None:
    """Both documents are found at the root of an institution's own host, and of no other."""
    for name in ("oauth-authorization-server", "openid-configuration"):
        for host, status in (("api.sample-shinkumi.example.jp", 200), ("evil.example", 404)):
            response = await bank.http.get(f"https://{host}/.well-known/{name}")
            assert response.status_code == status


@pytest.mark.requirement("INST-04")
async def test_an_unknown_institution_has_no_endpoints(bank: Bank) -> None:
    """An unknown path segment is not found, at every endpoint."""
    for path in ("oauth/jwks", ".well-known/openid-configuration", "oauth/authorize",
                 "oauth/userinfo", "grants/some"):  # fmt: skip
        assert (await bank.http.get(f"{BASE}/nowhere/{path}")).status_code == 404
    assert (await bank.http.post(f"{BASE}/nowhere/oauth/token")).status_code == 404


async def test_opaque_access_tokens(bank: Bank) -> None:
    """A client registered for them gets tokens without dots, that work the same."""
    await bank.register("opaque-app", token_format="opaque")
    app = bank.app("opaque-app")
    token = (await bank.linked(app))["access_token"]
    assert "." not in token
    assert (await app.resource("GET", bank.api, token)).status_code == 200


async def test_no_secret_is_stored_or_logged(bank: Bank, app: AppClient) -> None:
    """Codes, tokens and request URIs stand in no table as they are (security case 22)."""
    pushed = (await app.push()).json()["request_uri"]
    url = await bank.agree(await bank.load(app.authorize_url(pushed)))
    code = app.returned(str(url))["code"]
    tokens = (await app.redeem(code)).json()
    secret = [pushed.rpartition(":")[2], code, tokens["access_token"], tokens["refresh_token"]]
    async with bank.database.transaction() as tx:
        tables = await tx.value(
            "SELECT array_agg(tablename::text) FROM pg_tables WHERE schemaname = 'public'"
        )
        for table in tables:
            rows = await tx.value(f"SELECT string_agg(t::text, ' ') FROM {table} t") or ""
            for value in secret:
                assert value not in rows, table
                assert value.encode().hex() not in rows, table


async def test_what_is_over_is_deleted(bank: Bank, app: AppClient) -> None:
    """Requests, codes, tokens and single-use values go in time; what tells something stays."""
    tokens = await bank.linked(app)
    for _ in range(3):
        bank.clock.advance(1)
        last = (await app.refresh(tokens["refresh_token"])).json()
    bank.clock.advance(31 * 86400)
    async with bank.database.transaction() as tx:
        gone = await purge(tx, bank.clock.now())
    assert gone["requests"] == gone["codes"] == 1
    assert gone["access_tokens"] == 3
    assert gone["single_use"] > 0
    seen = await app.resource("GET", bank.api, last["access_token"])
    assert problem_of(seen) == "consent_expired"
    bank.clock.advance(500 * 86400)
    async with bank.database.transaction() as tx:
        assert (await purge(tx, bank.clock.now()))["last_tokens"] == 2


async def test_a_value_may_be_used_again_after_its_time(bank: Bank) -> None:
    """A single-use value that is kept no longer is new again, also before it is deleted."""
    now = bank.clock.now()
    later = now + timedelta(minutes=1)
    async with bank.database.transaction() as tx:
        first = await store.spend(tx, "9901", "dpop-proof", b"a", later, now)
        again = await store.spend(tx, "9901", "dpop-proof", b"a", later, now)
        other_kind = await store.spend(tx, "9901", "client-assertion", b"a", later, now)
        other_bank = await store.spend(tx, "9902", "dpop-proof", b"a", later, now)
        after = await store.spend(
            tx, "9901", "dpop-proof", b"a", later + timedelta(hours=1), later + timedelta(seconds=1)
        )
    assert (first, again, other_kind, other_bank, after) == (True, False, True, True, True)


async def test_another_key_holds_another_token(bank: Bank, app: AppClient) -> None:
    """A stolen access token is worth nothing with the thief's own key."""
    token = (await bank.linked(app))["access_token"]
    thief = bank.app()
    thief.dpop_jwk = new_key()
    assert problem_of(await thief.resource("GET", bank.api, token)) == "invalid_token"
