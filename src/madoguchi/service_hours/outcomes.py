"""Answers to "is it open", and what entering a stoppage can come to."""

from dataclasses import dataclass
from datetime import datetime

from madoguchi.institutions import Text


@dataclass(frozen=True, slots=True)
class Open:
    """The service is open, until then (None: no end is in sight)."""

    until: datetime | None


@dataclass(frozen=True, slots=True)
class Closed:
    """The service is closed; it opens then (None: nobody knows yet).

    `text` is what staff want people to read; None where the ordinary hours close the service.
    """

    opens_at: datetime | None
    text: Text | None = None


@dataclass(frozen=True, slots=True)
class NoSuchStoppage:
    """There is no such stoppage, or it is over already."""


@dataclass(frozen=True, slots=True)
class EmptyStoppage:
    """The stoppage would stop nothing: no service, or it ends before it begins, or before now."""
