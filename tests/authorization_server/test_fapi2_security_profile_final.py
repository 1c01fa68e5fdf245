"""One test for each module of the OpenID conformance suite's plan for FAPI 2.0 Final.

Each carries its module's name in its id. The variant is private_key_jwt, DPoP, plain requests and
responses; both openid_connect and plain_oauth where they differ.
"""

from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from joserfc import jwt
from joserfc.jwk import KeySet, RSAKey

from tests.authorization_server.conftest import BASE, Bank
from tests.authorization_server.fapi import error_of, module, pushed_with
from tests.support.clients import CALLBACK
from tests.support.oauth_client import GONE, AppClient, new_key, public_of, thumbprint

pytestmark = [pytest.mark.requirement("AS-01"), pytest.mark.requirement("AS-02")]
PERMITTED = {"PS256", "ES256", "EdDSA"}
PLAIN = "accounts balances"
OPENID = "openid accounts balances"
RSA_JWK = dict(RSAKey.generate_key(2048, parameters={"kid": "rsa"}).as_dict(private=True))


async def claims_of(bank: Bank, token: str) -> dict[str, Any]:
    """Return the claims of a token of ours, verified with the published keys."""
    keys = KeySet.import_key_set((await bank.http.get(f"{bank.issuer}/oauth/jwks")).json())
    return dict(jwt.decode(token, keys, algorithms=["ES256", "PS256"]).claims)


@module("discovery-end-point-verification")
async def test_discovery(bank: Bank, module: str) -> None:
    """Both documents name the issuer, the endpoints and only what FAPI permits."""
    openid = await bank.http.get(f"{bank.issuer}/.well-known/openid-configuration")
    oauth = await bank.http.get(f"{BASE}/.well-known/oauth-authorization-server/sample-shinkumi")
    assert openid.status_code == oauth.status_code == 200
    assert openid.headers["content-type"] == oauth.headers["content-type"] == "application/json"
    told = oauth.json()
    assert told == openid.json()
    assert told["issuer"] == bank.issuer
    for name, value in told.items():
        if name.endswith("_endpoint") or name == "jwks_uri":
            assert value.startswith(f"{bank.issuer}/"), name
    assert set(told["dpop_signing_alg_values_supported"]) <= PERMITTED
    assert set(told["id_token_signing_alg_values_supported"]) <= PERMITTED
    assert set(told["token_endpoint_auth_signing_alg_values_supported"]) <= PERMITTED
    assert told["token_endpoint_auth_methods_supported"] == ["private_key_jwt"]
    assert told["code_challenge_methods_supported"] == ["S256"]
    assert told["require_pushed_authorization_requests"] is True
    assert told["authorization_response_iss_parameter_supported"] is True
    assert told["response_types_supported"] == ["code"]


@module("happy-flow")
@pytest.mark.parametrize("scope", [OPENID, PLAIN], ids=["openid_connect", "plain_oauth"])
async def test_happy_flow(bank: Bank, app: AppClient, module: str, scope: str) -> None:
    """From the pushed request to the resource, with all that a client verifies on the way."""
    app.scope = scope
    pushed = await app.push()
    assert pushed.status_code == 201
    assert pushed.headers["cache-control"] == "no-store"
    assert 5 <= pushed.json()["expires_in"] < 600
    assert len(pushed.json()["request_uri"].rpartition(":")[2]) >= 43
    url = await bank.agree(await bank.load(app.authorize_url(pushed.json()["request_uri"])))
    assert isinstance(url, str)
    response = await app.redeem(app.returned(url)["code"])
    assert response.headers["cache-control"] == "no-store"
    tokens = response.json()
    assert (tokens["token_type"], tokens["scope"]) == ("DPoP", scope)
    access = await claims_of(bank, tokens["access_token"])
    assert access["cnf"] == {"jkt": thumbprint(app.dpop_jwk)}
    assert access["aud"] == f"{bank.issuer}/api/v1"
    assert (access["client_id"], access["scope"]) == ("sample-app", scope)
    assert ("id_token" in tokens) == (scope == OPENID)
    if scope == OPENID:
        await _id_token_is_right(bank, app, tokens)
    resource = await app.resource("GET", bank.api, tokens["access_token"])
    assert resource.json()["consent"] == tokens["grant_id"]


async def _id_token_is_right(bank: Bank, app: AppClient, tokens: dict[str, Any]) -> None:
    claims = await claims_of(bank, tokens["id_token"])
    now = int(app.time())
    assert (claims["iss"], claims["aud"]) == (bank.issuer, "sample-app")
    assert claims["nonce"] == app.nonce
    assert (claims["iat"], claims["auth_time"]) == (now, now)
    assert claims["exp"] > now
    userinfo = await app.resource("GET", app.metadata["userinfo_endpoint"], tokens["access_token"])
    assert userinfo.json() == {"sub": claims["sub"]}
    assert "holder" not in claims["sub"]


@module("user-rejects-authentication")
async def test_user_rejects(bank: Bank, app: AppClient, module: str) -> None:
    """Cancelling returns access_denied with state and iss, and no code."""
    url = await bank.refuse(await bank.load(await app.pushed_url()))
    assert isinstance(url, str)
    answer = app.returned(url)
    assert answer["error"] == "access_denied"
    assert "code" not in answer


@module("ensure-authorization-request-without-state-success")
async def test_without_state(bank: Bank, app: AppClient, module: str) -> None:
    """Without a state the flow works and none comes back."""
    app.state = ""
    url = await bank.agree(await bank.load(await app.pushed_url(state=GONE)))
    assert isinstance(url, str)
    assert "state" not in app.returned(url)


@module("ensure-authorization-request-without-nonce-success")
async def test_without_nonce(bank: Bank, app: AppClient, module: str) -> None:
    """Without a nonce the flow works and the ID token has none."""
    tokens = await bank.linked(app, nonce=GONE)
    assert "nonce" not in await claims_of(bank, tokens["id_token"])


@pytest.mark.parametrize(
    ("module", "length"),
    [
        (
            "fapi2-security-profile-final-ensure-authorization-request-with-64-char-nonce-success",
            64,
        ),
        ("fapi2-security-profile-final-ensure-authorization-request-with-long-nonce", 384),
    ],
)
async def test_nonce_length(bank: Bank, app: AppClient, module: str, length: int) -> None:
    """A long nonce comes back whole."""
    app.nonce = "n" * length
    tokens = await bank.linked(app)
    assert (await claims_of(bank, tokens["id_token"]))["nonce"] == app.nonce


@module("ensure-authorization-request-with-long-state")
async def test_long_state(bank: Bank, app: AppClient, module: str) -> None:
    """A long state comes back whole."""
    app.state = "s" * 384
    assert await bank.code(app)


@module("ensure-other-scope-order-succeeds")
async def test_scope_order(bank: Bank, app: AppClient, module: str) -> None:
    """Openid may stand last."""
    app.scope = "balances accounts openid"
    assert "id_token" in await bank.linked(app)


@module("test-claims-parameter-identity-claims")
async def test_claims_parameter(bank: Bank, app: AppClient, module: str) -> None:
    """The claims parameter, announced as not supported, is ignored."""
    assert app.metadata["claims_parameter_supported"] is False
    assert await bank.linked(app, claims='{"userinfo":{"name":{"essential":true}}}')


@module("access-token-type-header-case-sensitivity")
@pytest.mark.parametrize("scheme", ["DPoP", "dpop", "DPOP", "dPoP"])
async def test_scheme_case(bank: Bank, app: AppClient, module: str, scheme: str) -> None:
    """The scheme of the Authorization header is taken in any case."""
    token = (await bank.linked(app))["access_token"]
    headers = app.resource_headers("GET", bank.api, token)
    response = await bank.http.get(
        bank.api, headers={**headers, "Authorization": f"{scheme} {token}"}
    )
    assert response.status_code == 200


@module("check-dpop-proof-nbf-exp")
async def test_proof_nbf_exp(bank: Bank, app: AppClient, module: str) -> None:
    """Nbf and exp in a proof are understood, and hold it to its time."""
    now, url = int(app.time()), app.metadata["token_endpoint"]
    code = await bank.code(app)
    await app.redeem("no-code")
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": CALLBACK}
    form["code_verifier"] = app.verifier
    late = app.proof("POST", url, nbf=now - 900, exp=now - 600)
    assert error_of(await app.token(headers={"DPoP": late}, **form)) == "invalid_dpop_proof"
    good = app.proof("POST", url, nbf=now, exp=now + 300)
    assert (await app.token(headers={"DPoP": good}, **form)).status_code == 200


@pytest.mark.parametrize(
    "nonces_required", [True, False], ids=["nonces", "no-nonces"], indirect=True
)
@pytest.mark.parametrize(
    ("module", "seconds"),
    [
        ("fapi2-security-profile-final-ensure-dpopproof-with-iat-10seconds-before-succeeds", -10),
        ("fapi2-security-profile-final-ensure-dpopproof-with-iat-10seconds-after-succeeds", 10),
    ],
)
async def test_proof_iat(bank: Bank, app: AppClient, module: str, seconds: int) -> None:
    """A proof from ten seconds before or after our time is accepted."""
    real = app.time
    app.time = lambda: real() + seconds
    token = (await bank.linked(app))["access_token"]
    assert (await app.resource("GET", bank.api, token)).status_code == 200


@module("ensure-mismatched-dpop-jkt-fails")
async def test_mismatched_jkt_at_par(app: AppClient, module: str) -> None:
    """dpop_jkt of another key than the pushed proof's is refused."""
    response = await app.push_bound(dpop_jkt=thumbprint(new_key()))
    assert error_of(response) in ("invalid_dpop_proof", "invalid_request")


@module("ensure-token-endpoint-fails-with-mismatched-dpop-proof-jkt")
async def test_mismatched_proof_at_token(bank: Bank, app: AppClient, module: str) -> None:
    """A code that a proof at PAR has bound is refused with another key, and good with its own."""
    pushed = await app.push_bound()
    url = await bank.agree(await bank.load(app.authorize_url(pushed.json()["request_uri"])))
    code, own = app.returned(str(url))["code"], app.dpop_jwk
    app.dpop_jwk = new_key()
    assert error_of(await app.redeem(code)) == "invalid_grant"
    app.dpop_jwk = own
    assert (await app.redeem(code)).status_code == 200


@module("ensure-token-endpoint-fails-with-mismatched-dpop-jkt")
async def test_mismatched_jkt_at_token(bank: Bank, app: AppClient, module: str) -> None:
    """A code that was bound by dpop_jkt is refused with another key."""
    code = await bank.code(app, dpop_jkt=thumbprint(new_key()))
    assert error_of(await app.redeem(code)) == "invalid_grant"


@module("ensure-dpopproof-at-par-endpoint-binding-success")
async def test_binding_by_proof(bank: Bank, app: AppClient, module: str) -> None:
    """A proof at PAR and the same key at the token endpoint succeed."""
    pushed = await app.push_bound(dpop_jkt=thumbprint(app.dpop_jwk))
    url = await bank.agree(await bank.load(app.authorize_url(pushed.json()["request_uri"])))
    assert (await app.redeem(app.returned(str(url))["code"])).status_code == 200


@module("ensure-dpop-auth-code-binding-success")
async def test_binding_by_jkt(bank: Bank, app: AppClient, module: str) -> None:
    """dpop_jkt and the same key at the token endpoint succeed."""
    assert await bank.linked(app, dpop_jkt=thumbprint(app.dpop_jwk))


@pytest.mark.parametrize(
    ("module", "parameter"),
    [
        ("fapi2-security-profile-final-ensure-different-nonce-inside-and-outside-request-object",
         "nonce"),
        ("fapi2-security-profile-final-ensure-different-state-inside-and-outside-request-object",
         "state"),
        ("fapi2-security-profile-final-state-only-outside-request-object-not-used", "state"),
    ],
)  # fmt: skip
async def test_outside_is_ignored(bank: Bank, app: AppClient, module: str, parameter: str) -> None:
    """What stands in the authorization URL beside client_id and request_uri is not used."""
    pushed = await app.push()
    outside = app.authorize_url(pushed.json()["request_uri"], **{parameter: "from-outside"})
    url = await bank.agree(await bank.load(outside))
    tokens = (await app.redeem(app.returned(str(url))["code"])).json()
    assert (await claims_of(bank, tokens["id_token"]))["nonce"] == app.nonce


@pytest.mark.parametrize(
    "module",
    [
        "fapi2-security-profile-final-ensure-request-object-without-redirect-uri-fails",
        "fapi2-security-profile-final-ensure-redirect-uri-in-authorization-request",
    ],
)
async def test_redirect_uri_is_needed(app: AppClient, module: str) -> None:
    """A pushed request without redirect_uri is refused."""
    assert error_of(await app.push(redirect_uri=GONE)) == "invalid_request"


@pytest.mark.parametrize(
    "module",
    [
        "fapi2-security-profile-final-ensure-registered-redirect-uri",
        "fapi2-security-profile-final-plain-fapi-tolerate-unregistered-redirect-uri",
    ],
)
@pytest.mark.parametrize(
    "uri",
    [
        "https://evil.example/callback",
        f"{CALLBACK}/",
        f"{CALLBACK}?a=b",
        f"{CALLBACK}/../evil",
        CALLBACK.upper(),
        CALLBACK.replace("https", "http"),
        CALLBACK.replace("app.example.jp", "app.example.jp:443"),
        CALLBACK.replace("app.example.jp", "app.example.jp.evil.example"),
        CALLBACK.replace("app.example.jp", "app.example.jp@evil.example"),
    ],
)
async def test_redirect_uri_is_exact(app: AppClient, module: str, uri: str) -> None:
    """A redirect URI that differs from a registered one in anything is refused at PAR."""
    assert error_of(await app.push(redirect_uri=uri)) == "invalid_request"


@module("ensure-unsigned-authorization-request-without-using-par-fails")
async def test_par_is_needed(bank: Bank, app: AppClient, module: str) -> None:
    """An authorization request that was not pushed gets an error page, and leads nowhere."""
    response = await bank.http.get(
        app.metadata["authorization_endpoint"],
        params={"client_id": app.client_id, **app.request_parameters()},
    )
    assert response.status_code == 400
    assert "location" not in response.headers
    assert bank.screens.begun == []


@pytest.mark.parametrize(
    ("module", "response_type"),
    [
        ("fapi2-security-profile-final-ensure-response-type-code-idtoken-fails", "code id_token"),
        ("fapi2-security-profile-final-ensure-response-type-token-fails", "token"),
    ],
)
async def test_response_type(app: AppClient, module: str, response_type: str) -> None:
    """Only the code flow is served."""
    refused = await app.push(response_type=response_type)
    assert error_of(refused) == "unsupported_response_type"


@module("ensure-client-id-in-token-endpoint")
async def test_client_id_mismatch(bank: Bank, app: AppClient, module: str) -> None:
    """A client_id that is not the assertion's is refused."""
    response = await app.redeem(await bank.code(app), client_id="other-app")
    assert error_of(response, 401) == "invalid_client"


@module("ensure-holder-of-key-required")
async def test_proof_is_needed(bank: Bank, app: AppClient, module: str) -> None:
    """Without a proof no token is given."""
    code = await bank.code(app)
    response = await app.token(
        headers={}, grant_type="authorization_code", code=code, redirect_uri=CALLBACK,
        code_verifier=app.verifier,
    )  # fmt: skip
    assert error_of(response) == "invalid_request"


@module("ensure-authorization-code-is-bound-to-client")
async def test_code_of_another_client(
    bank: Bank, app: AppClient, other_app: AppClient, module: str
) -> None:
    """Another client cannot redeem the code, nor spoil it for its owner."""
    code = await bank.code(app)
    assert error_of(await other_app.redeem(code, code_verifier=app.verifier)) == "invalid_grant"
    assert (await app.redeem(code)).status_code == 200


@module("attempt-reuse-authorization-code-after-one-second")
@pytest.mark.requirement("AS-05")
async def test_code_reuse(bank: Bank, app: AppClient, module: str) -> None:
    """The second use is refused, and revokes what the first and its refreshing gave."""
    code = await bank.code(app)
    first = (await app.redeem(code)).json()
    refreshed = (await app.refresh(first["refresh_token"])).json()
    bank.clock.advance(1)
    assert error_of(await app.redeem(code)) == "invalid_grant"
    for token in (first["access_token"], refreshed["access_token"]):
        assert (await app.resource("GET", bank.api, token)).status_code == 401
    assert error_of(await app.refresh(first["refresh_token"])) == "invalid_grant"


@module("ensure-token-endpoint-fails-with-expired-auth-code")
@pytest.mark.requirement("AS-05")
async def test_expired_code(bank: Bank, app: AppClient, module: str) -> None:
    """A code is good for less than a minute."""
    code = await bank.code(app)
    bank.clock.advance(60)
    assert error_of(await app.redeem(code)) == "invalid_grant"


@module("ensure-signed-client-assertion-with-RS256-fails")
async def test_assertion_rs256(bank: Bank, module: str) -> None:
    """An RS256 assertion is refused where PS256 of the same key is taken."""
    await bank.register("rsa-app", jwks={"keys": [public_of(RSA_JWK)]})
    app = bank.app("rsa-app", RSA_JWK)
    await app.discover()
    assert (await app.push()).status_code == 201
    wrong = app.assertion(header={"alg": "RS256"}, made_as="RS256")
    assert error_of(await pushed_with(app, wrong), 401) == "invalid_client"


@module("ensure-client-assertion-in-token-endpoint")
async def test_token_without_assertion(bank: Bank, app: AppClient, module: str) -> None:
    """A code alone gives nothing."""
    response = await app.redeem(await bank.code(app), client_assertion=GONE)
    assert error_of(response, 401) == "invalid_client"


@pytest.mark.parametrize(
    ("module", "wrong"),
    [
        ("ensure-client-assertion-with-exp-is-5-minutes-in-past-fails", {"exp": -300}),
        ("ensure-client-assertion-with-wrong-aud-fails", {"aud": "https://other.example"}),
        ("ensure-client-assertion-with-no-sub-fails", {"sub": GONE}),
    ],
)
async def test_wrong_assertion_at_token(
    bank: Bank, app: AppClient, module: str, wrong: dict[str, Any]
) -> None:
    """The token endpoint looks at the assertion as PAR does."""
    claims = {name: int(app.time()) + v if name == "exp" else v for name, v in wrong.items()}
    code = await bank.code(app)
    response = await app.redeem(code, client_assertion=app.assertion(**claims))
    assert error_of(response, 401) == "invalid_client"


@module("refresh-token")
@pytest.mark.requirement("AS-05")
async def test_refresh_token(bank: Bank, app: AppClient, other_app: AppClient, module: str) -> None:
    """Not rotated, bound to the client, refused without a proof, and good with a new key."""
    tokens = await bank.linked(app)
    given = tokens["refresh_token"]
    for _ in range(2):
        again = (await app.refresh(given)).json()
        assert again["refresh_token"] == given
        assert again["access_token"] != tokens["access_token"]
        assert "id_token" not in again
    without = await app.token(headers={}, grant_type="refresh_token", refresh_token=given)
    assert error_of(without) in ("invalid_request", "invalid_grant", "invalid_client")
    assert error_of(await other_app.refresh(given)) == "invalid_grant"
    app.dpop_jwk = new_key()
    renewed = (await app.refresh(given)).json()
    assert (await app.resource("GET", bank.api, renewed["access_token"])).status_code == 200
    assert (await app.resource("GET", bank.api, tokens["access_token"])).status_code == 401


@module("par-ensure-reused-request-uri-prior-to-auth-completion-succeeds")
async def test_reload_works(bank: Bank, app: AppClient, module: str) -> None:
    """Loading the page again, while the request_uri lives, goes on with the same request."""
    url = await app.pushed_url()
    first = await bank.load(url)
    second = await bank.load(url)
    assert (first.id, first.consent_id) == (second.id, second.consent_id)
    assert isinstance(await bank.agree(second), str)


@module("par-attempt-reuse-request_uri")
async def test_request_uri_is_used_once(bank: Bank, app: AppClient, module: str) -> None:
    """After the authorization completed the request_uri leads to an error page."""
    url = await app.pushed_url()
    await bank.agree(await bank.load(url))
    response = await bank.http.get(url)
    assert response.status_code == 400
    assert "location" not in response.headers


@module("par-attempt-to-use-expired-request_uri")
async def test_request_uri_expires(bank: Bank, app: AppClient, module: str) -> None:
    """An old request_uri leads to an error page; one in use still completes."""
    url = await app.pushed_url()
    request = await bank.load(url)
    bank.clock.advance(300)
    assert (await bank.http.get(url)).status_code == 400
    assert isinstance(await bank.agree(request), str)


@module("par-ensure-jwt-client-assertions-nbf-8-seconds-in-the-future-is-accepted")
async def test_assertion_8_seconds_ahead(app: AppClient, module: str) -> None:
    """A client's clock may be eight seconds ahead."""
    ahead = int(app.time()) + 8
    assert (await pushed_with(app, app.assertion(iat=ahead, nbf=ahead))).status_code == 201


@module("par-ensure-jwt-client-assertions-nbf-over-60-seconds-in-the-future-fails")
@pytest.mark.parametrize("claim", ["iat", "nbf"])
async def test_assertion_over_60_seconds_ahead(app: AppClient, module: str, claim: str) -> None:
    """A client's clock may not be over a minute ahead."""
    ahead = int(app.time()) + 65
    times: dict[str, Any] = {claim: ahead, "exp": ahead + 60}
    wrong = app.assertion(**times)
    assert error_of(await pushed_with(app, wrong), 401) == "invalid_client"


@module("par-attempt-to-use-request_uri-for-different-client")
async def test_request_uri_of_another_client(
    bank: Bank, app: AppClient, other_app: AppClient, module: str
) -> None:
    """A request_uri with another client's id leads to an error page."""
    pushed = await app.push()
    url = other_app.authorize_url(pushed.json()["request_uri"])
    assert (await bank.http.get(url)).status_code == 400
    assert bank.screens.begun == []


@module("par-authorization-request-containing-request_uri-form-param")
async def test_par_with_request_uri(app: AppClient, module: str) -> None:
    """A pushed request may not contain a request_uri."""
    refused = await app.push(request_uri="urn:ietf:params:oauth:request_uri:some")
    assert error_of(refused) == "invalid_request"


@module("par-attempt-invalid-http-method")
@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "HEAD"])
async def test_par_method(bank: Bank, app: AppClient, module: str, method: str) -> None:
    """Requests are pushed with POST only."""
    url = app.metadata["pushed_authorization_request_endpoint"]
    assert (await bank.http.request(method, url)).status_code == 405


@pytest.mark.parametrize(
    ("module", "changes"),
    [
        ("par-ensure-pkce-required", {"code_challenge": GONE, "code_challenge_method": GONE}),
        ("par-ensure-pkce-required/challenge", {"code_challenge": GONE}),
        ("par-ensure-pkce-required/method", {"code_challenge_method": GONE}),
        ("par-plain-pkce-rejected", {"code_challenge_method": "plain"}),
    ],
)
async def test_pkce_at_par(app: AppClient, module: str, changes: dict[str, Any]) -> None:
    """A request without a challenge made with S256 is refused."""
    assert error_of(await app.push(**changes)) == "invalid_request"


@pytest.mark.parametrize(
    ("module", "verifier"),
    [
        ("ensure-pkce-code-verifier-required", GONE),
        ("incorrect-pkce-code-verifier-rejected", "another-verifier-of-the-right-length-000000"),
        ("incorrect-pkce-code-verifier-rejected/short", "short"),
    ],
)
async def test_pkce_at_token(bank: Bank, app: AppClient, module: str, verifier: Any) -> None:
    """A code without its verifier gives nothing."""
    code = await bank.code(app)
    assert error_of(await app.redeem(code, code_verifier=verifier)) == "invalid_grant"


@module("par-without-duplicate-parameters")
async def test_only_client_id_and_request_uri(bank: Bank, app: AppClient, module: str) -> None:
    """client_id and request_uri are all that the authorization URL needs."""
    url = await app.pushed_url()
    assert set(parse_qs(urlsplit(url).query)) == {"client_id", "request_uri"}
    assert (await bank.http.get(url)).status_code == 303
