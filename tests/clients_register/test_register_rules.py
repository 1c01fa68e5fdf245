"""What may be registered, and when a client may act."""

from datetime import UTC, date, datetime
from typing import Any

import msgspec
import pytest
from joserfc.jwk import ECKey, OKPKey, RSAKey

from madoguchi.clients import ClientStatus, Registration, consent_days, is_usable, wrong_in
from tests.support.clients import client_of, registration

RSA = RSAKey.generate_key(2048, parameters={"kid": "rsa"})
EC = ECKey.generate_key("P-256", parameters={"kid": "ec"})


def codes(**changes: Any) -> list[str]:
    """Return the codes of what is wrong with a registration that differs by `changes`."""
    changed = msgspec.structs.replace(registration(), **changes)
    return [error.code for error in wrong_in(changed)]


@pytest.mark.requirement("AS-08")
@pytest.mark.parametrize(
    "key",
    [RSA, EC, OKPKey.generate_key("Ed25519", parameters={"kid": "ed"})],
    ids=["PS256", "ES256", "EdDSA"],
)
def test_keys_of_the_three_algorithms_may_be_registered(key: Any) -> None:
    """RSA, P-256 and Ed25519 keys are taken."""
    assert codes(jwks={"keys": [key.as_dict(private=False)]}) == []


@pytest.mark.requirement("AS-08")
@pytest.mark.parametrize(
    ("jwks", "code"),
    [
        ({"keys": [EC.as_dict(private=True)]}, "private_key"),
        ({"keys": [{"kty": "oct", "k": "c2VjcmV0"}]}, "private_key"),
        ({"keys": [{"kty": "RSA", "e": "AQAB", "n": "q" * 171}]}, "rsa_too_short"),
        ({"keys": [{"kty": "RSA", "e": "AQAB", "n": "q" * 1366}]}, "not_a_signing_key"),
        ({"keys": [{"kty": "RSA", "e": "q" * 341 + "w", "n": "q" * 342}]}, "not_a_signing_key"),
        ({"keys": [ECKey.generate_key("P-384").as_dict(private=False)]}, "not_a_signing_key"),
        ({"keys": [OKPKey.generate_key("X25519").as_dict(private=False)]}, "not_a_signing_key"),
        ({"keys": [{**RSA.as_dict(private=False), "alg": "RS256"}]}, "algorithm_not_allowed"),
        ({"keys": [EC.as_dict(private=False), EC.as_dict(private=False)]}, "kid_stands_twice"),
        ({"keys": ["text"]}, "not_an_object"),
        ({"keys": []}, "no_keys"),
        ({}, "no_keys"),
    ],
)
def test_other_keys_may_not(jwks: dict[str, Any], code: str) -> None:
    """Private, short, symmetric, malformed keys and other curves or algorithms are refused."""
    assert codes(jwks=jwks) == [code]


@pytest.mark.requirement("AS-02")
@pytest.mark.parametrize(
    "uri",
    [
        "http://app.example.jp/callback",
        "http://localhost/callback",
        "https://app.example.jp/callback#part",
        "https://app.example.jp/callback#",
        "https://*.example.jp/callback",
        "https://user@app.example.jp/callback",
        "https://app.example.jp\\@evil.example/",
        "https:///callback",
        "javascript:alert(1)",
        "app:callback",
        "/callback",
        "https://app.example.jp:port/",
        "https://アプリ.example.jp/",
        "",
    ],
)
def test_a_redirect_uri_that_cannot_be_trusted_is_refused(uri: str) -> None:
    """Only absolute https URIs without fragment, wildcard, user info or tricks are registered."""
    assert "not_trusted" in codes(redirect_uris=(uri,))


def test_the_demo_may_use_http_on_loopback() -> None:
    """With the demo's setting http on loopback is taken, and http elsewhere still is not."""
    local = msgspec.structs.replace(registration(), redirect_uris=("http://127.0.0.1:8010/cb",))
    assert wrong_in(local, loopback_allowed=True) == ()
    far = msgspec.structs.replace(registration(), redirect_uris=("http://127.0.0.1.example/cb",))
    assert wrong_in(far, loopback_allowed=True) != ()


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"scopes": ("acc ounts",)}, "malformed"),
        ({"scopes": ()}, "required"),
        ({"consent_days": 0}, "out_of_range"),
        ({"contract_until": date(2000, 1, 1)}, "before_contract_from"),
        ({"link_modes": ()}, "required"),
        ({"jwks": None}, "either_jwks_or_jwks_uri"),
        ({"jwks_uri": "https://app.example.jp/jwks"}, "either_jwks_or_jwks_uri"),
        ({"jwks": None, "jwks_uri": "http://10.0.0.1/jwks"}, "not_trusted"),
        (
            {"redirect_uris": ("https://a.example.jp/", "https://b.example.jp/")},
            "required_for_several_hosts",
        ),
    ],
)
def test_each_field_is_checked(changes: dict[str, Any], code: str) -> None:
    """What contradicts itself or the rules is named by field and code."""
    assert codes(**changes) == [code]


@pytest.mark.requirement("AS-08")
@pytest.mark.parametrize(
    ("now", "usable"),
    [
        (datetime(2026, 3, 31, 14, 59, 59, tzinfo=UTC), False),
        (datetime(2026, 3, 31, 15, 0, tzinfo=UTC), True),
        (datetime(2027, 3, 31, 14, 59, 59, tzinfo=UTC), True),
        (datetime(2027, 3, 31, 15, 0, tzinfo=UTC), False),
    ],
)
def test_a_client_may_act_within_its_contract(now: datetime, usable: bool) -> None:
    """The contract's first and last day count whole, in Japan time."""
    client = client_of(
        registration(contract_from=date(2026, 4, 1), contract_until=date(2027, 3, 31))
    )
    assert is_usable(client, now) is usable


@pytest.mark.requirement("AS-08")
def test_a_suspended_client_may_not_act() -> None:
    """A suspension outweighs a running contract."""
    client = client_of(registration(), status=ClientStatus.SUSPENDED)
    assert not is_usable(client, datetime(2026, 11, 20, tzinfo=UTC))


@pytest.mark.requirement("LINK-28")
@pytest.mark.parametrize(("own", "days"), [(None, 30), (10, 10), (90, 30)])
def test_the_shorter_term_wins(own: int | None, days: int) -> None:
    """A client's own term shortens the institution's and never lengthens it."""
    assert consent_days(client_of(registration(consent_days=own)), 30) == days


def test_a_registration_survives_the_database_form() -> None:
    """What is stored as JSON reads back the same."""
    plain = msgspec.to_builtins(registration())
    assert msgspec.convert(plain, Registration) == registration()
