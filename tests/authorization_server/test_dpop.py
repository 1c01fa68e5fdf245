"""Proofs of possession at the resource and the token endpoint: what is taken and what is not."""

import asyncio
from typing import Any

import httpx2
import pytest
from joserfc.jwk import ECKey, OKPKey, RSAKey

from madoguchi.authorization_server.dpop import normalised
from tests.authorization_server.conftest import Bank
from tests.authorization_server.fapi import module
from tests.support.oauth_client import GONE, AppClient, new_key, public_of

pytestmark = pytest.mark.requirement("AS-03")
KEYS = {
    "ES256": dict(ECKey.generate_key("P-256").as_dict(private=True)),
    "PS256": dict(RSAKey.generate_key(3072).as_dict(private=True)),
    "EdDSA": dict(OKPKey.generate_key("Ed25519").as_dict(private=True)),
}
RSA = KEYS["PS256"]
P384 = dict(ECKey.generate_key("P-384").as_dict(private=True))
HOUR = 3600
SHORT_RSA = {"kty": "RSA", "e": "AQAB", "n": "q" * 171}

WRONG: dict[str, dict[str, Any]] = {
    "typ-missing": {"header": {"typ": GONE}},
    "typ-wrong": {"header": {"typ": "JWT"}},
    "alg-missing": {"header": {"alg": GONE}, "made_as": "ES256"},
    "alg-none": {"header": {"alg": "none"}, "made_as": "none"},
    "alg-hs256": {"header": {"alg": "HS256"}},
    "alg-rs256": {"header": {"alg": "RS256", "jwk": public_of(RSA)}, "jwk": RSA},
    "alg-of-another-key": {"header": {"alg": "PS256"}},
    "alg-es384": {"header": {"alg": "ES384", "jwk": public_of(P384)}},
    "jwk-missing": {"header": {"jwk": GONE}},
    "jwk-text": {"header": {"jwk": "key"}},
    "jwk-empty": {"header": {"jwk": {}}},
    "jwk-symmetric": {"header": {"jwk": {"kty": "oct", "k": "c2VjcmV0"}}},
    "jwk-private": {"header": {"jwk": KEYS["ES256"]}, "jwk": KEYS["ES256"]},
    "jwk-p384": {"header": {"jwk": public_of(P384)}},
    "jwk-no-point": {"header": {"jwk": {"kty": "EC", "crv": "P-256", "x": "AA", "y": "AA"}}},
    "jwk-short-rsa": {"header": {"alg": "PS256", "jwk": SHORT_RSA}},
    "crit": {"header": {"crit": ["exp"]}},
    "signature-of-another-key": {"header": {"jwk": public_of(new_key())}},
    "jti-missing": {"jti": GONE},
    "jti-empty": {"jti": ""},
    "jti-number": {"jti": 1},
    "jti-long": {"jti": "j" * 513},
    "htm-missing": {"htm": GONE},
    "htm-wrong": {"htm": "PUT"},
    "htm-lower": {"htm": "get"},
    "htu-missing": {"htu": GONE},
    "htu-other-path": {"htu": "https://bank.example.jp/sample-shinkumi/api/v1/balances"},
    "htu-other-host": {"htu": "https://evil.example/sample-shinkumi/api/v1/accounts"},
    "htu-other-port": {"htu": "https://bank.example.jp:8443/sample-shinkumi/api/v1/accounts"},
    "htu-http": {"htu": "http://bank.example.jp/sample-shinkumi/api/v1/accounts"},
    "htu-other-institution": {"htu": "https://bank.example.jp/mihon-shinkin/api/v1/accounts"},
    "htu-user": {"htu": "https://a@bank.example.jp/sample-shinkumi/api/v1/accounts"},
    "htu-no-url": {"htu": "https://[bank"},
    "iat-missing": {"iat": GONE},
    "iat-text": {"iat": "now"},
    "iat-true": {"iat": True},
    "iat-huge": {"iat": 10**400},
    "exp-huge": {"exp": -(10**400)},
    "nbf-list": {"nbf": []},
    "ath-missing": {"ath": GONE},
    "ath-wrong": {"ath": "fUHyO2r2Z3DZ53EsNrWBb0xWXoaNy59IiKCAqksmQEo"},
    "ath-number": {"ath": 1},
    "other-key": {"jwk": new_key()},
}


async def ask(bank: Bank, app: AppClient, token: str, proof: str) -> httpx2.Response:
    headers = {"Authorization": f"DPoP {token}", "DPoP": proof}
    return await bank.http.get(bank.api, headers=headers)


def problem_of(response: httpx2.Response) -> str:
    """Return the problem of a refused request, which must carry a challenge."""
    assert response.status_code == 401, response.text
    assert response.headers["www-authenticate"].startswith("DPoP ")
    assert response.headers["dpop-nonce"]
    return str(response.json()["problem"])


async def linked(bank: Bank, app: AppClient) -> str:
    return str((await bank.linked(app))["access_token"])


@pytest.mark.parametrize("wrong", WRONG.values(), ids=list(WRONG))
@module("dpop-negative-tests")
async def test_a_wrong_proof_opens_no_resource(
    bank: Bank, app: AppClient, module: str, wrong: dict[str, Any]
) -> None:
    """One fault is enough to be refused, and a right proof after it is taken."""
    token = await linked(bank, app)
    problem = problem_of(await ask(bank, app, token, app.proof("GET", bank.api, token, **wrong)))
    assert problem == (
        "invalid_token" if "jwk" in wrong and "header" not in wrong else "invalid_proof"
    )
    assert (await ask(bank, app, token, app.proof("GET", bank.api, token))).status_code == 200


AT_TOKEN = [name for name in WRONG if not name.startswith(("ath", "htm-l", "other-key"))]


@pytest.mark.parametrize("name", AT_TOKEN)
async def test_a_wrong_proof_gives_no_token(bank: Bank, app: AppClient, name: str) -> None:
    """The token endpoint looks at proofs as resources do, and keeps the code for a right one."""
    code, url = await bank.code(app), app.metadata["token_endpoint"]
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": app.redirect_uri}
    form["code_verifier"] = app.verifier
    await app.redeem("to-get-a-nonce")
    response = await app.token(headers={"DPoP": app.proof("POST", url, **WRONG[name])}, **form)
    assert (response.status_code, response.json()["error"]) == (400, "invalid_dpop_proof")
    assert (await app.redeem(code)).status_code == 200


@pytest.mark.parametrize("nonces_required", [False], ids=["no-nonces"], indirect=True)
@pytest.mark.parametrize("seconds", [-HOUR, HOUR, -301, 61])
async def test_without_nonces_iat_decides(bank: Bank, app: AppClient, seconds: int) -> None:
    """Where no nonce tells the time, a proof's iat must be of now."""
    token = await linked(bank, app)
    app.dpop_nonce = ""
    proof = app.proof("GET", bank.api, token, iat=int(app.time()) + seconds)
    assert problem_of(await ask(bank, app, token, proof)) == "invalid_proof"


async def test_a_nonce_tells_the_time_instead(bank: Bank, app: AppClient) -> None:
    """With our nonce a proof is of now whatever the app's clock says (RFC 9449 section 4.3)."""
    token = await linked(bank, app)
    for seconds in (-HOUR, HOUR):
        proof = app.proof("GET", bank.api, token, iat=int(app.time()) + seconds)
        assert (await ask(bank, app, token, proof)).status_code == 200


async def test_the_nonce_is_asked_for(bank: Bank, app: AppClient) -> None:
    """Without a nonce, with an old or a made-up one, the answer is use_dpop_nonce and a new one."""
    token = await linked(bank, app)
    old = app.dpop_nonce
    bank.clock.advance(6 * 60)
    for nonce in (GONE, old, "made-up", "", 5, old[:-1] + "A"):
        proof = app.proof("GET", bank.api, token, nonce=nonce)
        response = await ask(bank, app, token, proof)
        assert problem_of(response) == "use_nonce"
        assert 'error="use_dpop_nonce"' in response.headers["www-authenticate"]
    fresh = app.proof("GET", bank.api, token, nonce=response.headers["dpop-nonce"])
    assert (await ask(bank, app, token, fresh)).status_code == 200


async def test_the_token_endpoint_asks_for_the_nonce(bank: Bank, app: AppClient) -> None:
    """use_dpop_nonce is a 400 with the nonce, and costs neither code nor assertion."""
    code, url = await bank.code(app), app.metadata["token_endpoint"]
    assertion = app.assertion()
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": app.redirect_uri,
            "code_verifier": app.verifier, "client_assertion": assertion}  # fmt: skip
    first = await app.token(headers={"DPoP": app.proof("POST", url, nonce=GONE)}, **form)
    assert (first.status_code, first.json()["error"]) == (400, "use_dpop_nonce")
    app.dpop_nonce = first.headers["dpop-nonce"]
    assert (await app.token(**form)).status_code == 200


async def test_an_old_nonce_survives_a_key_change(bank: Bank, app: AppClient, keys: Any) -> None:
    """Nonces of the key before are taken until they are old."""
    token = await linked(bank, app)
    keys.rotate("dpop-nonce")
    assert (await ask(bank, app, token, app.proof("GET", bank.api, token))).status_code == 200


@pytest.mark.requirement("INST-04")
async def test_a_nonce_of_another_institution_is_unknown(bank: Bank, app: AppClient) -> None:
    """Nonces are of one institution."""
    token = await linked(bank, app)
    foreign = bank.server.nonces.current("9902", bank.clock.now())
    response = await ask(bank, app, token, app.proof("GET", bank.api, token, nonce=foreign))
    assert problem_of(response) == "use_nonce"


async def test_a_proof_is_good_once(bank: Bank, app: AppClient) -> None:
    """The same proof, and another with its jti, are refused."""
    token = await linked(bank, app)
    proof = app.proof("GET", bank.api, token, jti="same")
    assert (await ask(bank, app, token, proof)).status_code == 200
    assert problem_of(await ask(bank, app, token, proof)) == "invalid_proof"
    again = app.proof("GET", bank.api, token, jti="same", iat=int(app.time()) + 1)
    assert problem_of(await ask(bank, app, token, again)) == "invalid_proof"


async def test_a_proof_sent_many_times_at_once_is_good_once(bank: Bank, app: AppClient) -> None:
    """Of ten requests with one proof at the same time one is served."""
    token = await linked(bank, app)
    proof = app.proof("GET", bank.api, token)
    answers = await asyncio.gather(*(ask(bank, app, token, proof) for _ in range(10)))
    assert sorted(answer.status_code for answer in answers) == [200] + [401] * 9


async def test_two_proofs_are_none(bank: Bank, app: AppClient) -> None:
    """Two DPoP headers are refused, at the resource and at the token endpoint."""
    token = await linked(bank, app)
    headers = [("Authorization", f"DPoP {token}")]
    headers += [("DPoP", app.proof("GET", bank.api, token)) for _ in range(2)]
    assert problem_of(await bank.http.get(bank.api, headers=headers)) == "invalid_proof"
    url = app.metadata["token_endpoint"]
    twice = [("DPoP", app.proof("POST", url)) for _ in range(2)]
    response = await app.token(headers=twice, grant_type="refresh_token", refresh_token="some")
    assert response.json()["error"] == "invalid_dpop_proof"


@pytest.mark.parametrize("proof", ["", "a.b.c", "a.b", "....", "{}", "e30.e30.AA", "a" * 20_000])
async def test_what_is_no_jws_is_no_proof(bank: Bank, app: AppClient, proof: str) -> None:
    """Malformed values are refused, whatever their length."""
    token = await linked(bank, app)
    assert problem_of(await ask(bank, app, token, proof)) == "invalid_proof"


async def test_a_changed_signature_is_refused(bank: Bank, app: AppClient) -> None:
    """A proof whose signature was touched is refused."""
    token = await linked(bank, app)
    head, body, made = app.proof("GET", bank.api, token).split(".")
    touched = ("A" if made[10] != "A" else "B").join((made[:10], made[11:]))
    for wrong in (f"{head}.{body}.{touched}", f"{head}.{body}.", f"{head}.{body}.{made}="):
        assert problem_of(await ask(bank, app, token, wrong)) == "invalid_proof"


async def test_without_a_proof_nothing_opens(bank: Bank, app: AppClient) -> None:
    """A bound token without a proof is worth nothing, under any scheme (no downgrade)."""
    token = await linked(bank, app)
    bare = await bank.http.get(bank.api, headers={"Authorization": f"DPoP {token}"})
    assert problem_of(bare) == "invalid_proof"
    proof = app.proof("GET", bank.api, token)
    for headers in ({}, {"DPoP": proof}):
        bearer = {"Authorization": f"Bearer {token}", **headers}
        response = await bank.http.get(bank.api, headers=bearer)
        assert problem_of(response) == "invalid_token"
    assert (await ask(bank, app, token, proof)).status_code == 200


async def test_requests_that_are_no_request(bank: Bank, app: AppClient) -> None:
    """No token: a bare challenge; two Authorization headers or an empty one: a bad request."""
    none = await bank.http.get(bank.api)
    assert none.status_code == 401
    assert none.headers["www-authenticate"] == 'DPoP algs="PS256 ES256 EdDSA"'
    token = await linked(bank, app)
    twice = [("Authorization", f"DPoP {token}"), ("Authorization", f"DPoP {token}")]
    assert (await bank.http.get(bank.api, headers=twice)).status_code == 400
    assert (await bank.http.get(bank.api, headers={"Authorization": "DPoP"})).status_code == 400
    in_query = await bank.http.get(bank.api, params={"access_token": token})
    assert in_query.status_code == 401


@pytest.mark.parametrize(
    "htu",
    [
        "{api}?a=b#c",
        "{api}#fragment",
        "HTTPS://BANK.EXAMPLE.JP/sample-shinkumi/api/v1/accounts",
        "https://bank.example.jp:443/sample-shinkumi/api/v1/accounts",
        "https://bank.example.jp/sample%2Dshinkumi/api/v1/%61ccounts",
        "https://bank.example.jp/sample-shinkumi/x/../api/./v1/accounts",
    ],
)
async def test_htu_is_compared_normalised(bank: Bank, app: AppClient, htu: str) -> None:
    """Query, fragment, default port, case of host and equal escapes do not matter."""
    token = await linked(bank, app)
    proof = app.proof("GET", bank.api, token, htu=htu.format(api=bank.api))
    assert (await ask(bank, app, token, proof)).status_code == 200


async def test_unknown_headers_and_claims_are_ignored(bank: Bank, app: AppClient) -> None:
    """A proof may say more than is understood; the header's name is taken in any case."""
    token = await linked(bank, app)
    proof = app.proof("GET", bank.api, token, header={"more": {"a": 1}}, more=[1, 2])
    headers = {"authorization": f"DPoP {token}", "DPOP": proof}
    assert (await bank.http.get(bank.api, headers=headers)).status_code == 200


@pytest.mark.parametrize("algorithm", list(KEYS))
async def test_each_algorithm_may_be_used(bank: Bank, app: AppClient, algorithm: str) -> None:
    """P-256, RSA (a long header) and Ed25519 keys hold tokens."""
    app.dpop_jwk = KEYS[algorithm]
    token = await linked(bank, app)
    assert (await app.resource("GET", bank.api, token)).status_code == 200


async def test_ed25519_by_its_newer_name(bank: Bank, app: AppClient) -> None:
    """RFC 9864's name of the same algorithm is taken."""
    app.dpop_jwk = KEYS["EdDSA"]
    token = await linked(bank, app)
    proof = app.proof("GET", bank.api, token, header={"alg": "Ed25519"})
    assert (await ask(bank, app, token, proof)).status_code == 200


@pytest.mark.parametrize(
    ("url", "form"),
    [
        ("https://a.example", "https://a.example/"),
        ("https://[::1]:8443/a", "https://[::1]:8443/a"),
        ("http://a.example:80/", "http://a.example/"),
        ("https://a.example/a%2fb", "https://a.example/a%2Fb"),
        ("https://a.example/%E5%8F%A3", "https://a.example/%E5%8F%A3"),
        ("https://a.example/../..", "https://a.example/"),
        ("ftp://a.example/", None),
        ("https:///a", None),
        ("https://a.example:port/", None),
        ("", None),
    ],
)
def test_normal_form(url: str, form: str | None) -> None:
    """RFC 3986 sections 6.2.2 and 6.2.3; an escaped slash stays another thing than a slash."""
    assert normalised(url) == form
