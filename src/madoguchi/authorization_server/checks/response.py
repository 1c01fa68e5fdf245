"""How is the client to be answered?"""

from madoguchi.authorization_server import errors
from madoguchi.authorization_server.errors import Refusal
from madoguchi.authorization_server.exchange import Exchange


async def response_is_a_code(exchange: Exchange) -> Refusal | None:
    """The response type is `code`, in the query (FAPI 2.0 section 5.3.2.2)."""
    if "response_type" not in exchange.form:
        return errors.invalid_request("response_type is needed.")
    if exchange.form["response_type"] != "code":
        return errors.unsupported_response_type()
    if exchange.form.get("response_mode", "query") != "query":
        return errors.invalid_request("The only response_mode is query.")
    return None
