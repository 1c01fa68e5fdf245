"""Compact JWS on joserfc: opened without trust, verified with named algorithms, signed."""

import hashlib
from typing import Any

import msgspec
from joserfc.errors import JoseError, UnsupportedAlgorithmError
from joserfc.jwk import JWKRegistry, Key
from joserfc.jws import JWSRegistry, extract_compact, serialize_compact, validate_compact
from joserfc.util import urlsafe_b64encode

from madoguchi.clients import ALGORITHMS, algorithm_name, algorithm_of

ACCEPTED = frozenset({*ALGORITHMS, "Ed25519"})
"""FAPI 2.0 section 5.4; `Ed25519` is RFC 9864's name for the one EdDSA that is accepted."""

LENGTH_AT_MOST = 16_384
JTI_LENGTH_AT_MOST = 512
FARTHEST_TIME = 1e12
"""In seconds: farther from 1970 than any clock shows, and than `datetime` takes."""
THUMBPRINT_MEMBERS = {
    "EC": ("crv", "kty", "x", "y"),
    "RSA": ("e", "kty", "n"),
    "OKP": ("crv", "kty", "x"),
}
"""What makes a public key, by `kty`, in the order of RFC 7638 section 3.2."""

MALFORMED = (
    JoseError,
    msgspec.MsgspecError,
    ValueError,
    TypeError,
    AttributeError,
    RecursionError,
)
"""What reading something that is no JWS ends in."""


class Opened(msgspec.Struct, frozen=True):
    """A JWS that is well formed. Nothing in it may be believed before `verifies`."""

    header: dict[str, Any]
    claims: dict[str, Any]
    algorithm: str
    raw: Any


class _Registry(JWSRegistry):
    """joserfc's registry with our algorithms only, room for an RSA key in a header, no warnings."""

    max_header_length = 8_192
    max_payload_length = LENGTH_AT_MOST

    def get_alg(self, name: str) -> Any:
        if name not in ACCEPTED:
            raise UnsupportedAlgorithmError(f"{name} is not accepted")
        return self.algorithms[name]


# RFC 7515 section 4: header parameters that are not understood are ignored (but `crit`, see below)
REGISTRY = _Registry(strict_check_header=False)


def opened(token: str) -> Opened | None:
    """Return the parts of a compact JWS with an accepted `alg`, or None.

    A `crit` header is refused: no extension is understood here.
    """
    if len(token) > LENGTH_AT_MOST or not token.isascii():
        return None
    try:
        raw = extract_compact(token.encode(), None, REGISTRY)
        header: Any = raw.headers()
        claims = msgspec.json.decode(raw.payload or b"")
    except MALFORMED:
        return None
    if not isinstance(header, dict) or not isinstance(claims, dict) or "crit" in header:
        return None
    algorithm = header.get("alg")
    if not isinstance(algorithm, str) or algorithm not in ACCEPTED:
        return None
    return Opened(header, claims, str(algorithm_name(algorithm)), raw)


def verifies(jws: Opened, key: Key) -> bool:
    """Say whether `key` is of the kind that the `alg` needs, and made the signature."""
    if algorithm_of(key) != jws.algorithm:
        return False
    try:
        return validate_compact(jws.raw, key, ACCEPTED, REGISTRY)
    except (JoseError, ValueError, TypeError):
        return False


def signed(header: dict[str, Any], claims: dict[str, Any], key: Key) -> str:
    """Return the compact JWS of `claims`; `header` names `alg` and `kid`."""
    return serialize_compact(header, msgspec.json.encode(claims), key, ACCEPTED, REGISTRY)


def thumbprint(jwk: dict[str, Any]) -> str | None:
    """Return the RFC 7638 thumbprint of a public JWK (EC, RSA, OKP), or None where members lack."""
    required = THUMBPRINT_MEMBERS.get(str(jwk.get("kty")))
    if required is None or not all(isinstance(jwk.get(name), str) for name in required):
        return None
    canonical = msgspec.json.encode({name: jwk[name] for name in required})
    return urlsafe_b64encode(hashlib.sha256(canonical).digest()).decode()


def numeric_date(value: object) -> float | None:
    """Return a claim's seconds since 1970 (RFC 7519 section 2), or None where it is no time."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    return float(value) if abs(value) < FARTHEST_TIME else None


def is_jti(value: object) -> bool:
    """Say whether a claim can be a `jti`: a text, not empty, of a sensible length."""
    return isinstance(value, str) and 0 < len(value) <= JTI_LENGTH_AT_MOST


def sha256(text: str) -> bytes:
    """Return the SHA-256 of a text: how random secrets are stored, and compared in hashes."""
    return hashlib.sha256(text.encode()).digest()


def base64url(data: bytes) -> str:
    """Return unpadded base64url text."""
    return urlsafe_b64encode(data).decode()


def private_key(jwk: dict[str, Any]) -> Key:
    """Return the private key that a JWK of ours is."""
    return JWKRegistry.import_key(jwk)
