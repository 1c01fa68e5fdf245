"""Which keys a client may have (FAPI 2.0 Security Profile, section 5.4). Pure."""

import warnings
from collections.abc import Iterator
from typing import Any

from joserfc.errors import JoseError
from joserfc.jwk import ECKey, JWKRegistry, Key, OKPKey, RSAKey

ALGORITHMS = ("PS256", "ES256", "EdDSA")
"""What clients may sign with. `Ed25519` (RFC 9864) is taken for the EdDSA that it is."""

RSA_BITS_AT_LEAST = 2048
RSA_BITS_AT_MOST = 4096
RSA_EXPONENT_AT_MOST = 2**32
"""Above these a signature takes so long to verify that sending it is an attack."""

KEYS_AT_MOST = 20
PRIVATE_MEMBERS = frozenset({"d", "p", "q", "dp", "dq", "qi", "oth", "k"})


def wrong_in_jwks(jwks: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield (code, kid) for everything that is wrong with a JWK set of a client."""
    keys = jwks.get("keys")
    if not isinstance(keys, list) or not keys:
        yield "no_keys", ""
        return
    if len(keys) > KEYS_AT_MOST:
        yield "too_many_keys", ""
        return
    for jwk in keys:
        if (code := wrong_in_jwk(jwk)) is not None:
            yield code, str(jwk.get("kid", "")) if isinstance(jwk, dict) else ""
    kids = [jwk.get("kid") for jwk in keys if isinstance(jwk, dict)]
    if len({repr(kid) for kid in kids}) != len(kids):
        yield "kid_stands_twice", ""


def wrong_in_jwk(jwk: object) -> str | None:
    """Return why this JWK cannot verify what a client signs, or None."""
    if not isinstance(jwk, dict):
        return "not_an_object"
    if PRIVATE_MEMBERS & jwk.keys():
        return "private_key"
    if jwk.get("use", "sig") != "sig":
        return None  # a key for encryption may be there, and is never used
    if jwk.get("alg") is not None and algorithm_name(jwk["alg"]) not in ALGORITHMS:
        return "algorithm_not_allowed"
    if jwk.get("kty") == "RSA" and len(str(jwk.get("n", ""))) * 6 < RSA_BITS_AT_LEAST:
        return "rsa_too_short"
    return None if imported(jwk) is not None else "not_a_signing_key"


def imported(jwk: dict[str, Any]) -> Key | None:
    """Return the key that the JWK is, or None where it is no RSA, P-256 or Ed25519 key."""
    try:
        with warnings.catch_warnings(action="ignore"):  # it warns of short keys, which are refused
            key = JWKRegistry.import_key(jwk)
    except (JoseError, ValueError, TypeError, KeyError, OverflowError):
        return None
    if algorithm_of(key) is None or (isinstance(key, RSAKey) and _is_slow(key)):
        return None
    return key


def _is_slow(key: RSAKey) -> bool:
    public = key.public_key
    too_long = public.key_size > RSA_BITS_AT_MOST
    return too_long or public.public_numbers().e > RSA_EXPONENT_AT_MOST


def algorithm_of(key: Key) -> str | None:
    """Return the one algorithm that a key of this kind is used with, or None."""
    if isinstance(key, RSAKey):
        return "PS256" if key.public_key.key_size >= RSA_BITS_AT_LEAST else None
    if isinstance(key, ECKey):
        return "ES256" if key.curve_name == "P-256" else None
    if isinstance(key, OKPKey):
        return "EdDSA" if key.curve_name == "Ed25519" else None
    return None


def algorithm_name(algorithm: object) -> object:
    """Return the name used here for a JWS `alg`: the fully specified `Ed25519` is `EdDSA`."""
    return "EdDSA" if algorithm == "Ed25519" else algorithm
