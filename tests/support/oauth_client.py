"""An app of a third party, as its makers would write it: assertions, proofs, and the whole flow.

It talks HTTP only, through any `httpx2.AsyncClient`: in process over ASGI or to a running server.
Every method takes what a test may want to have wrong.
"""

import base64
import hashlib
import json
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx2
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa, utils
from joserfc.jwk import ECKey, JWKRegistry

ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
GONE = object()
"""In place of a claim, header or parameter: leave it out."""


def b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def without_gone(given: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in given.items() if value is not GONE}


def sign(header: dict[str, Any], claims: Any, jwk: Any, made_as: str = "") -> str:
    """Return a compact JWS; unlike a library it signs whatever it is told, `none` included."""
    parts = [b64(json.dumps(part).encode()) for part in (header, claims)]
    signing_input = ".".join(parts).encode()
    return ".".join((*parts, b64(signature(signing_input, jwk, made_as or header.get("alg", "")))))


def signature(data: bytes, jwk: Any, algorithm: str) -> bytes:
    if algorithm == "none":
        return b""
    key: Any = JWKRegistry.import_key(jwk).private_key
    if isinstance(key, ed25519.Ed25519PrivateKey):
        return key.sign(data)
    if isinstance(key, rsa.RSAPrivateKey):
        how = padding.PKCS1v15() if algorithm == "RS256" else padding.PSS(
            padding.MGF1(hashes.SHA256()), 32
        )  # fmt: skip
        return key.sign(data, how, hashes.SHA256())
    r, s = utils.decode_dss_signature(key.sign(data, ec.ECDSA(hashes.SHA256())))
    return r.to_bytes(32) + s.to_bytes(32)


def algorithm_of(jwk: Any) -> str:
    return {"EC": "ES256", "RSA": "PS256", "OKP": "EdDSA"}[jwk["kty"]]


def public_of(jwk: Any) -> dict[str, Any]:
    private = ("d", "p", "q", "dp", "dq", "qi")
    return {name: value for name, value in jwk.items() if name not in private}


def new_key(kid: str = "") -> dict[str, Any]:
    key = ECKey.generate_key("P-256", parameters={"kid": kid} if kid else None)
    return dict(key.as_dict(private=True))


def thumbprint(jwk: Any) -> str:
    return JWKRegistry.import_key(public_of(jwk)).thumbprint()


@dataclass
class AppClient:
    """One installation of an app: its client, its DPoP key, and the nonces it was given."""

    http: httpx2.AsyncClient
    issuer: str
    client_id: str
    private_jwk: Any
    redirect_uri: str
    time: Callable[[], float]
    scope: str = "openid accounts balances"
    dpop_jwk: Any = field(default_factory=new_key)
    verifier: str = field(default_factory=lambda: secrets.token_urlsafe(32))
    state: str = field(default_factory=lambda: secrets.token_urlsafe(8))
    nonce: str = field(default_factory=lambda: secrets.token_urlsafe(8))
    dpop_nonce: str = ""
    metadata: dict[str, Any] = field(default_factory=dict)

    async def discover(self) -> dict[str, Any]:
        """Read the issuer's metadata (RFC 8414) and keep it."""
        parts = urlsplit(self.issuer)
        url = f"{parts.scheme}://{parts.netloc}/.well-known/oauth-authorization-server{parts.path}"
        response = await self.http.get(url)
        assert response.status_code == 200, response.text
        self.metadata = response.json()
        assert self.metadata["issuer"] == self.issuer
        return self.metadata

    def assertion(
        self, header: Any = None, jwk: Any = None, made_as: str = "", **claims: Any
    ) -> str:
        """Return a client assertion; `claims` and `header` replace the usual ones."""
        key, now = jwk or self.private_jwk, int(self.time())
        usual = {
            "iss": self.client_id, "sub": self.client_id, "aud": self.issuer,
            "iat": now, "nbf": now, "exp": now + 60, "jti": secrets.token_urlsafe(16),
        }  # fmt: skip
        usual_header = {"alg": algorithm_of(key), "kid": key.get("kid", GONE), **(header or {})}
        return sign(without_gone(usual_header), without_gone({**usual, **claims}), key, made_as)

    def proof(
        self,
        method: str,
        url: str,
        access_token: str = "",
        *,
        header: Any = None,
        jwk: Any = None,
        made_as: str = "",
        **claims: Any,
    ) -> str:
        """Return a DPoP proof; `claims` and `header` replace the usual ones."""
        key = jwk or self.dpop_jwk
        usual: dict[str, Any] = {
            "jti": secrets.token_urlsafe(16), "htm": method, "htu": url, "iat": int(self.time()),
        }  # fmt: skip
        if self.dpop_nonce:
            usual["nonce"] = self.dpop_nonce
        if access_token:
            usual["ath"] = b64(hashlib.sha256(access_token.encode()).digest())
        usual_header = {
            "typ": "dpop+jwt", "alg": algorithm_of(key), "jwk": public_of(key), **(header or {}),
        }  # fmt: skip
        return sign(without_gone(usual_header), without_gone({**usual, **claims}), key, made_as)

    def authenticated(self, form: Mapping[str, Any]) -> dict[str, Any]:
        """Return the form with client authentication; `form` replaces any of it."""
        usual = {
            "client_id": self.client_id,
            "client_assertion_type": ASSERTION_TYPE,
            "client_assertion": self.assertion(),
        }
        return without_gone({**usual, **form})

    def request_parameters(self, **changes: Any) -> dict[str, Any]:
        """Return the parameters of an authorization request."""
        challenge = b64(hashlib.sha256(self.verifier.encode()).digest())
        usual = {
            "response_type": "code", "redirect_uri": self.redirect_uri, "scope": self.scope,
            "code_challenge": challenge, "code_challenge_method": "S256",
            "state": self.state, "nonce": self.nonce,
        }  # fmt: skip
        return without_gone({**usual, **changes})

    async def push(self, *, headers: Any = None, **changes: Any) -> httpx2.Response:
        """Push an authorization request."""
        url = self.metadata["pushed_authorization_request_endpoint"]
        form = self.authenticated({**self.request_parameters(), **changes})
        return self._noted(await self.http.post(url, data=form, headers=headers))

    async def push_bound(self, **changes: Any) -> httpx2.Response:
        """Push an authorization request with a proof, so that the code is bound to its key."""
        url = self.metadata["pushed_authorization_request_endpoint"]
        response = await self.push(headers={"DPoP": self.proof("POST", url)}, **changes)
        if "use_dpop_nonce" in response.text:
            response = await self.push(headers={"DPoP": self.proof("POST", url)}, **changes)
        return response

    def authorize_url(self, request_uri: str, **changes: Any) -> str:
        """Return the URL that the browser is sent to."""
        usual = {"client_id": self.client_id, "request_uri": request_uri}
        query = urlencode(without_gone({**usual, **changes}))
        return f"{self.metadata['authorization_endpoint']}?{query}"

    async def pushed_url(self, **changes: Any) -> str:
        """Push a request and return the URL that the browser is sent to."""
        response = await self.push(**changes)
        assert response.status_code == 201, response.text
        return self.authorize_url(response.json()["request_uri"])

    def returned(self, url: str) -> dict[str, str]:
        """Return what came back to the redirect URI, after the checks that an app makes."""
        assert url.startswith(self.redirect_uri), url
        answer = {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
        assert answer["iss"] == self.issuer
        assert answer.get("state", "") == self.state
        return answer

    async def token(self, *, headers: Any = None, **form: Any) -> httpx2.Response:
        """Ask the token endpoint once; with a proof unless `headers` say otherwise."""
        url = self.metadata["token_endpoint"]
        given = {"DPoP": self.proof("POST", url)} if headers is None else headers
        return self._noted(await self.http.post(url, data=self.authenticated(form), headers=given))

    async def token_with_nonce(self, **form: Any) -> httpx2.Response:
        """Ask the token endpoint, once more where it wants its nonce in the proof."""
        response = await self.token(**form)
        if "use_dpop_nonce" in response.text:
            response = await self.token(**form)
        return response

    async def redeem(self, code: str, /, **changes: Any) -> httpx2.Response:
        """Redeem a code."""
        usual = {
            "grant_type": "authorization_code", "code": code,
            "redirect_uri": self.redirect_uri, "code_verifier": self.verifier,
        }  # fmt: skip
        return await self.token_with_nonce(**{**usual, **changes})

    async def refresh(self, refresh_token: str, /, **changes: Any) -> httpx2.Response:
        """Use a refresh token."""
        usual = {"grant_type": "refresh_token", "refresh_token": refresh_token}
        return await self.token_with_nonce(**{**usual, **changes})

    async def resource(self, method: str, url: str, access_token: str) -> httpx2.Response:
        """Ask a protected resource, once more where it wants its nonce in the proof."""
        for _ in range(2):
            response = await self.http.request(
                method, url, headers=self.resource_headers(method, url, access_token)
            )
            self._noted(response)
            if "use_dpop_nonce" not in response.headers.get("www-authenticate", ""):
                break
        return response

    def resource_headers(self, method: str, url: str, access_token: str) -> dict[str, str]:
        """Return the headers that open a protected resource."""
        proof = self.proof(method, url.partition("?")[0], access_token)
        return {"Authorization": f"DPoP {access_token}", "DPoP": proof}

    async def client_request(self, endpoint: str, **form: Any) -> httpx2.Response:
        """Ask an endpoint that takes the client's authentication alone."""
        return await self.http.post(self.metadata[endpoint], data=self.authenticated(form))

    def _noted(self, response: httpx2.Response) -> httpx2.Response:
        self.dpop_nonce = response.headers.get("dpop-nonce", self.dpop_nonce)
        return response
