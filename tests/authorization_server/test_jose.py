"""Reading what anybody may send never fails in another way than by saying no."""

import json
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from madoguchi.authorization_server.jose import opened, thumbprint
from tests.support.oauth_client import b64, new_key, public_of
from tests.support.oauth_client import thumbprint as known_thumbprint

pytestmark = pytest.mark.requirement("AS-09")
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=5,
)


@settings(max_examples=50)
@given(st.text())
@example("a.b.c")
@example("é.é.é")
def test_any_text_is_read(text: str) -> None:
    """Text that is no JWS is none."""
    assert opened(text) is None


@settings(max_examples=50)
@given(JSON, JSON, st.binary())
@example({"alg": "ES256"}, "[" * 3000, b"")
@example(["alg"], {}, b"")
@example({"alg": "ES256", "b64": False, "crit": ["b64"]}, {}, b"")
def test_any_header_and_claims_are_read(header: Any, claims: Any, signature: bytes) -> None:
    """Whatever JSON stands in the parts, the answer is a JWS or none."""
    parts = (json.dumps(header).encode(), json.dumps(claims).encode(), signature)
    opened(".".join(b64(part) for part in parts))


@pytest.mark.parametrize(
    "claims",
    [b"", b"no json", b"[]", b'"text"', b"[" * 3000, b"\xff", b'{"a":NaN}', b'{"a":1e999}'],
)
def test_claims_that_are_no_object(claims: bytes) -> None:
    """Claims are one JSON object."""
    parts = (json.dumps({"alg": "ES256"}).encode(), claims, b"x" * 64)
    assert opened(".".join(b64(part) for part in parts)) is None


@settings(max_examples=50)
@given(JSON)
def test_any_jwk_has_a_thumbprint_or_none(jwk: Any) -> None:
    """Whatever the members are, the answer is a text or none."""
    thumbprint(jwk if isinstance(jwk, dict) else {"kty": jwk})


def test_the_thumbprint_is_that_of_rfc_7638() -> None:
    """The example of RFC 7638 section 3.1, and the library's answer for a key of ours."""
    modulus = (
        "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECP"
        "ebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY"
        "368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0f"
        "M4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw"
    )
    jwk = {"kty": "RSA", "n": modulus, "e": "AQAB", "alg": "RS256", "kid": "2011-04-29"}
    assert thumbprint(jwk) == "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs"
    key = public_of(new_key())
    assert thumbprint(key) == known_thumbprint(key)
