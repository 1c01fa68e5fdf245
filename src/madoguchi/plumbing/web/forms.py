"""Forms: frozen dataclasses whose fields say how what people type is read.

A field is declared with `typed(reader)`. A reader takes the stripped text, rid of what nobody sees,
and returns the normalised text, or `Invalid`. A form may have a method
`problems(self) -> tuple[FieldError, ...]` for what concerns several fields.
"""

import dataclasses
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar
from urllib.parse import parse_qsl

from madoguchi.kernel.journey import FieldError

F = TypeVar("F")
LONGEST_TEXT = 500
SEVERAL = "[]"
"""How the name of boxes ends of which several may be ticked."""
UNSEEN = dict.fromkeys(
    map(ord, "\u200b\u200e\u200f\u202a\u202b\u202c\u202d\u2060\u2066\u2067\u2068\u2069\ufeff")
)
"""Marks that a number pasted from an address book brings along, and that nobody sees to delete.

U+202E is not among them: under it digits stand in another order than they are read in.
"""


@dataclass(frozen=True, slots=True)
class Invalid:
    """Why a text cannot be read: `code` ends a catalogue key, `values` fill its placeholders."""

    code: str
    values: Mapping[str, str] = field(default_factory=dict)


Reader = Callable[[str], "str | Invalid"]


@dataclass(frozen=True, slots=True)
class EmptyForm:
    """The form of a screen that has only buttons."""


def typed(reader: Reader, *, required: bool = True, secret: bool = False) -> Any:
    """Declare a form field: how it is read, if it is required, if it is never shown again."""
    return field(default="", metadata={"reader": reader, "required": required, "secret": secret})


def parse_body(body: bytes) -> dict[str, str] | None:
    """Return the fields of an `application/x-www-form-urlencoded` body; None where it is malformed.

    Of a name that stands twice, the last one counts: a hidden default may stand before a box. But
    all of a name with `[]` at its end count, and become one field without it, one value a line.
    """
    try:
        pairs = parse_qsl(
            body.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=200
        )
    except (UnicodeDecodeError, ValueError):
        return None
    fields: dict[str, str] = {}
    several: dict[str, list[str]] = {}
    for name, value in pairs:
        if name.endswith(SEVERAL):
            several.setdefault(name.removesuffix(SEVERAL), []).append(value)
        else:
            fields[name] = value
    # what is sent as one value is not lengthened by boxes of the same name
    return {name: "\n".join(values) for name, values in several.items()} | fields


def parse_form(kind: type[F], data: Mapping[str, str]) -> F | tuple[FieldError, ...]:
    """Read `data` as a form of type `kind`, or return what is wrong, in the order of the fields."""
    values: dict[str, str] = {}
    errors: list[FieldError] = []
    for declared in dataclasses.fields(kind):  # type: ignore[arg-type] # F is a dataclass
        outcome = _read(declared, data.get(declared.name, ""))
        if isinstance(outcome, FieldError):
            errors.append(outcome)
        else:
            values[declared.name] = outcome
    if errors:
        return tuple(errors)
    form = kind(**values)
    problems: Callable[[], tuple[FieldError, ...]] | None = getattr(form, "problems", None)
    found = problems() if problems else ()
    return found or form


def draft_of(kind: type[Any], data: Mapping[str, str]) -> dict[str, str]:
    """Return what may be shown again of what was typed: all declared fields but secret ones."""
    return {
        declared.name: data[declared.name][:LONGEST_TEXT]
        for declared in dataclasses.fields(kind)
        if declared.name in data and not declared.metadata["secret"]
    }


def _read(declared: "dataclasses.Field[Any]", text: str) -> str | FieldError:
    text = text.translate(UNSEEN).strip()
    if not text:
        return FieldError(declared.name, "required") if declared.metadata["required"] else ""
    if len(text) > LONGEST_TEXT:
        return FieldError(declared.name, "too-long", {"most": str(LONGEST_TEXT)})
    outcome = declared.metadata["reader"](text)
    if isinstance(outcome, Invalid):
        return FieldError(declared.name, outcome.code, outcome.values)
    return str(outcome)
