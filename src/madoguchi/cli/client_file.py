"""A client's registration as staff write it down: a TOML file (`docs/operations/commands.md`)."""

import json
import tomllib
from pathlib import Path
from typing import Any

import msgspec

from madoguchi.cli.desk import Refused
from madoguchi.clients import InvalidRegistration, Registration


class ClientFile(Registration, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The keys of the file: the client's id, and what is registered."""

    id: str


def read_client(path: Path) -> tuple[str, Registration]:
    """Return the client's id and its registration, or end the command with what is wrong."""
    try:
        document = tomllib.loads(path.read_text("utf-8"))
        file = msgspec.convert(document, ClientFile)
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, msgspec.ValidationError) as error:
        raise Refused(f"{path}: {error}") from None
    if unknown := _unknown(document, msgspec.to_builtins(file)):
        raise Refused(f"{path}: {unknown}: no such key")
    fields = {name: getattr(file, name) for name in Registration.__struct_fields__}
    return file.id, Registration(**fields)


def read_jwks(path: Path) -> dict[str, Any]:
    """Return the JWK set in a JSON file, or end the command with what is wrong."""
    try:
        found = json.loads(path.read_text("utf-8"))
    except ValueError as error:
        raise Refused(f"{path}: no JSON: {error}") from None
    if not isinstance(found, dict):
        raise Refused(f'{path}: no JWK set, such as {{"keys": [...]}}')
    return found


def told(source: object, invalid: InvalidRegistration) -> str:
    """Return one line for each thing that is wrong."""
    return "\n".join(
        f"{source}: {each.field}: {each.code.replace('_', ' ')} {each.value}".rstrip()
        for each in invalid.errors
    )


def _unknown(written: object, read: object, place: str = "") -> str:
    """Return the first key that was written and not read: misspelt, it would do nothing."""
    if isinstance(written, dict) and isinstance(read, dict):
        pairs = [(f"{place}.{key}", value, read.get(key)) for key, value in written.items()]
        missing = [f"{place}.{key}".lstrip(".") for key in written if key not in read]
        if missing:
            return missing[0]
    elif isinstance(written, list) and isinstance(read, list | tuple):
        pairs = [(place, *both) for both in zip(written, read, strict=False)]
    else:
        return ""
    return next((found for at, one, other in pairs if (found := _unknown(one, other, at))), "")
