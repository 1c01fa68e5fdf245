"""What asking for a turn comes to."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Allowed:
    """There was a turn. The numbers are of the tightest bucket: how many are left, until when."""

    limit: int
    remaining: int
    reset_at: datetime


@dataclass(frozen=True, slots=True)
class Limited:
    """No turn is left in the bucket of `what`; one comes in `retry_after_seconds` (at least 1)."""

    what: str
    limit: int
    retry_after_seconds: int
    reset_at: datetime
