"""The CSV file of a statement: UTF-8 with a byte order mark, RFC 4180, harmless in spreadsheets."""

import csv
import io
from collections.abc import Sequence

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
"""What makes a spreadsheet take a cell for a formula; some take full-width signs for the others."""


def write(head: Sequence[str], rows: Sequence[Sequence[str | int]]) -> bytes:
    """Return the file. Numbers stand plain; a text that begins like a formula gets a `'` before."""
    file = io.StringIO(newline="")
    writer = csv.writer(file, lineterminator="\r\n")
    writer.writerow([harmless_cell(cell) for cell in head])
    for row in rows:
        writer.writerow([cell if isinstance(cell, int) else harmless_cell(cell) for cell in row])
    return file.getvalue().encode("utf-8-sig")


def harmless_cell(text: str) -> str:
    """Return `text`, with `'` before it where a spreadsheet would calculate it."""
    return f"'{text}" if text.lstrip(" ").startswith(FORMULA_STARTS) else text
