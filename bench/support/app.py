"""A third party's app: client assertions, DPoP proofs, pushed requests, tokens."""

import base64
import hashlib
import json
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, utils

from bench.support.http import Answer, Client

ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
FORM = {"content-type": "application/x-www-form-urlencoded"}
REDIRECT_URI = "https://bench.example.jp/callback"
SCOPE = "openid accounts balances transactions"
CLIENT_ID = "bench"


def b64(data: bytes) -> str:
    """Return base64url without padding."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def private_key(scalar: str) -> ec.EllipticCurvePrivateKey:
    """Return the P-256 key of a private number written in hexadecimal."""
    return ec.derive_private_key(int(scalar, 16), ec.SECP256R1())


def public_jwk(key: ec.EllipticCurvePrivateKey) -> dict[str, str]:
    """Return the public key as a JWK."""
    numbers = key.public_key().public_numbers()
    point = {"x": b64(numbers.x.to_bytes(32)), "y": b64(numbers.y.to_bytes(32))}
    return {"kty": "EC", "crv": "P-256", **point}


class Signer:
    """Signs JWS with ES256 and a header that stays the same."""

    def __init__(self, key: ec.EllipticCurvePrivateKey, header: Mapping[str, Any]) -> None:
        self._key = key
        self._header = b64(json.dumps({"alg": "ES256", **header}).encode())

    def sign(self, claims: Mapping[str, Any]) -> str:
        """Return a compact JWS."""
        signed = f"{self._header}.{b64(json.dumps(claims).encode())}"
        r, s = utils.decode_dss_signature(self._key.sign(signed.encode(), ECDSA))
        return f"{signed}.{b64(r.to_bytes(32) + s.to_bytes(32))}"


ECDSA = ec.ECDSA(hashes.SHA256())


@dataclass
class App:
    """The app as one user has it: a DPoP key of its own, and the nonce given last."""

    http: Client
    issuer: str
    endpoints: Mapping[str, str]
    client_key: ec.EllipticCurvePrivateKey
    clock_ahead_seconds: float
    dpop_nonce: str = ""
    verifier: str = field(default_factory=lambda: secrets.token_urlsafe(32))

    def __post_init__(self) -> None:
        dpop_key = ec.generate_private_key(ec.SECP256R1())
        header = {"typ": "dpop+jwt", "jwk": public_jwk(dpop_key)}
        self._proofs = Signer(dpop_key, header)
        self._assertions = Signer(self.client_key, {"kid": CLIENT_ID})

    async def push(self) -> str:
        """Push an authorization request; return the URL that the browser is sent to."""
        answer = await self._ask(
            "pushed_authorization_request_endpoint",
            {
                "response_type": "code",
                "redirect_uri": REDIRECT_URI,
                "scope": SCOPE,
                "code_challenge": b64(hashlib.sha256(self.verifier.encode()).digest()),
                "code_challenge_method": "S256",
                "state": secrets.token_urlsafe(8),
                "nonce": secrets.token_urlsafe(8),
            },
        )
        asked = {"client_id": CLIENT_ID, "request_uri": told(answer, 201)["request_uri"]}
        return f"{self.endpoints['authorization_endpoint']}?{urlencode(asked)}"

    async def redeem(self, code: str) -> str:
        """Redeem a code; return the access token."""
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": REDIRECT_URI,
            "code_verifier": self.verifier,
        }
        answer = await self._ask("token_endpoint", form, with_proof=True)
        if answer.status in (400, 401):  # it wants its nonce in the proof
            answer = await self._ask("token_endpoint", form, with_proof=True)
        return str(told(answer, 200)["access_token"])

    async def read(
        self, http: Client, name: str, url: str, access_token: str, query: str = ""
    ) -> Answer:
        """Read a protected resource, over a connection that need not be this user's own."""
        ath = b64(hashlib.sha256(access_token.encode()).digest())
        headers = {
            "authorization": f"DPoP {access_token}",
            "dpop": self._proof("GET", url, ath=ath),
        }
        answer = await http.request(name, "GET", url + query, headers)
        self.dpop_nonce = answer.headers.get("dpop-nonce", self.dpop_nonce)
        return answer

    async def _ask(
        self, endpoint: str, form: Mapping[str, str], *, with_proof: bool = False
    ) -> Answer:
        url, now = self.endpoints[endpoint], self._now()
        claims = {"iss": CLIENT_ID, "sub": CLIENT_ID, "aud": self.issuer, "iat": now, "nbf": now}
        assertion = self._assertions.sign({**claims, "exp": now + 60, "jti": _jti()})
        body = {
            "client_id": CLIENT_ID,
            "client_assertion_type": ASSERTION_TYPE,
            "client_assertion": assertion,
            **form,
        }
        headers = {**FORM, "dpop": self._proof("POST", url)} if with_proof else FORM
        answer = await self.http.request(
            endpoint, "POST", url, headers, urlencode(body).encode("ascii")
        )
        self.dpop_nonce = answer.headers.get("dpop-nonce", self.dpop_nonce)
        return answer

    def _proof(self, method: str, url: str, **more: str) -> str:
        claims = {"jti": _jti(), "htm": method, "htu": url, "iat": self._now(), **more}
        if self.dpop_nonce:
            claims["nonce"] = self.dpop_nonce
        return self._proofs.sign(claims)

    def _now(self) -> int:
        return int(time.time() + self.clock_ahead_seconds)


class Unexpected(Exception):
    """An answer that the measure cannot go on with."""


def told(answer: Answer, status: int) -> Any:
    """Return the JSON of an answer that has that status. Raises `Unexpected`."""
    if answer.status != status:
        raise Unexpected(f"{answer.status}, not {status}: {answer.body[:500].decode()}")
    return json.loads(answer.body)


def _jti() -> str:
    return secrets.token_urlsafe(16)
