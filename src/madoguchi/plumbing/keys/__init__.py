"""Secret keys by reference, and what is done with them: seal, unseal, hash (SEC-03, SEC-04).

A key has a name ("personal-data") and versions: the first is used for what is new, the others are
still accepted. The Protocol `Keys` is the port: another source (PKCS#11, a KMS) is one more class
that gives keys by name.

Rotating without stopping: `rotate_key_file` puts a new secret on top of the key's file; every
process reads the file anew with its next use. Where processes on several machines share no file,
put the new secret second everywhere first, then first everywhere. Never drop an old secret of
"operations-log", or the rows it signed cannot be verified.
"""

from madoguchi.plumbing.keys.files import create_key_files, new_secret, rotate_key_file
from madoguchi.plumbing.keys.port import Key, KeyReferenceError, Keys, KeyUnavailable, key_of
from madoguchi.plumbing.keys.referenced import ReferencedKeys, read_reference
from madoguchi.plumbing.keys.sealing import SealBroken, keyed_hash, keyed_hashes, mac, seal, unseal

__all__ = [
    "Key",
    "KeyReferenceError",
    "KeyUnavailable",
    "Keys",
    "ReferencedKeys",
    "SealBroken",
    "create_key_files",
    "key_of",
    "keyed_hash",
    "keyed_hashes",
    "mac",
    "new_secret",
    "read_reference",
    "rotate_key_file",
    "seal",
    "unseal",
]
