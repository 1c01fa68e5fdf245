"""Is the code to be bound to a key?"""

import re

from madoguchi.authorization_server import errors
from madoguchi.authorization_server.errors import Refusal
from madoguchi.authorization_server.exchange import Exchange

THUMBPRINT = re.compile(r"[A-Za-z0-9_-]{43}")


async def binding_is_consistent(exchange: Exchange) -> Refusal | None:
    """`dpop_jkt` is a thumbprint: the proof's, where both are sent (RFC 9449 section 10)."""
    jkt = exchange.form.get("dpop_jkt")
    if jkt is None:
        return None
    if not THUMBPRINT.fullmatch(jkt):
        return errors.invalid_request("dpop_jkt must be the SHA-256 thumbprint of a key.")
    if exchange.proof is not None and exchange.proof.jkt != jkt:
        return errors.invalid_dpop_proof("dpop_jkt is not the thumbprint of the proof's key.")
    return None
