"""Taking tokens back (RFC 7009). The consent stays; to end it there is grant management."""

from madoguchi.authorization_server import errors, jose, store
from madoguchi.authorization_server.checks.client import client_is_authenticated
from madoguchi.authorization_server.checks.limits import client_is_within_its_limit
from madoguchi.authorization_server.checks.single_use import nothing_is_replayed
from madoguchi.authorization_server.endpoints.site import Endpoint
from madoguchi.authorization_server.errors import Refusal
from madoguchi.authorization_server.events import AuthorizationEvent
from madoguchi.authorization_server.exchange import Exchange
from madoguchi.authorization_server.metadata import PATHS
from madoguchi.operations_log import Entry


async def revoke(exchange: Exchange) -> Refusal | None:
    """Revoke an access token; or a refresh token with all access tokens beside it.

    An unknown token is no error (section 2.2); one of another client is refused (section 2.1).
    """
    if "token" not in exchange.form:
        return errors.invalid_request("token is needed.")
    hashed = jose.sha256(exchange.form["token"])
    token = await store.find_token(exchange.tx, exchange.code, hashed)
    if token is None:
        return None
    if token.client_id != exchange.client.id:
        return errors.invalid_request("The token was not issued to this client.")
    if token.kind == "refresh":
        await store.revoke_tokens_of_code(exchange.tx, exchange.code, token.code_hash, exchange.now)
    else:
        await store.revoke_token(exchange.tx, token, exchange.now)
    exchange.server.log.append(
        exchange.tx,
        Entry(
            institution=exchange.code,
            event=AuthorizationEvent.TOKEN_REVOKED,
            result="done",
            actor=exchange.client.id,
            subject=token.consent_id,
            source=exchange.source,
            reference=exchange.reference,
            detail={"kind": token.kind},
        ),
    )
    return None


CHECKS = (client_is_authenticated, client_is_within_its_limit, nothing_is_replayed)
REVOKE = Endpoint(PATHS["revocation_endpoint"], CHECKS, revoke)
