"""The suite's modules on private_key_jwt, and further faults of assertions."""

from typing import Any

import pytest

from tests.authorization_server.conftest import BASE, Bank
from tests.authorization_server.fapi import error_of, module, pushed_with
from tests.support.oauth_client import GONE, AppClient, new_key

pytestmark = pytest.mark.requirement("AS-03")


@pytest.mark.parametrize(
    ("module", "audience"),
    [
        ("par-test-array-as-audience-fails", ["{issuer}"]),
        ("par-test-array-as-audience-fails/several", ["{issuer}", "https://other.example"]),
        ("par-test-par-endpoint-url-as-audience-fails", "{issuer}/oauth/par"),
        ("par-test-token-endpoint-url-as-audience-fails", "{issuer}/oauth/token"),
        ("par-test-other-issuer-as-audience-fails", f"{BASE}/mihon-shinkin"),
        ("par-test-issuer-with-slash-as-audience-fails", "{issuer}/"),
    ],
)
async def test_assertion_audience(bank: Bank, app: AppClient, module: str, audience: Any) -> None:
    """The audience of an assertion is the issuer as one string, and nothing else."""
    aud = (
        audience.format(issuer=bank.issuer)
        if isinstance(audience, str)
        else [each.format(issuer=bank.issuer) for each in audience]
    )
    assert error_of(await pushed_with(app, app.assertion(aud=aud)), 401) == "invalid_client"


ASSERTIONS: dict[str, dict[str, Any]] = {
    "sub-wrong": {"sub": "other-app"},
    "sub-unknown": {"sub": "nobody", "iss": "nobody"},
    "sub-nul": {"sub": "a\0b"},
    "sub-no-text": {"sub": 1},
    "iss-missing": {"iss": GONE},
    "iss-wrong": {"iss": "other-app"},
    "aud-missing": {"aud": GONE},
    "exp-missing": {"exp": GONE},
    "exp-text": {"exp": "9999999999"},
    "exp-true": {"exp": True},
    "exp-far": {"exp": 4_000_000_000},
    "exp-huge": {"exp": 1e300},
    "iat-text": {"iat": "now"},
    "jti-missing": {"jti": GONE},
    "jti-empty": {"jti": ""},
    "jti-number": {"jti": 7},
    "header-typ": {"header": {"typ": "dpop+jwt"}},
    "header-none": {"header": {"alg": "none"}, "made_as": "none"},
    "header-hs256": {"header": {"alg": "HS256"}},
    "header-es384": {"header": {"alg": "ES384"}},
    "header-crit": {"header": {"crit": ["b64"], "b64": False}},
    "header-alg-list": {"header": {"alg": ["ES256"]}},
    "header-kid-unknown": {"header": {"kid": "nobody"}},
    "signature-of-another": {"jwk": new_key("client-key")},
}


@module("ensure-invalid-client-assertions-fail")
@pytest.mark.requirement("AS-03")
@pytest.mark.parametrize("wrong", ASSERTIONS.values(), ids=list(ASSERTIONS))
async def test_wrong_assertions(app: AppClient, module: str, wrong: dict[str, Any]) -> None:
    """Each assertion with one fault is refused, and a right one after it is taken."""
    refused = await pushed_with(app, app.assertion(**wrong))
    assert error_of(refused, 401) == "invalid_client"
    assert (await app.push()).status_code == 201


@module("ensure-invalid-client-assertions-fail")
@pytest.mark.parametrize(
    "form",
    [
        {"client_assertion": GONE},
        {"client_assertion": "a.b"},
        {"client_assertion": "...."},
        {"client_assertion": "é"},
        {"client_assertion_type": GONE},
        {"client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:saml2-bearer"},
        {"client_assertion": GONE, "client_assertion_type": GONE, "client_secret": "secret"},
    ],
)
async def test_no_assertion(app: AppClient, module: str, form: dict[str, Any]) -> None:
    """What is no assertion is refused."""
    assert error_of(await app.push(**form), 401) == "invalid_client"


@module("ensure-invalid-client-assertions-fail")
async def test_assertion_replayed(bank: Bank, app: AppClient, module: str) -> None:
    """An assertion is good once, whichever endpoint it is sent to again."""
    assertion = app.assertion()
    assert (await pushed_with(app, assertion)).status_code == 201
    assert error_of(await pushed_with(app, assertion), 401) == "invalid_client"
    other = await app.client_request(
        "introspection_endpoint", token="some", client_assertion=assertion
    )
    assert error_of(other, 401) == "invalid_client"


@module("ensure-invalid-client-assertions-fail")
async def test_signature_changed(app: AppClient, module: str) -> None:
    """A changed signature, or a changed claim under the old signature, is refused."""
    head, body, made = app.assertion().split(".")
    other = app.assertion().split(".")[1]
    for wrong in (f"{head}.{body}.{made[:-4]}AAAA", f"{head}.{other}.{made}", f"{head}.{body}."):
        assert error_of(await pushed_with(app, wrong), 401) == "invalid_client"
