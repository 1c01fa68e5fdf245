"""Proofs of possession (RFC 9449): verified here, used up by the caller."""

import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote, unquote, urlsplit

from joserfc.jwk import Key

from madoguchi.authorization_server import errors, jose
from madoguchi.authorization_server.errors import Refusal
from madoguchi.authorization_server.nonces import Nonces
from madoguchi.clients import PRIVATE_MEMBERS, imported

SINGLE_USE = "dpop-proof"
PROOF_TYPE = "dpop+jwt"
OLD_AT_MOST = timedelta(minutes=5)
AHEAD_AT_MOST = timedelta(seconds=60)
KEPT = timedelta(minutes=15)
"""Longer than any proof stays acceptable, by its `iat` or by its nonce."""

KEYS_REMEMBERED = 10_000
DEFAULT_PORTS = {"http": 80, "https": 443}
UNRESERVED_AND_DELIMITERS = "/-._~!$&'()*+,;=:@"


@dataclass(frozen=True, slots=True)
class Proof:
    """A proof that holds: `jkt` is its key's thumbprint, `hash` what to use up."""

    jkt: str
    hash: bytes


class ProofVerifier:
    """Verifies proofs; remembers imported keys by thumbprint, since importing costs more."""

    def __init__(self, nonces: Nonces, *, nonces_required: bool) -> None:
        self._nonces = nonces
        self._nonces_required = nonces_required
        self._keys: dict[str, Key] = {}

    def verify(
        self,
        institution: str,
        proofs: Sequence[str],
        method: str,
        url: str,
        now: datetime,
        access_token: str | None = None,
    ) -> Proof | Refusal:
        """Return the proof, or why the `DPoP` headers are none (RFC 9449 section 4.3).

        `url` is the resource's own address as published, not what a Host header says. With
        `access_token` the proof must be made for it (`ath`).
        """
        if len(proofs) != 1:
            return errors.invalid_dpop_proof("Exactly one DPoP header is needed.")
        jws = jose.opened(proofs[0])
        if jws is None:
            return errors.invalid_dpop_proof(
                "The DPoP header is not a JWS with alg PS256, ES256 or EdDSA."
            )
        key = self._key_of(jws)
        if isinstance(key, Refusal):
            return key
        jkt, verifying = key
        if not jose.verifies(jws, verifying):
            return errors.invalid_dpop_proof("The signature does not match the jwk header.")
        self._remember(jkt, verifying)
        refusal = _wrong_target(jws.claims, method, url, access_token) or self._wrong_time(
            institution, jws.claims, now
        )
        if refusal is not None:
            return refusal
        return Proof(jkt, jose.sha256(f"{jkt} {jws.claims['jti']}"))

    def _key_of(self, jws: jose.Opened) -> tuple[str, Key] | Refusal:
        if jws.header.get("typ") != PROOF_TYPE:
            return errors.invalid_dpop_proof("The typ header must be dpop+jwt.")
        jwk: Any = jws.header.get("jwk")
        if not isinstance(jwk, dict) or PRIVATE_MEMBERS & jwk.keys():
            return errors.invalid_dpop_proof("The jwk header must be a public key.")
        jkt = jose.thumbprint(jwk)
        key = self._keys.get(jkt) if jkt is not None else None
        if jkt is not None and key is None:
            # only what the thumbprint covers makes the key
            key = imported({name: jwk[name] for name in jose.THUMBPRINT_MEMBERS[jwk["kty"]]})
        if jkt is None or key is None:
            return errors.invalid_dpop_proof(
                "The jwk header must be an RSA key of 2048 bits or more, P-256, or Ed25519."
            )
        return jkt, key

    def _remember(self, jkt: str, key: Key) -> None:
        if len(self._keys) >= KEYS_REMEMBERED:
            self._keys.pop(next(iter(self._keys)))
        self._keys[jkt] = key

    def _wrong_time(
        self, institution: str, claims: dict[str, Any], now: datetime
    ) -> Refusal | None:
        issued, nonce = jose.numeric_date(claims.get("iat")), claims.get("nonce")
        if issued is None:
            return errors.invalid_dpop_proof("The claim iat must be a number.")
        for name, early in (("nbf", True), ("exp", False)):
            if name in claims and _is_outside(claims[name], now, early=early):
                return errors.invalid_dpop_proof(f"The claim {name} does not hold now.")
        if nonce is not None:
            # section 4.3 point 11: the server's own time, through the nonce, stands for iat
            known = isinstance(nonce, str) and self._nonces.is_fresh(institution, nonce, now)
            return None if known else errors.use_dpop_nonce()
        if self._nonces_required:
            return errors.use_dpop_nonce()
        age = now.timestamp() - issued
        if not -AHEAD_AT_MOST.total_seconds() <= age <= OLD_AT_MOST.total_seconds():
            return errors.invalid_dpop_proof("The claim iat is too far from the server's time.")
        return None


def ath(access_token: str) -> str:
    """Return the `ath` of an access token (RFC 9449 section 4.2)."""
    return jose.base64url(jose.sha256(access_token))


def normalised(url: str) -> str | None:
    """Return an http(s) URL in the form that `htu` is compared in, or None where it is none.

    Without query and fragment; scheme and host in lower case, the default port left out, percent
    escapes as RFC 3986 sections 6.2.2 and 6.2.3 have them.
    """
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        return None
    if parts.scheme not in DEFAULT_PORTS or not host or "@" in parts.netloc:
        return None
    shown_host = f"[{host}]" if ":" in host else host
    shown_port = "" if port in (None, DEFAULT_PORTS[parts.scheme]) else f":{port}"
    path = _without_dot_segments(_with_equal_escapes(parts.path)) or "/"
    return f"{parts.scheme}://{shown_host}{shown_port}{path}"


def _wrong_target(
    claims: dict[str, Any], method: str, url: str, access_token: str | None
) -> Refusal | None:
    htu, expected = claims.get("htu"), normalised(url)
    if not jose.is_jti(claims.get("jti")):
        return errors.invalid_dpop_proof("The claim jti must be a text.")
    if claims.get("htm") != method:
        return errors.invalid_dpop_proof("The claim htm is not the method of this request.")
    if not isinstance(htu, str) or expected is None or normalised(htu) != expected:
        return errors.invalid_dpop_proof("The claim htu is not the address of this resource.")
    if access_token is None:
        return None
    given = claims.get("ath")
    if not isinstance(given, str) or not hmac.compare_digest(
        given.encode(), ath(access_token).encode()
    ):
        return errors.invalid_dpop_proof("The claim ath is not the hash of the access token.")
    return None


def _is_outside(value: object, now: datetime, *, early: bool) -> bool:
    at = jose.numeric_date(value)
    if at is None:
        return True
    ahead = at - now.timestamp()
    leeway = AHEAD_AT_MOST.total_seconds()
    return ahead > leeway if early else ahead < -leeway


def _with_equal_escapes(path: str) -> str:
    """Return a path with unreserved characters unescaped and the others' escapes in capitals."""
    segments = path.split("/")
    return "/".join(
        quote(unquote(segment, errors="surrogateescape"), UNRESERVED_AND_DELIMITERS,
              errors="surrogateescape").replace("/", "%2F")
        for segment in segments
    )  # fmt: skip


def _without_dot_segments(path: str) -> str:
    kept: list[str] = []
    for segment in path.split("/"):
        if segment == "..":
            if len(kept) > 1:
                kept.pop()
        elif segment != ".":
            kept.append(segment)
    return "/".join(kept)
