"""Who asks?"""

from madoguchi.authorization_server.client_assertion import authenticate
from madoguchi.authorization_server.errors import Refusal
from madoguchi.authorization_server.exchange import Exchange


async def client_is_authenticated(exchange: Exchange) -> Refusal | None:
    """The client proves who it is by private_key_jwt (AS-03)."""
    outcome = await authenticate(
        exchange.tx,
        exchange.code,
        exchange.issuer,
        exchange.form,
        exchange.server.client_keys,
        exchange.now,
    )
    if isinstance(outcome, Refusal):
        return outcome
    exchange.authenticated = outcome
    return None
