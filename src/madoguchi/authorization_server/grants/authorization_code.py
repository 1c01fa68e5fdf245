"""Redeeming an authorization code (RFC 6749 section 4.1.3)."""

from datetime import datetime

from madoguchi import consents
from madoguchi.authorization_server import errors, jose, store
from madoguchi.authorization_server.checks.pkce import verifier_matches
from madoguchi.authorization_server.errors import Refusal
from madoguchi.authorization_server.events import AuthorizationEvent
from madoguchi.authorization_server.exchange import Exchange
from madoguchi.authorization_server.grants.issuing import answered, basis_of
from madoguchi.authorization_server.store import Code
from madoguchi.consents import Consent
from madoguchi.kernel.errors import must
from madoguchi.operations_log import Entry

UNKNOWN = "The code is unknown, has expired, or was given to another client."


async def redeem(exchange: Exchange) -> dict[str, object] | Refusal:
    """Return the tokens of a code, once; a second use ends what the first one gave (AS-05)."""
    code = await store.find_code(exchange.tx, exchange.code, jose.sha256(exchange.form["code"]))
    if code is None or code.client_id != exchange.client.id:
        return errors.invalid_grant(UNKNOWN)
    if code.used_at is not None:
        return await _reused(exchange, code)
    refusal = _not_redeemable(exchange, code, exchange.now)
    if refusal is not None:
        return refusal
    consent = await consents.find(exchange.tx, exchange.code, code.consent_id, exchange.now)
    if consent is None or not consents.is_active(consent, exchange.now):
        return errors.invalid_grant("The consent has ended. Send the user to link again.")
    if not await store.use_code(exchange.tx, code, exchange.now):
        return await _reused(exchange, code)
    return await _tokens(exchange, code, consent)


def _not_redeemable(exchange: Exchange, code: Code, now: datetime) -> Refusal | None:
    if now >= code.expires_at:
        return errors.invalid_grant(UNKNOWN)
    if exchange.form.get("redirect_uri") != code.redirect_uri:
        return errors.invalid_grant("redirect_uri is not the one of the authorization request.")
    if not verifier_matches(exchange.form.get("code_verifier", ""), code.code_challenge):
        return errors.invalid_grant("code_verifier is missing or does not match code_challenge.")
    if code.dpop_jkt and code.dpop_jkt != must(exchange.proof).jkt:
        return errors.invalid_grant("The code is bound to another DPoP key.")
    return None


async def _reused(exchange: Exchange, code: Code) -> Refusal:
    """The code was seen twice: nobody knows by whom first, so all that it gave ends."""
    ended = await store.revoke_tokens_of_code(exchange.tx, exchange.code, code.hash, exchange.now)
    exchange.server.log.append(
        exchange.tx, _entry(exchange, code, AuthorizationEvent.CODE_REUSED, tokens=str(ended))
    )
    return errors.invalid_grant("The code was used before; what it gave has been revoked.")


async def _tokens(exchange: Exchange, code: Code, consent: Consent) -> dict[str, object]:
    tx, now, tokens = exchange.tx, exchange.now, exchange.server.tokens
    basis = basis_of(exchange, consent, code)
    refresh_token = await tokens.refresh_token(tx, basis, now)
    answer = await answered(exchange, basis, basis.scopes, refresh_token)
    if "openid" in basis.scopes:
        answer["id_token"] = await tokens.id_token(tx, basis, code.nonce, now)
    exchange.server.log.append(tx, _entry(exchange, code, AuthorizationEvent.TOKENS_ISSUED))
    return answer


def _entry(exchange: Exchange, code: Code, event: AuthorizationEvent, **detail: str) -> Entry:
    return Entry(
        institution=exchange.code,
        event=event,
        result="done" if event is AuthorizationEvent.TOKENS_ISSUED else "refused",
        actor=code.client_id,
        subject=code.consent_id,
        source=exchange.source,
        reference=exchange.reference,
        detail=detail,
    )
