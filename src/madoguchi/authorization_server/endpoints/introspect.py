"""Asking about a token (RFC 7662)."""

from madoguchi import consents
from madoguchi.authorization_server import errors, jose, store
from madoguchi.authorization_server.checks.client import client_is_authenticated
from madoguchi.authorization_server.checks.limits import client_is_within_its_limit
from madoguchi.authorization_server.checks.single_use import nothing_is_replayed
from madoguchi.authorization_server.endpoints.site import Endpoint
from madoguchi.authorization_server.errors import Refusal
from madoguchi.authorization_server.exchange import Exchange
from madoguchi.authorization_server.metadata import PATHS
from madoguchi.authorization_server.store import Token
from madoguchi.clients import Client, find, is_usable
from madoguchi.consents import Consent

INACTIVE: dict[str, object] = {"active": False}


async def introspect(exchange: Exchange) -> dict[str, object] | Refusal:
    """Tell a client about its own tokens, and a resource server about any; else: not active.

    Nothing is told of why a token is not active (section 2.2).
    """
    if "token" not in exchange.form:
        return errors.invalid_request("token is needed.")
    hashed = jose.sha256(exchange.form["token"])
    token = await store.find_token(exchange.tx, exchange.code, hashed)
    if token is None or not (exchange.client.introspects or token.client_id == exchange.client.id):
        return INACTIVE
    consent = await consents.find(exchange.tx, exchange.code, token.consent_id, exchange.now)
    owner = await find(exchange.tx, exchange.code, token.client_id)
    if consent is None or owner is None or not _stands(exchange, token, consent, owner):
        return INACTIVE
    return _description(exchange, token, consent, owner)


def _stands(exchange: Exchange, token: Token, consent: Consent, owner: Client) -> bool:
    return (
        token.revoked_at is None
        and exchange.now < token.expires_at
        and consents.is_active(consent, exchange.now)
        and is_usable(owner, exchange.now)
    )


def _description(
    exchange: Exchange, token: Token, consent: Consent, owner: Client
) -> dict[str, object]:
    common: dict[str, object] = {
        "active": True,
        "iss": exchange.issuer,
        "client_id": token.client_id,
        "scope": " ".join(token.scopes),
        "sub": exchange.server.tokens.subject(owner, consent.holder_id),
        "iat": int(token.issued_at.timestamp()),
        "exp": int(token.expires_at.timestamp()),
        "jti": token.id,
        "grant_id": consent.id,
    }
    if token.kind == "refresh":
        return common
    return {
        **common,
        "aud": exchange.server.api_base(exchange.institution),
        "token_type": "DPoP",
        "cnf": {"jkt": token.jkt},
    }


CHECKS = (client_is_authenticated, client_is_within_its_limit, nothing_is_replayed)
INTROSPECT = Endpoint(PATHS["introspection_endpoint"], CHECKS, introspect)
