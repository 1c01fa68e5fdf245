"""Are the parameters pushed as such?"""

from madoguchi.authorization_server import errors
from madoguchi.authorization_server.errors import Refusal
from madoguchi.authorization_server.exchange import Exchange


async def parameters_are_plain(exchange: Exchange) -> Refusal | None:
    """No `request_uri` (RFC 9126 section 2.1), and no request object: not supported here."""
    if "request_uri" in exchange.form:
        return errors.invalid_request("A pushed request has no request_uri of its own.")
    if "request" in exchange.form:
        return errors.request_not_supported()
    return None
