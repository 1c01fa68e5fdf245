"""Authlib, as far as it goes: it knows neither pushed requests nor DPoP (AS-10).

What it lacks is put in where it has a place for it: the request is pushed with its own client
authentication, and a transport adapter adds the proofs.
"""

import time
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest
import requests
import time_machine
from authlib.common.security import generate_token  # type: ignore[import-untyped]
from authlib.integrations.requests_client import OAuth2Session  # type: ignore[import-untyped]
from authlib.oauth2.auth import TokenAuth  # type: ignore[import-untyped]
from authlib.oauth2.rfc7523 import PrivateKeyJWT  # type: ignore[import-untyped]
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet
from requests.adapters import HTTPAdapter

from tests.clients.conftest import SCOPE, Meeting
from tests.support.oauth_client import AppClient


class ProvingAdapter(HTTPAdapter):
    """Sends each request with a proof; once more where the server wants its nonce in it."""

    def __init__(self, app: AppClient) -> None:
        super().__init__()
        self.app = app

    def send(self, request: requests.PreparedRequest, *args: Any, **more: Any) -> requests.Response:
        for _ in range(2):
            scheme, _, token = str(request.headers.get("Authorization", "")).partition(" ")
            url = str(request.url).partition("?")[0]
            request.headers["DPoP"] = self.app.proof(
                str(request.method), url, token if scheme == "DPoP" else ""
            )
            response = super().send(request, *args, **more)
            self.app.dpop_nonce = response.headers.get("DPoP-Nonce", self.app.dpop_nonce)
            challenge = response.headers.get("WWW-Authenticate", "") + response.text
            if "use_dpop_nonce" not in challenge:
                break
        return response


def with_dpop_scheme(
    token: str, uri: str, headers: dict[str, str], body: Any, placement: str = "header"
) -> tuple[str, dict[str, str], Any]:
    """Place an access token as RFC 9449 section 7.1 has it."""
    headers["Authorization"] = f"DPoP {token}"
    return uri, headers, body


@pytest.fixture
def terms(meeting: Meeting, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """What the engineer knows; Authlib knows how to place tokens of the type DPoP."""
    monkeypatch.setitem(TokenAuth.SIGN_METHODS, "dpop", with_dpop_scheme)
    return meeting.terms("tester")


def session_of(terms: dict[str, Any], metadata: dict[str, Any]) -> OAuth2Session:
    """Return a session of Authlib with client authentication by private key."""
    jwk = terms["private_jwk"]
    session = OAuth2Session(
        terms["client_id"], ECKey.import_key(jwk), scope=SCOPE, redirect_uri=terms["redirect_uri"],
        token_endpoint=metadata["token_endpoint"], code_challenge_method="S256",
        token_endpoint_auth_method="private_key_jwt",
        revocation_endpoint_auth_method="private_key_jwt",
    )  # fmt: skip
    session.trust_env = False
    issuer, header = metadata["issuer"], {"kid": jwk["kid"]}
    session.register_client_auth_method(PrivateKeyJWT(issuer, headers=header, alg="ES256"))
    app = AppClient(None, issuer, "", jwk, "", time.time)  # type: ignore[arg-type]
    session.mount("http://", ProvingAdapter(app))
    return session


def pushed(
    session: OAuth2Session, metadata: dict[str, Any], verifier: str, nonce: str
) -> tuple[str, str]:
    """Push what Authlib would put into the URL; return the URL that is left, and the state."""
    url, state = session.create_authorization_url(
        metadata["authorization_endpoint"], code_verifier=verifier, nonce=nonce
    )
    response = session.post(
        metadata["pushed_authorization_request_endpoint"],
        data=dict(parse_qsl(urlsplit(url).query)),
        auth=session.client_auth("private_key_jwt"),
        withhold_token=True,
    )
    assert response.status_code == 201, response.text
    query = {"client_id": session.client_id, "request_uri": response.json()["request_uri"]}
    return f"{metadata['authorization_endpoint']}?{urlencode(query)}", state


@pytest.mark.requirement("AS-10")
def test_authlib(meeting: Meeting, terms: dict[str, Any]) -> None:
    """Authlib links, reads, refreshes, introspects and revokes; its ID token verifies."""
    with time_machine.travel(meeting.now(), tick=True):
        metadata = requests.get(
            f"{terms['issuer']}/.well-known/openid-configuration", timeout=10
        ).json()
        session, verifier, nonce = session_of(terms, metadata), generate_token(48), generate_token()
        url, state = pushed(session, metadata, verifier, nonce)
        callback = meeting.linked(url)

        token = session.fetch_token(
            authorization_response=callback, state=state, code_verifier=verifier
        )
        published = KeySet.import_key_set(requests.get(metadata["jwks_uri"], timeout=10).json())
        claims = jwt.decode(token["id_token"], published, algorithms=["ES256"]).claims
        accounts = session.get(f"{terms['api_base']}/accounts").json()["accounts"]
        balance = session.get(f"{terms['api_base']}/accounts/{accounts[0]['id']}/balance")
        refreshed = session.refresh_token(refresh_token=token["refresh_token"])
        about = session.introspect_token(
            metadata["introspection_endpoint"], refreshed["access_token"],
            auth=session.client_auth("private_key_jwt"),
        ).json()  # fmt: skip
        session.revoke_token(metadata["revocation_endpoint"], refreshed["access_token"])
        refused = session.get(f"{terms['api_base']}/accounts")

    assert claims["nonce"] == nonce
    assert balance.json()["current_balance"] > 0
    assert about["active"] is True
    assert refused.status_code == 401
