"""What is done with a key: seal (AES-256-GCM) and hash (HMAC-SHA256).

A seal is: version (1 byte), length of the key id (1), key id, salt (24), ciphertext with tag. The
key and nonce of each seal are derived from the key's secret and the salt, so that the number of
seals under one key has no practical limit, and so that sealing and hashing under the same name
never share a key. Salts come straight from the operating system: no test may choose them.
"""

import hashlib
import hmac
import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from madoguchi.kernel.errors import Fault
from madoguchi.plumbing.keys.port import Key, Keys

VERSION = b"\x01"
PREFIX_BYTES = 2
SALT_BYTES = 24
AES_KEY_BYTES = 32
NONCE_BYTES = 12


class SealBroken(Fault):
    """What was to be unsealed was changed, belongs to another context, or its key is gone."""


def seal(keys: Keys, name: str, plaintext: bytes, context: bytes) -> bytes:
    """Return `plaintext` sealed under the current key `name`.

    Only the same `context` opens it again.
    """
    key = keys.current(name)
    key_id = key.id.encode()
    header = VERSION + bytes([len(key_id)]) + key_id + os.urandom(SALT_BYTES)
    cipher, nonce = _cipher(key, name, header)
    return header + cipher.encrypt(nonce, plaintext, header + context)


def unseal(keys: Keys, name: str, sealed: bytes, context: bytes) -> bytes:
    """Return what was sealed. Raises `SealBroken`."""
    if len(sealed) < PREFIX_BYTES or sealed[:1] != VERSION:
        raise SealBroken(f"not a seal of {name}")
    salt_at = PREFIX_BYTES + sealed[1]
    key_id = sealed[PREFIX_BYTES:salt_at]
    header, ciphertext = sealed[: salt_at + SALT_BYTES], sealed[salt_at + SALT_BYTES :]
    key = next((key for key in keys.every(name) if key.id.encode() == key_id), None)
    if key is None:
        raise SealBroken(f"no such key of {name}")
    cipher, nonce = _cipher(key, name, header)
    try:
        return cipher.decrypt(nonce, ciphertext, header + context)
    except InvalidTag:
        raise SealBroken(f"a seal of {name} does not open") from None


def keyed_hash(keys: Keys, name: str, *parts: str) -> bytes:
    """Return the HMAC-SHA256 of `parts` under the current key `name`.

    What is stored to be found again.
    """
    return _hash(keys.current(name), name, parts)


def keyed_hashes(keys: Keys, name: str, *parts: str) -> tuple[bytes, ...]:
    """Return the hash under every version of the key, current first.

    What to look up (`= ANY($1)`).
    """
    return tuple(_hash(key, name, parts) for key in keys.every(name))


def mac(key: Key, label: str, *parts: bytes) -> bytes:
    """Return the HMAC-SHA256 of `parts`, each with its length before it.

    Under one version of a key.
    """
    joined = b"".join(len(part).to_bytes(8, "big") + part for part in (label.encode(), *parts))
    return hmac.digest(key.secret, joined, "sha256")


def _hash(key: Key, name: str, parts: tuple[str, ...]) -> bytes:
    return mac(key, f"hash {name}", *(part.encode("utf-8", "surrogatepass") for part in parts))


def _cipher(key: Key, name: str, header: bytes) -> tuple[AESGCM, bytes]:
    derived = hmac.digest(
        key.secret, b"madoguchi seal\0" + name.encode() + b"\0" + header, hashlib.sha512
    )
    return AESGCM(derived[:AES_KEY_BYTES]), derived[AES_KEY_BYTES : AES_KEY_BYTES + NONCE_BYTES]
