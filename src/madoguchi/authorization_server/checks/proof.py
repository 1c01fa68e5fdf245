"""Does whoever asks hold a key?"""

from madoguchi.authorization_server import errors
from madoguchi.authorization_server.errors import Refusal
from madoguchi.authorization_server.exchange import Exchange


async def proof_holds(exchange: Exchange) -> Refusal | None:
    """There is a DPoP proof for this request, and it holds (RFC 9449 section 5).

    A missing one is `invalid_request`: there is no proof that could be invalid.
    """
    if not exchange.proofs:
        return errors.invalid_request(
            "A DPoP proof is needed: tokens are sender-constrained (RFC 9449)."
        )
    return await proof_holds_if_any(exchange)


async def proof_holds_if_any(exchange: Exchange) -> Refusal | None:
    """Where there is a DPoP proof, it holds."""
    if not exchange.proofs:
        return None
    outcome = exchange.server.proofs.verify(
        exchange.code, exchange.proofs, exchange.method, exchange.url, exchange.now
    )
    if isinstance(outcome, Refusal):
        return outcome
    exchange.proof = outcome
    return None
