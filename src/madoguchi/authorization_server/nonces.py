"""DPoP nonces without a store: a time step and its keyed hash (RFC 9449 section 8)."""

import binascii
import hmac
from datetime import datetime

from joserfc.util import urlsafe_b64decode

from madoguchi.authorization_server.jose import base64url
from madoguchi.plumbing.keys import Key, Keys, mac

KEY_NAME = "dpop-nonce"
STEP_SECONDS = 60
STEPS_ACCEPTED = 5
STEP_BYTES = 5
MAC_BYTES = 16


class Nonces:
    """Gives nonces and knows its own again, in every process that has the same key."""

    def __init__(self, keys: Keys) -> None:
        self._keys = keys

    def current(self, institution: str, now: datetime) -> str:
        """Return the nonce to be used now; good for five minutes."""
        return self._nonce(self._keys.current(KEY_NAME), institution, _step(now))

    def is_fresh(self, institution: str, nonce: str, now: datetime) -> bool:
        """Say whether we gave this nonce, for this institution, in the last five minutes.

        A nonce of the coming minute is taken too: another process's clock may be ahead of ours.
        """
        try:
            step = int.from_bytes(urlsafe_b64decode(nonce.encode())[:STEP_BYTES])
        except (binascii.Error, ValueError):
            return False
        if not -1 <= _step(now) - step < STEPS_ACCEPTED:
            return False
        return any(
            hmac.compare_digest(nonce.encode(), self._nonce(key, institution, step).encode())
            for key in self._keys.every(KEY_NAME)
        )

    def _nonce(self, key: Key, institution: str, step: int) -> str:
        counted = step.to_bytes(STEP_BYTES)
        return base64url(
            counted + mac(key, "dpop nonce", institution.encode(), counted)[:MAC_BYTES]
        )


def _step(now: datetime) -> int:
    return int(now.timestamp()) // STEP_SECONDS
