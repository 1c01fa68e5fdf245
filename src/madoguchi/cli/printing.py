"""How the staff's commands print: tables for people, JSON for programs; Japan time in both."""

import unicodedata
from collections.abc import Mapping, Sequence
from datetime import datetime

import msgspec

from madoguchi.kernel.clock import in_japan
from madoguchi.operations_log import harmless

SHOWN_DIGITS = 3


def japan_time(at: datetime | None) -> str | None:
    """Return `2026-11-20T09:00:00+09:00`; None where there is no time."""
    return None if at is None else in_japan(at).isoformat(timespec="seconds")


def account_name(branch_code: str, kind: str, number: str, *, reveal: bool) -> str:
    """Return `001-ordinary-0000123`, or with all but the last three digits hidden."""
    hidden = "*" * (len(number) - SHOWN_DIGITS)
    return f"{branch_code}-{kind}-{number if reveal else hidden + number[-SHOWN_DIGITS:]}"


def listed(rows: Sequence[Mapping[str, object]], *, as_json: bool) -> str:
    """Return rows of the same columns as a JSON array, or as a table with a line of headings."""
    if as_json:
        return printed_json(list(rows))
    if not rows:
        return "none"
    heading = [name.upper() for name in rows[0]]
    lines = [heading, *([_cell(value) for value in row.values()] for row in rows)]
    widths = [max(_width(cell) for cell in column) for column in zip(*lines, strict=True)]
    return "\n".join(_line(line, widths) for line in lines)


def printed_json(value: object) -> str:
    """Return the value as indented JSON."""
    return msgspec.json.format(msgspec.json.encode(value), indent=2).decode()


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    padded = (
        cell + " " * (width - _width(cell)) for cell, width in zip(cells, widths, strict=True)
    )
    return "  ".join(padded).rstrip()


def _cell(value: object) -> str:
    if value is None or value in ("", [], ()):
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    text = " ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)
    return harmless(text)


def _width(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(sign) in "WF" else 1 for sign in text)
