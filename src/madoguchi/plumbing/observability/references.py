"""Reference numbers: what people read out to the help desk, and staff find in the logs."""

import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from madoguchi.kernel.entropy import Entropy

ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's base 32 without 0 and 1: nobody has to ask whether it was an O or an I."""
GROUPS = 3
GROUP_LENGTH = 3

_current: ContextVar[str] = ContextVar("reference", default="")


def new_reference(entropy: Entropy) -> str:
    """Return a new reference number such as `K7M-29Q-X4T` (44 bits)."""
    groups = ("".join(entropy.draw(ALPHABET) for _ in range(GROUP_LENGTH)) for _ in range(GROUPS))
    return "-".join(groups)


def parse_reference(typed: str) -> str | None:
    """Return the reference number that somebody typed (any width, case, separators), or None."""
    plain = unicodedata.normalize("NFKC", typed).upper()
    signs = [sign for sign in plain if sign.isalnum()]
    if len(signs) != GROUPS * GROUP_LENGTH or not set(signs) <= set(ALPHABET):
        return None
    starts = range(0, len(signs), GROUP_LENGTH)
    return "-".join("".join(signs[start : start + GROUP_LENGTH]) for start in starts)


def current_reference() -> str:
    """Return the reference number of the request or job under way, or an empty text."""
    return _current.get()


@contextmanager
def under_reference(reference: str) -> Iterator[None]:
    """Have everything in the block, and tasks started there, log under `reference`."""
    token = _current.set(reference)
    try:
        yield
    finally:
        _current.reset(token)
