"""The token endpoint (RFC 6749 section 3.2)."""

from madoguchi.authorization_server import errors
from madoguchi.authorization_server.checks.client import client_is_authenticated
from madoguchi.authorization_server.checks.limits import client_is_within_its_limit
from madoguchi.authorization_server.checks.proof import proof_holds
from madoguchi.authorization_server.checks.single_use import nothing_is_replayed
from madoguchi.authorization_server.endpoints.site import Endpoint
from madoguchi.authorization_server.errors import Refusal
from madoguchi.authorization_server.exchange import Exchange
from madoguchi.authorization_server.grants import GRANTS, REDEEMED
from madoguchi.authorization_server.metadata import PATHS


async def grant_is_known(exchange: Exchange) -> Refusal | None:
    """The grant type is there, is one of the metadata, and what it redeems is there."""
    grant_type = exchange.form.get("grant_type")
    if grant_type is None:
        return errors.invalid_request("grant_type is needed.")
    if grant_type not in GRANTS:
        return errors.unsupported_grant_type()
    redeemed = REDEEMED[grant_type]
    return None if redeemed in exchange.form else errors.invalid_request(f"{redeemed} is needed.")


async def grant(exchange: Exchange) -> dict[str, object] | Refusal:
    """Return what the grant gives."""
    return await GRANTS[exchange.form["grant_type"]](exchange)


CHECKS = (
    client_is_authenticated,
    client_is_within_its_limit,
    grant_is_known,
    proof_holds,
    nothing_is_replayed,
)
TOKEN = Endpoint(PATHS["token_endpoint"], CHECKS, grant)
