"""Where is the client to be answered?"""

from madoguchi.authorization_server import errors
from madoguchi.authorization_server.errors import Refusal
from madoguchi.authorization_server.exchange import Exchange


async def redirect_uri_is_registered(exchange: Exchange) -> Refusal | None:
    """The redirect URI is there, and is a registered one character by character (AS-02)."""
    uri = exchange.form.get("redirect_uri")
    if uri is None:
        return errors.invalid_request("redirect_uri is needed.")
    if uri not in exchange.client.redirect_uris:
        return errors.invalid_request("redirect_uri is not one that is registered, exactly.")
    return None
