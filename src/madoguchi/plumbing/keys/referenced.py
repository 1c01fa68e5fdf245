"""Keys by reference: `file:/path` or `env:NAME` (SEC-04).

What a reference leads to is one secret per line (in an environment variable: separated by spaces),
the first being the newest; blank lines and lines that begin with `#` do not count. A file must be
readable by its owner alone.
"""

import os
import stat
from collections.abc import Mapping, Sequence
from pathlib import Path

import structlog

from madoguchi.plumbing.keys.port import (
    Key,
    KeyReferenceError,
    KeyUnavailable,
    decode_secret,
    key_of,
)

Fingerprint = tuple[tuple[int, int, int], ...]

log = structlog.get_logger(__name__)


class ReferencedKeys:
    """Keys from files and environment variables; a changed file is read anew with the next use.

    A file that is gone or broken while the product runs is reported in the log, and the keys read
    before stay in use. Raises `KeyReferenceError` where a reference does not lead to a secret at
    the start.
    """

    def __init__(self, references: Mapping[str, Sequence[str]]) -> None:
        self._references = {name: tuple(chain) for name, chain in references.items()}
        self._fingerprints = {name: _fingerprint(chain) for name, chain in self._references.items()}
        self._keys = {name: _read(name, chain) for name, chain in self._references.items()}

    def __repr__(self) -> str:
        return f"ReferencedKeys({', '.join(self._references)})"

    def current(self, name: str) -> Key:
        """Return the first key of the first reference. Raises `KeyUnavailable`."""
        return self.every(name)[0]

    def every(self, name: str) -> tuple[Key, ...]:
        """Return all keys of `name`, in the order of the references. Raises `KeyUnavailable`."""
        if name not in self._references:
            raise KeyUnavailable(f"no key {name!r} is set up")
        self._refresh(name)
        return self._keys[name]

    def _refresh(self, name: str) -> None:
        fingerprint = _fingerprint(self._references[name])
        if fingerprint == self._fingerprints[name]:
            return
        self._fingerprints[name] = fingerprint
        try:
            self._keys[name] = _read(name, self._references[name])
        except KeyReferenceError:
            log.exception("key not read anew, the former one stays in use", key_name=name)


def read_reference(reference: str) -> str:
    """Return the text that `file:/path` or `env:NAME` leads to.

    For secrets that others chose (a password, a URL).

    Raises `KeyReferenceError`.
    """
    kind, _, place = reference.partition(":")
    match kind:
        case "file":
            return _read_private_file(Path(place), reference)
        case "env" if place:
            value = os.environ.get(place)
            if value is None:
                raise KeyReferenceError(f"{reference}: the environment variable is not set")
            return value.strip()
        case _:
            raise KeyReferenceError("a reference must be file:/path or env:NAME")


def _read(name: str, references: tuple[str, ...]) -> tuple[Key, ...]:
    keys: dict[str, Key] = {}
    for reference in references:
        try:
            for secret in _secrets(read_reference(reference)):
                key = key_of(decode_secret(secret))
                keys.setdefault(key.id, key)
        except KeyReferenceError as error:
            raise KeyReferenceError(f"key {name!r}: {error}") from None
    if not keys:
        raise KeyReferenceError(f"key {name!r}: its references hold no secret")
    return tuple(keys.values())


def _secrets(text: str) -> list[str]:
    lines = (line.strip() for line in text.splitlines())
    return [secret for line in lines if not line.startswith("#") for secret in line.split()]


def _read_private_file(path: Path, reference: str) -> str:
    if not path.is_absolute():
        raise KeyReferenceError(f"{reference}: the path must be absolute")
    try:
        with path.open(encoding="utf-8") as file:
            mode = os.fstat(file.fileno()).st_mode
            if stat.S_IMODE(mode) & 0o077:
                raise KeyReferenceError(
                    f"{reference}: must be readable by its owner alone (chmod 600)"
                )
            return file.read().strip()
    except (OSError, UnicodeDecodeError) as error:
        raise KeyReferenceError(f"{reference}: {type(error).__name__}") from None


def _fingerprint(references: tuple[str, ...]) -> Fingerprint:
    return tuple(
        _file_state(reference) for reference in references if reference.startswith("file:")
    )


def _file_state(reference: str) -> tuple[int, int, int]:
    try:
        # asked with every use of a key, where a Path would cost more than the system call
        found = os.stat(reference.removeprefix("file:"))  # noqa: PTH116
    except OSError:
        return (0, 0, 0)
    return (found.st_ino, found.st_mtime_ns, found.st_size)
