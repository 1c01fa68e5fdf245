"""What does the client ask for?"""

from madoguchi.authorization_server import errors
from madoguchi.authorization_server.errors import Refusal
from madoguchi.authorization_server.exchange import Exchange
from madoguchi.institutions import Institution

GRANT_MANAGEMENT_QUERY = "grant_management_query"
GRANT_MANAGEMENT_REVOKE = "grant_management_revoke"
GRANT_MANAGEMENT = (GRANT_MANAGEMENT_QUERY, GRANT_MANAGEMENT_REVOKE)


async def scope_is_allowed(exchange: Exchange) -> Refusal | None:
    """Some scope is asked for, and each is the institution's and registered for the client."""
    asked = scopes_of(exchange.form.get("scope", ""))
    if not asked:
        return errors.invalid_scope("scope is needed.")
    allowed = set(supported(exchange.institution)) & set(exchange.client.scopes)
    if not set(asked) <= allowed:
        return errors.invalid_scope("A scope is unknown or not registered for this client.")
    if set(asked) <= set(GRANT_MANAGEMENT):
        return errors.invalid_scope("A scope besides those of grant management is needed.")
    return None


def scopes_of(text: str) -> tuple[str, ...]:
    """Return the scopes of a `scope` parameter, each once, in their order."""
    return tuple(dict.fromkeys(part for part in text.split(" ") if part))


def supported(institution: Institution) -> tuple[str, ...]:
    """Return every scope that the institution's server knows."""
    return tuple(dict.fromkeys((*institution.authorization.scopes, *GRANT_MANAGEMENT)))
