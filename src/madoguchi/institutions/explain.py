"""What is wrong with a document, key by key, in words (INST-01). Pure.

msgspec stops at the first error and does not say which element of a list it is in; people who write
settings want all of them, each with its place.
"""

import difflib
import typing
from collections.abc import Iterator
from datetime import date
from typing import Any, Literal

import msgspec

from madoguchi.institutions.forms import IN_WORDS

WORDS = {
    str: "a text",
    int: "a whole number",
    bool: "true or false",
    date: "a date, such as 2027-04-01",
}
SHOWN_LENGTH = 60


def faults(value: object, hint: Any, key: str = "") -> list[tuple[str, str]]:
    """Return each fault of `value` as (dotted key, what was expected); none if it fits `hint`."""
    found = list(_inside(value, hint, key))
    if not found:
        try:
            msgspec.convert(value, hint)
        except msgspec.ValidationError:
            found.append((key, f"expected {expectation(hint)}, found {_shown(value)}"))
    return found


def expectation(hint: Any) -> str:
    """Return in words what a value of the type `hint` looks like."""
    base, meta = _bare(hint)
    if meta is not None and meta.pattern is not None:
        longest = f", at most {meta.max_length} characters" if meta.max_length else ""
        return IN_WORDS[meta.pattern] + longest
    if typing.get_origin(base) is Literal:
        return "one of " + ", ".join(f'"{choice}"' for choice in typing.get_args(base))
    if typing.get_origin(base) is tuple:
        least = f" of at least {meta.min_length}" if meta is not None and meta.min_length else ""
        return f"a list{least}, each {expectation(typing.get_args(base)[0])}"
    if _is_struct(base):
        return "a table with " + ", ".join(field.name for field in msgspec.structs.fields(base))
    return WORDS[base] + _range(meta)


def _inside(value: object, hint: Any, key: str) -> Iterator[tuple[str, str]]:
    base, _ = _bare(hint)
    if _is_struct(base) and isinstance(value, dict):
        yield from _in_table(value, base, f"{key}." if key else "")
    elif typing.get_origin(base) is tuple and isinstance(value, list):
        for place, element in enumerate(value):
            yield from faults(element, typing.get_args(base)[0], f"{key}[{place}]")


def _in_table(table: dict[str, object], kind: Any, prefix: str) -> Iterator[tuple[str, str]]:
    hints = typing.get_type_hints(kind, include_extras=True)
    for field in msgspec.structs.fields(kind):
        if field.name in table:
            yield from faults(table[field.name], hints[field.name], prefix + field.name)
        elif field.required:
            yield prefix + field.name, f"missing; expected {expectation(hints[field.name])}"
    known = [field.name for field in msgspec.structs.fields(kind)]
    for name in table:
        if name not in known:
            close = difflib.get_close_matches(name, known, n=1)
            advice = (
                f'did you mean "{close[0]}"?' if close else "expected one of " + ", ".join(known)
            )
            yield prefix + name, f"unknown key; {advice}"


def _bare(hint: Any) -> tuple[Any, msgspec.Meta | None]:
    if typing.get_origin(hint) is not typing.Annotated:
        return hint, None
    base, *extras = typing.get_args(hint)
    return base, next((extra for extra in extras if isinstance(extra, msgspec.Meta)), None)


def _is_struct(base: Any) -> bool:
    return isinstance(base, type) and issubclass(base, msgspec.Struct)


def _range(meta: msgspec.Meta | None) -> str:
    if meta is None:
        return ""
    highest = meta.le if meta.lt is None else meta.lt - 1
    return f" from {meta.ge} to {highest}"


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= SHOWN_LENGTH else text[:SHOWN_LENGTH] + "…"
