"""Was this sent before?"""

from madoguchi.authorization_server import client_assertion, dpop, errors, store
from madoguchi.authorization_server.errors import Refusal
from madoguchi.authorization_server.exchange import Exchange
from madoguchi.kernel.errors import must


async def nothing_is_replayed(exchange: Exchange) -> Refusal | None:
    """The client assertion and the proof are used up, each once, by this request.

    Made after both were verified, so that a request that is to be repeated with a nonce costs
    neither; and committed even where a later check refuses.
    """
    known = must(exchange.authenticated, "an authenticated client")
    tx, code, now = exchange.tx, exchange.code, exchange.now
    kind = client_assertion.SINGLE_USE
    if not await store.spend(tx, code, kind, known.hash, known.kept_until, now):
        return errors.invalid_client("The client assertion (jti) was used before.")
    if exchange.proof is None:
        return None
    kept_until = now + dpop.KEPT
    if not await store.spend(tx, code, dpop.SINGLE_USE, exchange.proof.hash, kept_until, now):
        return errors.invalid_dpop_proof("The DPoP proof (jti) was used before.")
    return None
