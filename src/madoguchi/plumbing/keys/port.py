"""The port for keys."""

import base64
import binascii
import hashlib
from dataclasses import dataclass, field
from typing import Protocol

from madoguchi.kernel.errors import Fault

SECRET_BYTES = 32
ID_BYTES = 6


class KeyReferenceError(Fault):
    """A reference does not lead to a usable secret.

    The text names the reference, never the secret.
    """


class KeyUnavailable(Fault):
    """No key of that name, or of that id, is set up."""


@dataclass(frozen=True, slots=True)
class Key:
    """One version of a key. `id` tells versions apart and is not secret; the secret is 32 bytes."""

    id: str
    secret: bytes = field(repr=False)


class Keys(Protocol):
    """Where the product takes its secret keys from."""

    def current(self, name: str) -> Key:
        """Return the version that is used for what is new. Raises `KeyUnavailable`."""
        ...

    def every(self, name: str) -> tuple[Key, ...]:
        """Return the current version and then the older ones still accepted.

        Raises `KeyUnavailable`.
        """
        ...


def key_of(secret: bytes) -> Key:
    """Return the key of a 32-byte secret.

    Its id is taken from a hash, so that nobody has to number keys.
    """
    if len(secret) != SECRET_BYTES:
        raise KeyReferenceError(f"a secret must have {SECRET_BYTES} bytes, not {len(secret)}")
    digest = hashlib.sha256(b"madoguchi key id\0" + secret).digest()
    return Key(digest[:ID_BYTES].hex(), secret)


def decode_secret(text: str) -> bytes:
    """Return the bytes of a secret written in base64url, padded or not.

    Raises `KeyReferenceError`.
    """
    try:
        decoded = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (ValueError, binascii.Error):
        raise KeyReferenceError("a secret must be base64url text") from None
    if len(decoded) != SECRET_BYTES:
        raise KeyReferenceError(f"a secret must have {SECRET_BYTES} bytes, not {len(decoded)}")
    return decoded


def encode_secret(secret: bytes) -> str:
    """Return a secret as unpadded base64url text."""
    return base64.urlsafe_b64encode(secret).rstrip(b"=").decode()
