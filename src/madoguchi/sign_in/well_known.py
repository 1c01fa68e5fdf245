"""Passwords that everybody tries first (RET-07)."""

import functools
from pathlib import Path

SHORTEST_STEM = 4
"""A shorter beginning says nothing about what digits follow."""


def is_well_known(password: str) -> bool:
    """Tell whether a password is on the list, whatever its case and the digits after it."""
    folded = password.lower()
    whole, stems = _known()
    return folded in whole or folded.rstrip("0123456789") in stems


@functools.cache
def _known() -> tuple[frozenset[str], frozenset[str]]:
    text = Path(__file__).with_name("well_known_passwords.txt").read_text("ascii")
    whole = frozenset(line for line in text.splitlines() if line and not line.startswith("#"))
    stems = {word.rstrip("0123456789") for word in whole}
    return whole, frozenset(stem for stem in stems if len(stem) >= SHORTEST_STEM)
