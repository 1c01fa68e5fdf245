"""Authenticating a client by private_key_jwt (RFC 7523, FAPI 2.0 section 5.3.2.1)."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from madoguchi.authorization_server import errors, jose
from madoguchi.authorization_server.errors import Refusal
from madoguchi.clients import Client, ClientKeys, JwksUnavailable, find, is_usable
from madoguchi.plumbing.database import Tx

SINGLE_USE = "client-assertion"
ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
TYPES = frozenset({"jwt", "client-authentication+jwt"})
LEEWAY = timedelta(seconds=10)
AHEAD_AT_MOST = timedelta(seconds=60)
LIVES_AT_MOST = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Authenticated:
    """A client that proved who it is; `hash` is to be used up, and kept until `kept_until`."""

    client: Client
    hash: bytes
    kept_until: datetime


async def authenticate(
    tx: Tx, institution: str, issuer: str, form: dict[str, str], keys: ClientKeys, now: datetime
) -> Authenticated | Refusal:
    """Return the client that made the assertion in `form`, or why it is not believed."""
    if "client_secret" in form or form.get("client_assertion_type") != ASSERTION_TYPE:
        return errors.invalid_client(
            f"Authenticate with private_key_jwt: client_assertion_type {ASSERTION_TYPE}."
        )
    jws = jose.opened(form.get("client_assertion", ""))
    if jws is None:
        return errors.invalid_client(
            "The client_assertion is not a JWS with alg PS256, ES256 or EdDSA."
        )
    signer = await _signer(tx, institution, jws, keys, now)
    if isinstance(signer, Refusal):
        return signer
    refusal = _wrong_claims(jws, signer, issuer, form) or _wrong_times(jws.claims, now)
    if refusal is not None:
        return refusal
    if not is_usable(signer, now):
        return errors.invalid_client("The client is suspended, or its contract does not run.")
    kept_until = datetime.fromtimestamp(float(jws.claims["exp"]), UTC) + AHEAD_AT_MOST
    return Authenticated(signer, jose.sha256(f"{signer.id} {jws.claims['jti']}"), kept_until)


async def _signer(
    tx: Tx, institution: str, jws: jose.Opened, keys: ClientKeys, now: datetime
) -> Client | Refusal:
    subject = jws.claims.get("sub")
    client = None
    if isinstance(subject, str) and "\0" not in subject:
        client = await find(tx, institution, subject)
    if client is None:
        return errors.client_not_recognised("unknown client")
    kid = jws.header.get("kid")
    try:
        candidates = await keys.matching(
            client, kid if isinstance(kid, str) else None, jws.algorithm, now
        )
    except JwksUnavailable as unavailable:
        return errors.invalid_client("The client's jwks_uri cannot be read.", str(unavailable))
    if not any(jose.verifies(jws, key) for key in candidates):
        return errors.client_not_recognised(f"no key of {client.id} made the signature")
    return client


def _wrong_claims(
    jws: jose.Opened, client: Client, issuer: str, form: dict[str, str]
) -> Refusal | None:
    claims, kind = jws.claims, jws.header.get("typ", "JWT")
    if not isinstance(kind, str) or kind.lower() not in TYPES:
        return errors.invalid_client("The typ header of the client assertion is of another use.")
    if claims.get("iss") != client.id:
        return errors.invalid_client("The claims iss and sub must both be the client_id.")
    if form.get("client_id", client.id) != client.id:
        return errors.invalid_client("The client_id is not the one in the client assertion.")
    if claims.get("aud") != issuer:
        return errors.invalid_client("The claim aud must be the issuer, as one string.")
    if not jose.is_jti(claims.get("jti")):
        return errors.invalid_client("The claim jti must be a text.")
    return None


def _wrong_times(claims: dict[str, Any], now: datetime) -> Refusal | None:
    ahead = {name: _ahead(claims[name], now) for name in ("exp", "nbf", "iat") if name in claims}
    if "exp" not in ahead or None in ahead.values():
        return errors.invalid_client("The claims exp, nbf and iat are numbers; exp is needed.")
    seconds = {name: value for name, value in ahead.items() if value is not None}
    if seconds["exp"] <= -LEEWAY.total_seconds():
        return errors.invalid_client("The client assertion has expired.")
    if seconds["exp"] > (LIVES_AT_MOST + AHEAD_AT_MOST).total_seconds():
        return errors.invalid_client("The client assertion may be good for an hour at most.")
    latest = AHEAD_AT_MOST.total_seconds()
    if any(seconds.get(name, 0) > latest for name in ("nbf", "iat")):
        return errors.invalid_client("The client assertion is from the future.")
    return None


def _ahead(value: object, now: datetime) -> float | None:
    """Return by how many seconds a claim is ahead of `now`; None where it is no time."""
    at = jose.numeric_date(value)
    return None if at is None else at - now.timestamp()
