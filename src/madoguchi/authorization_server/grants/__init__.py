"""The grants of the token endpoint, by `grant_type`: one file for each."""

from collections.abc import Awaitable, Callable, Mapping

from madoguchi.authorization_server.errors import Refusal
from madoguchi.authorization_server.exchange import Exchange
from madoguchi.authorization_server.grants.authorization_code import redeem
from madoguchi.authorization_server.grants.refresh_token import refresh

Grant = Callable[[Exchange], Awaitable[dict[str, object] | Refusal]]

GRANTS: Mapping[str, Grant] = {"authorization_code": redeem, "refresh_token": refresh}
REDEEMED = {"authorization_code": "code", "refresh_token": "refresh_token"}
"""The parameter that each grant redeems."""
