"""Can only whoever asked redeem the code?"""

import hashlib
import hmac
import re

from madoguchi.authorization_server import errors
from madoguchi.authorization_server.errors import Refusal
from madoguchi.authorization_server.exchange import Exchange
from madoguchi.authorization_server.jose import base64url

CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}")
VERIFIER = re.compile(r"[A-Za-z0-9._~-]{43,128}")


async def pkce_is_s256(exchange: Exchange) -> Refusal | None:
    """There is a code challenge, made with S256 (RFC 7636, FAPI 2.0 section 5.3.2.2)."""
    if exchange.form.get("code_challenge_method") != "S256":
        return errors.invalid_request("PKCE is needed: code_challenge_method S256.")
    if not CHALLENGE.fullmatch(exchange.form.get("code_challenge", "")):
        return errors.invalid_request("code_challenge must be the base64url of a SHA-256 hash.")
    return None


def verifier_matches(verifier: str, challenge: str) -> bool:
    """Say whether a code verifier is what the challenge was made of (RFC 7636 section 4.6)."""
    if not VERIFIER.fullmatch(verifier):
        return False
    made = base64url(hashlib.sha256(verifier.encode()).digest())
    return hmac.compare_digest(made, challenge)
