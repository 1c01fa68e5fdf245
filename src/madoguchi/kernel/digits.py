"""Digits as people type them, brought into the form that a bank works with (LINK-05, LINK-10)."""

import unicodedata
from datetime import date

HYPHENS = frozenset("-‐‑‒–—―−ー－ｰ﹣⁃˗")
"""Whatever a Japanese keyboard or a paste makes of a hyphen, long-vowel marks included."""


def normal_digits(typed: str) -> str | None:
    """Return the digits of `typed` in ASCII; None where there is more in it than digits.

    Spaces and hyphens are left out, full-width digits become half-width. The result is empty where
    there is no digit.
    """
    kept = [char for char in typed if not char.isspace() and char not in HYPHENS]
    folded = "".join(
        unicodedata.normalize("NFKC", char) if char in _FULL_WIDTH else char for char in kept
    )
    return folded if all(char in _ASCII for char in folded) else None


def only_digits(text: str) -> str:
    """Return the ASCII digits in `text`, in order, whatever stands between them."""
    return "".join(char for char in text if char in _ASCII)


def zero_padded(typed: str, width: int) -> str | None:
    """Return `typed` as exactly `width` ASCII digits, zeros added on the left.

    None where it is empty, too long, or holds anything but digits, spaces and hyphens.
    """
    digits = normal_digits(typed)
    return digits.zfill(width) if digits and len(digits) <= width else None


def date_of(year: str, month: str, day: str) -> date | None:
    """Return the date whose parts were typed or chosen apart; None where there is no such day."""
    parts = [normal_digits(part) for part in (year, month, day)]
    if any(not part or len(part) > 4 for part in parts):
        return None
    try:
        return date(*(int(part or "") for part in parts))
    except ValueError:
        return None


_ASCII = frozenset("0123456789")
_FULL_WIDTH = frozenset("０１２３４５６７８９")
