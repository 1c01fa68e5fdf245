"""What both grants have in common: what tokens are issued on, and the answer that carries them."""

from madoguchi.authorization_server.exchange import Exchange
from madoguchi.authorization_server.store import Code, Token
from madoguchi.authorization_server.tokens import Basis
from madoguchi.consents import Consent
from madoguchi.kernel.errors import must


def basis_of(exchange: Exchange, consent: Consent, redeemed: Code | Token) -> Basis:
    """Return what tokens are issued on for the code or refresh token that is redeemed."""
    return Basis(
        institution=exchange.institution,
        issuer=exchange.issuer,
        audience=exchange.server.api_base(exchange.institution),
        client=exchange.client,
        consent=consent,
        code_hash=redeemed.hash if isinstance(redeemed, Code) else redeemed.code_hash,
        scopes=tuple(redeemed.scopes),
        auth_time=redeemed.auth_time,
    )


async def answered(
    exchange: Exchange, basis: Basis, scopes: tuple[str, ...], refresh_token: str
) -> dict[str, object]:
    """Return the answer with a new access token for `scopes`, bound to the key of the proof."""
    access_token, expires_in = await exchange.server.tokens.access_token(
        exchange.tx, basis, scopes, must(exchange.proof).jkt, exchange.now
    )
    return {
        "access_token": access_token,
        "token_type": "DPoP",
        "expires_in": expires_in,
        "refresh_token": refresh_token,
        "scope": " ".join(scopes),
        "grant_id": basis.consent.id,
    }
