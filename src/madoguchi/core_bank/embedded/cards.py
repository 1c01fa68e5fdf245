"""Card PINs: what stands in the core is a keyed hash, bound to the card (SEC-02)."""

import hmac

from madoguchi.plumbing.keys import Keys, keyed_hash, keyed_hashes

KEY = "card-pin"


def pin_verification_value(keys: Keys, institution: str, card_id: str, pin: str) -> bytes:
    """Return what is stored of a new PIN."""
    return keyed_hash(keys, KEY, institution, card_id, pin)


def pin_is_right(keys: Keys, institution: str, card_id: str, pin: str, stored: bytes) -> bool:
    """Compare, in the same time whatever the answer, under every version of the key."""
    matches = [
        hmac.compare_digest(value, stored)
        for value in keyed_hashes(keys, KEY, institution, card_id, pin)
    ]
    return any(matches)
