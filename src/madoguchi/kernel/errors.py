"""Base of the faults: what raises and rolls back. Expected refusals are returned, never raised."""

from typing import TypeVar

T = TypeVar("T")


class Fault(Exception):
    """Something that should not have happened. Its text is for the log, never for a person."""


class BrokenInvariant(Fault):
    """A condition that the program's own logic guarantees does not hold."""


def must(value: T | None, what: str = "a value that this step relies on") -> T:
    """Return `value`, or raise `BrokenInvariant` where it is None or False.

    Used instead of `assert`, which `python -O` strips.
    """
    if value is None or value is False:
        raise BrokenInvariant(f"missing: {what}")
    return value
