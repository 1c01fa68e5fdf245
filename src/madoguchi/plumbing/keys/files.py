"""Making and rotating key files."""

import os
import secrets
from collections.abc import Iterable
from pathlib import Path

from madoguchi.plumbing.keys.port import SECRET_BYTES, encode_secret


def new_secret() -> str:
    """Return a new secret: 32 random bytes as base64url text."""
    return encode_secret(secrets.token_bytes(SECRET_BYTES))


def create_key_files(directory: Path, names: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """Make a key file for each name that has none yet (directory 0700, files 0600).

    Return the references to all.
    """
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    references: dict[str, tuple[str, ...]] = {}
    for name in names:
        path = directory.resolve() / f"{name}.key"
        if not path.exists():
            _write_privately(path, new_secret() + "\n")
        references[name] = (f"file:{path}",)
    return references


def rotate_key_file(path: Path) -> None:
    """Put a new secret on top of the key file; those below stay accepted."""
    _write_privately(path, f"{new_secret()}\n{path.read_text('utf-8')}")


def _write_privately(path: Path, text: str) -> None:
    """Write in one piece: whoever reads sees the file as it was or as it is now."""
    half = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    descriptor = os.open(half, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        half.replace(path)
    except BaseException:
        half.unlink(missing_ok=True)
        raise
