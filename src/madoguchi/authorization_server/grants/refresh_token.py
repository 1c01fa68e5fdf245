"""A new access token for a refresh token (RFC 6749 section 6)."""

from madoguchi import consents
from madoguchi.authorization_server import errors, jose, store
from madoguchi.authorization_server.checks.scope import scopes_of
from madoguchi.authorization_server.errors import Refusal
from madoguchi.authorization_server.exchange import Exchange
from madoguchi.authorization_server.grants.issuing import answered, basis_of
from madoguchi.kernel.errors import must


async def refresh(exchange: Exchange) -> dict[str, object] | Refusal:
    """Return an access token bound to the key of this request's proof.

    The refresh token stays as it is (FAPI 2.0 section 5.3.2.1: no rotation) and lives as long as
    the consent. It is bound to the client's own keys, so the proof's key may be a new one
    (RFC 9449 section 5).
    """
    given = exchange.form["refresh_token"]
    token = await store.find_token(exchange.tx, exchange.code, jose.sha256(given))
    if token is None or token.kind != "refresh" or token.client_id != exchange.client.id:
        return errors.invalid_grant("The refresh token is unknown or of another client.")
    consent = must(await consents.find(exchange.tx, exchange.code, token.consent_id, exchange.now))
    if not consents.is_active(consent, exchange.now):
        return errors.invalid_grant(
            f"The consent has ended: {consent.status.value}. Send the user to link again."
        )
    if token.revoked_at is not None or exchange.now >= token.expires_at:
        return errors.invalid_grant("The refresh token was revoked.")
    scopes = scopes_of(exchange.form.get("scope", "")) or tuple(token.scopes)
    if not set(scopes) <= set(token.scopes):
        return errors.invalid_scope("A scope is more than the refresh token has.")
    return await answered(exchange, basis_of(exchange, consent, token), scopes, given)
