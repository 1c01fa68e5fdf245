"""What the app signs: client assertions (RFC 7523) and DPoP proofs (RFC 9449)."""

import base64
import hashlib
import secrets
from collections.abc import Mapping
from typing import Any

from joserfc import jwt
from joserfc.jwk import ECKey

ALGORITHM = "ES256"
ASSERTION_SECONDS = 60


def new_key() -> dict[str, Any]:
    """Return a new private key for DPoP, as a JWK: one for each link."""
    return dict(ECKey.generate_key("P-256").as_dict(private=True))


def new_verifier() -> str:
    """Return a PKCE code verifier (RFC 7636)."""
    return secrets.token_urlsafe(48)


def challenge(verifier: str) -> str:
    """Return the S256 challenge of a verifier, and also what `ath` is of an access token."""
    digest = hashlib.sha256(verifier.encode("ascii")).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode("ascii")


def client_assertion(jwk: Mapping[str, Any], client_id: str, issuer: str, now: int) -> str:
    """Return the signed statement that authenticates the app at the bank's server."""
    header = {"alg": ALGORITHM, "kid": jwk["kid"]}
    claims = {
        "iss": client_id,
        "sub": client_id,
        "aud": issuer,
        "jti": secrets.token_urlsafe(16),
        "iat": now,
        "exp": now + ASSERTION_SECONDS,
    }
    return jwt.encode(header, claims, ECKey.import_key(dict(jwk)))


def dpop_proof(
    jwk: Mapping[str, Any],
    method: str,
    url: str,
    now: int,
    *,
    nonce: str | None = None,
    access_token: str | None = None,
) -> str:
    """Return the proof that this request comes from whom the tokens were given to."""
    key = ECKey.import_key(dict(jwk))
    header = {"typ": "dpop+jwt", "alg": ALGORITHM, "jwk": key.as_dict(private=False)}
    claims: dict[str, Any] = {
        "jti": secrets.token_urlsafe(16),
        "htm": method,
        "htu": url.partition("?")[0],
        "iat": now,
    }
    if nonce is not None:
        claims["nonce"] = nonce
    if access_token is not None:
        claims["ath"] = challenge(access_token)
    return jwt.encode(header, claims, key)
