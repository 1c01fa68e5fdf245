"""What ends a request, a token and a consent; and that each ends once, everywhere."""

import asyncio
from typing import Any

import httpx2
import pytest

from madoguchi import clients, consents
from madoguchi.authorization_server import RequestOver
from madoguchi.consents import EndedBy
from madoguchi.kernel.errors import BrokenInvariant
from tests.authorization_server.conftest import Bank
from tests.support.clients import CALLBACK
from tests.support.oauth_client import GONE, AppClient

FORM = "application/x-www-form-urlencoded"


def problem_of(response: httpx2.Response) -> str:
    return str(response.json()["problem"])


@pytest.mark.requirement("AS-05")
async def test_a_code_sent_many_times_at_once_gives_tokens_once(bank: Bank, app: AppClient) -> None:
    """Of eight redemptions at the same time one succeeds; what it gave is then revoked."""
    code = await bank.code(app)
    await app.redeem("to-get-a-nonce")
    answers = await asyncio.gather(*(app.redeem(code) for _ in range(8)))
    assert sorted(answer.status_code for answer in answers) == [200] + [400] * 7
    won = next(answer for answer in answers if answer.status_code == 200).json()
    assert (await app.resource("GET", bank.api, won["access_token"])).status_code == 401
    async with bank.database.transaction() as tx:
        rows = await bank.log.search(tx, "9901", event="authorization:code-reused")
    assert rows


@pytest.mark.requirement("AS-02")
async def test_two_completions_at_once_give_one_code(bank: Bank, app: AppClient) -> None:
    """A double click on "allow", in two processes, returns to the app once."""
    request = await bank.load(await app.pushed_url())
    ends = await asyncio.gather(bank.agree(request), bank.agree(request), bank.agree(request))
    assert sorted(isinstance(end, str) for end in ends) == [False, False, True]


async def test_completing_and_refusing_at_once_end_one_way(bank: Bank, app: AppClient) -> None:
    """Whichever is first counts: there is no code beside an error."""
    for _ in range(5):
        request = await bank.load(await app.pushed_url())
        ends = await asyncio.gather(bank.agree(request), bank.refuse(request))
        assert sorted(isinstance(end, str) for end in ends) == [False, True]


@pytest.mark.requirement("LINK-06")
async def test_cancelling_twice_leads_back_twice(bank: Bank, app: AppClient) -> None:
    """A second click on "cancel" returns the same URL; the awaiting consent is over."""
    request = await bank.load(await app.pushed_url())
    first, second = await bank.refuse(request), await bank.refuse(request)
    assert first == second
    assert await bank.agree(request) == RequestOver(request.id, "finished")


async def test_a_request_lives_as_long_as_the_journey(bank: Bank, app: AppClient) -> None:
    """Long after the request_uri expired a slow person still returns to the app; not for ever."""
    slow, slower = [await bank.load(await app.pushed_url()) for _ in range(2)]
    bank.clock.advance(3600)
    assert isinstance(await bank.agree(slow), str)
    bank.clock.advance(24 * 3600)
    assert await bank.agree(slower) == RequestOver(slower.id, "too_late")


async def test_a_consent_answers_its_own_request_only(bank: Bank, app: AppClient) -> None:
    """A consent of one request cannot complete another."""
    one, other = [await bank.load(await app.pushed_url()) for _ in range(2)]
    assert isinstance(await bank.agree(one), str)
    async with bank.database.transaction() as tx:
        consent = await consents.find(tx, "9901", str(one.consent_id), bank.clock.now())
        assert consent is not None
        now = bank.clock.now()
        with pytest.raises(BrokenInvariant):
            await bank.server.complete(
                tx, bank.institution, other.id, consent, auth_time=now, now=now
            )


@pytest.mark.requirement("AS-09")
async def test_a_redirect_uri_with_a_query_keeps_it(bank: Bank) -> None:
    """What is added goes behind what is registered."""
    await bank.register("query-app", redirect_uris=(f"{CALLBACK}?a=b%20c",))
    app = bank.app("query-app")
    app.redirect_uri = f"{CALLBACK}?a=b%20c"
    await app.discover()
    url = await bank.agree(await bank.load(await app.pushed_url()))
    assert str(url).startswith(f"{CALLBACK}?a=b%20c&code=")
    assert app.returned(str(url))["a"] == "b c"


@pytest.mark.requirement("AS-09")
async def test_prompt_none_returns_at_once(bank: Bank, app: AppClient) -> None:
    """Nobody is signed in beforehand, so prompt=none is login_required, told to the app."""
    response = await bank.http.get(await app.pushed_url(prompt="none"))
    assert response.status_code == 303
    assert app.returned(response.headers["location"])["error"] == "login_required"
    assert bank.screens.begun == []


@pytest.mark.requirement("AS-09")
async def test_the_authorization_endpoint_takes_a_form(bank: Bank, app: AppClient) -> None:
    """POST works as GET does (OpenID Connect Core section 3.1.2.1)."""
    pushed = (await app.push()).json()
    form = {"client_id": app.client_id, "request_uri": pushed["request_uri"]}
    response = await bank.http.post(app.metadata["authorization_endpoint"], data=form)
    assert response.status_code == 303
    assert response.headers["cache-control"] == "no-store"


@pytest.mark.requirement("AS-09")
@pytest.mark.parametrize(
    "query",
    [
        "",
        "client_id=sample-app",
        "request_uri=urn:ietf:params:oauth:request_uri:some",
        "client_id=sample-app&request_uri=urn:ietf:params:oauth:request_uri:some",
        "client_id=sample-app&request_uri=https://evil.example/request",
        "client_id=sample-app&redirect_uri=https://evil.example/&response_type=code",
        "client_id=sample-app&client_id=sample-app&request_uri=a",
        "client_id=%00&request_uri=%00",
        "client_id=%ff&request_uri=a",
        "client_id=sample-app&request_uri=" + "a" * 5000,
    ],
)
async def test_what_cannot_be_trusted_leads_nowhere(bank: Bank, query: str) -> None:
    """A request that nothing vouches for gets an error page, never a redirect."""
    response = await bank.http.get(f"{bank.issuer}/oauth/authorize?{query}")
    assert response.status_code == 400
    assert "location" not in response.headers


@pytest.mark.requirement("AS-09")
async def test_looking_begins_nothing(bank: Bank, app: AppClient) -> None:
    """A HEAD, as link previews send, is refused."""
    url = await app.pushed_url()
    assert (await bank.http.head(url)).status_code == 405
    assert bank.screens.begun == []


@pytest.mark.requirement("AS-01")
@pytest.mark.parametrize("path", ["/.well-known/openid-configuration", "/oauth/jwks"])
async def test_monitors_may_look_at_what_is_public(bank: Bank, path: str) -> None:
    """Metadata and keys answer a HEAD as they do a GET, and do not contradict themselves."""
    url = f"{bank.issuer}{path}"
    looked, read = await bank.http.head(url), await bank.http.get(url)
    assert looked.status_code == read.status_code == 200
    assert looked.headers == read.headers
    assert ("pragma" in read.headers) == (read.headers["cache-control"] == "no-store")


@pytest.mark.requirement("AS-09")
async def test_two_ways_to_authenticate_are_one_too_many(bank: Bank, app: AppClient) -> None:
    """An assertion beside an Authorization header is refused (RFC 6749 section 2.3)."""
    basic = {"authorization": "Basic c2FtcGxlLWFwcDp4"}
    refused = await app.push(headers=basic)
    assert (refused.status_code, refused.json()["error"]) == (400, "invalid_request")
    assert (await app.push()).status_code == 201


@pytest.mark.requirement("AS-09")
async def test_who_tries_basic_is_answered_in_kind(bank: Bank, app: AppClient) -> None:
    """The challenge is of the scheme that was tried (RFC 6749 section 5.2), with its realm."""
    refused = await bank.http.post(
        f"{bank.issuer}/oauth/token",
        headers={"authorization": "Basic c2FtcGxlLWFwcDp4"},
        data={"grant_type": "authorization_code"},
    )
    assert refused.status_code == 401
    assert refused.headers["www-authenticate"] == (
        f'Basic realm="{bank.issuer}", error="invalid_client"'
    )


@pytest.mark.requirement("AS-09")
async def test_a_grant_is_read_and_ended_at_one_address(bank: Bank) -> None:
    """Another method is told both (RFC 9110 section 15.5.6)."""
    refused = await bank.http.put(f"{bank.issuer}/grants/some")
    assert refused.status_code == 405
    assert set(refused.headers["allow"].split(", ")) == {"GET", "DELETE"}


@pytest.mark.requirement("AS-09")
@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"scope": GONE}, "invalid_scope"),
        ({"scope": "openid payments"}, "invalid_scope"),
        ({"scope": "time_deposits"}, "invalid_scope"),
        ({"scope": "grant_management_query"}, "invalid_scope"),
        ({"response_type": GONE}, "invalid_request"),
        ({"response_mode": "fragment"}, "invalid_request"),
        ({"response_mode": "jwt"}, "invalid_request"),
        ({"request": "e30.e30."}, "request_not_supported"),
        ({"state": "s" * 2049}, "invalid_request"),
        ({"state": "a\r\nb"}, "invalid_request"),
        ({"nonce": "n" * 2049}, "invalid_request"),
        ({"prompt": "none login"}, "invalid_request"),
        ({"prompt": "dance"}, "invalid_request"),
        ({"max_age": "-1"}, "invalid_request"),
        ({"max_age": "9" * 30}, "invalid_request"),
        ({"dpop_jkt": "short"}, "invalid_request"),
        ({"code_challenge": "a" * 42}, "invalid_request"),
        ({"code_challenge": "+" * 43}, "invalid_request"),
        ({"grant_management_action": "merge"}, "invalid_request"),
        ({"grant_id": "some"}, "invalid_request"),
    ],
)
async def test_each_fault_of_a_pushed_request(
    app: AppClient, changes: dict[str, Any], error: str
) -> None:
    """Each fault is the error that its standard names."""
    response = await app.push(**changes)
    assert (response.status_code, response.json()["error"]) == (400, error)


@pytest.mark.requirement("AS-09")
@pytest.mark.parametrize("path", ["par", "token", "introspect", "revoke"])
@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b'{"a":1}', "application/json"),
        (b"a=b", "text/plain"),
        (b"a=b&a=c", FORM),
        (b"a=&a=", FORM),
        (b"a=%00", FORM),
        (b"a=%ff", FORM),
        ("a=é".encode(), FORM),
        (b"&".join(b"a%d=1" % n for n in range(200)), FORM),
    ],
)
async def test_bodies_that_are_no_form(bank: Bank, path: str, body: bytes, kind: str) -> None:
    """Other media types, doubled parameters and broken encodings are invalid_request."""
    response = await bank.http.post(
        f"{bank.issuer}/oauth/{path}", content=body, headers={"Content-Type": kind}
    )
    assert (response.status_code, response.json()["error"]) == (400, "invalid_request")


async def test_a_long_body_is_refused(bank: Bank) -> None:
    """Nothing reads more than 64 KiB."""
    response = await bank.http.post(
        f"{bank.issuer}/oauth/token", content=b"a=" + b"b" * 70_000,
        headers={"Content-Type": FORM},
    )  # fmt: skip
    assert response.status_code == 413


@pytest.mark.requirement("AS-09")
@pytest.mark.parametrize(
    ("form", "error"),
    [
        ({"grant_type": GONE}, "invalid_request"),
        ({"grant_type": "password"}, "unsupported_grant_type"),
        ({"grant_type": "client_credentials"}, "unsupported_grant_type"),
        ({"code": GONE}, "invalid_request"),
        ({"code": "unknown"}, "invalid_grant"),
        ({"redirect_uri": GONE}, "invalid_grant"),
        ({"redirect_uri": "https://evil.example/"}, "invalid_grant"),
        ({"grant_type": "refresh_token"}, "invalid_request"),
        ({"grant_type": "refresh_token", "refresh_token": "unknown"}, "invalid_grant"),
    ],
)
async def test_each_fault_at_the_token_endpoint(
    bank: Bank, app: AppClient, form: dict[str, Any], error: str
) -> None:
    """Each fault is the error that RFC 6749 names, and leaves the code to be redeemed rightly."""
    code = await bank.code(app)
    response = await app.redeem(code, **form)
    assert (response.status_code, response.json()["error"]) == (400, error)
    assert (await app.redeem(code)).status_code == 200


async def test_one_kind_of_value_cannot_be_spent_as_another(bank: Bank, app: AppClient) -> None:
    """A refresh token opens no resource, an access token refreshes nothing, neither is a code."""
    tokens = await bank.linked(app)
    opened = await app.resource("GET", bank.api, tokens["refresh_token"])
    assert problem_of(opened) == "invalid_token"
    assert (await app.refresh(tokens["access_token"])).json()["error"] == "invalid_grant"
    assert (await app.redeem(tokens["refresh_token"])).json()["error"] == "invalid_grant"
    id_token = await app.resource("GET", bank.api, tokens["id_token"])
    assert problem_of(id_token) == "invalid_token"


async def test_refreshing_can_narrow_and_not_widen(bank: Bank, app: AppClient) -> None:
    """A scope parameter asks for less than the consent; the next refresh may ask for all again."""
    tokens = await bank.linked(app)
    narrow = (await app.refresh(tokens["refresh_token"], scope="accounts")).json()
    assert narrow["scope"] == "accounts"
    seen = await app.resource("GET", bank.api, narrow["access_token"])
    assert seen.json()["scopes"] == ["accounts"]
    wide = await app.refresh(tokens["refresh_token"], scope="accounts transactions")
    assert wide.json()["error"] == "invalid_scope"
    assert (await app.refresh(tokens["refresh_token"])).json()["scope"] == tokens["scope"]
    userinfo = app.metadata["userinfo_endpoint"]
    refused = await app.resource("GET", userinfo, narrow["access_token"])
    assert refused.status_code == 403
    assert 'error="insufficient_scope"' in refused.headers["www-authenticate"]


@pytest.mark.requirement("LINK-31")
async def test_tokens_end_with_the_consent(bank: Bank, app: AppClient) -> None:
    """During the term refreshing works; from its end on everything says why."""
    tokens = await bank.linked(app)
    bank.clock.advance(29 * 86400 + 86400 - 60)
    last = (await app.refresh(tokens["refresh_token"])).json()
    assert last["expires_in"] == 60
    bank.clock.advance(60)
    refused = await app.refresh(tokens["refresh_token"])
    assert refused.json()["error"] == "invalid_grant"
    assert "expired" in refused.json()["error_description"]
    assert problem_of(await app.resource("GET", bank.api, last["access_token"])) == (
        "consent_expired"
    )


@pytest.mark.requirement("AS-05")
async def test_access_tokens_are_good_for_minutes(bank: Bank, app: AppClient) -> None:
    """An access token ends by itself long before the consent."""
    token = (await bank.linked(app))["access_token"]
    bank.clock.advance(600)
    assert problem_of(await app.resource("GET", bank.api, token)) == "invalid_token"


@pytest.mark.requirement("AS-07")
@pytest.mark.parametrize(
    ("by", "problem"),
    [
        (EndedBy.STAFF, "consent_revoked"),
        (EndedBy.CUSTOMER, "consent_revoked"),
        (EndedBy.ACCOUNT_MOVED, "account_moved"),
    ],
)
async def test_revoking_the_consent_ends_all_at_once(
    bank: Bank, app: AppClient, by: EndedBy, problem: str
) -> None:
    """The next request of any kind is refused, and told apart by why."""
    tokens = await bank.linked(app)
    async with bank.database.transaction() as tx:
        await consents.revoke(
            tx, bank.log, "9901", tokens["grant_id"], by=by, actor="staff-1", now=bank.clock.now()
        )
    assert problem_of(await app.resource("GET", bank.api, tokens["access_token"])) == problem
    assert (await app.refresh(tokens["refresh_token"])).json()["error"] == "invalid_grant"
    told = await app.client_request("introspection_endpoint", token=tokens["access_token"])
    assert told.json() == {"active": False}


@pytest.mark.requirement("AS-07")
async def test_linking_again_ends_the_older_link(bank: Bank, app: AppClient) -> None:
    """The same app for the same account: the older tokens are told that they are superseded."""
    older, newer = await bank.linked(app), await bank.linked(app)
    seen = await app.resource("GET", bank.api, older["access_token"])
    assert problem_of(seen) == "consent_superseded"
    assert (await app.resource("GET", bank.api, newer["access_token"])).status_code == 200


@pytest.mark.requirement("AS-07")
async def test_a_consent_that_ended_before_the_code_was_redeemed(
    bank: Bank, app: AppClient
) -> None:
    """A code gives nothing once its consent is revoked."""
    code = await bank.code(app)
    consent_id = str(bank.screens.begun[-1].consent_id)
    async with bank.database.transaction() as tx:
        await consents.revoke(
            tx, bank.log, "9901", consent_id, by=EndedBy.STAFF, actor="s", now=bank.clock.now()
        )
    assert (await app.redeem(code)).json()["error"] == "invalid_grant"


@pytest.mark.requirement("AS-08")
async def test_suspending_a_client_refuses_everything(bank: Bank, app: AppClient) -> None:
    """One action: no pushing, no screens, no tokens, no data; resuming gives all back."""
    tokens, url = await bank.linked(app), await app.pushed_url()
    async with bank.database.transaction() as tx:
        await clients.suspend(
            tx, bank.log, "9901", "sample-app", reason="", actor="s", now=bank.clock.now()
        )
    assert (await app.push()).json()["error"] == "invalid_client"
    assert (await bank.http.get(url)).status_code == 403
    assert (await app.refresh(tokens["refresh_token"])).json()["error"] == "invalid_client"
    seen = await app.resource("GET", bank.api, tokens["access_token"])
    assert problem_of(seen) == "client_suspended"
    async with bank.database.transaction() as tx:
        await clients.resume(
            tx, bank.log, "9901", "sample-app", reason="", actor="s", now=bank.clock.now()
        )
    assert (await app.resource("GET", bank.api, tokens["access_token"])).status_code == 200
