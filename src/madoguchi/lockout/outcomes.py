"""What a try, and its result, come to. `until` is None where only a release ends the lock."""

from dataclasses import dataclass
from datetime import datetime

from madoguchi.lockout.rules import Policy


@dataclass(frozen=True, slots=True)
class Allowed:
    """The comparison may be made; give this back with its result. `number` counts from 1."""

    policy: Policy
    institution: str
    subject: str
    number: int
    attempt: int


@dataclass(frozen=True, slots=True)
class Locked:
    """Nothing may be compared: the limit is reached, or would be by the tries under way."""

    until: datetime | None


@dataclass(frozen=True, slots=True)
class StillAllowed:
    """The try was wrong, and `left` more may be."""

    left: int


@dataclass(frozen=True, slots=True)
class NowLocked:
    """Locked, and nobody was told: the one who gets this tells the customer (LOCK-03)."""

    until: datetime | None


@dataclass(frozen=True, slots=True)
class Lock:
    """A lock in force: of what, whose, since when, until when."""

    what: str
    subject: str
    since: datetime
    until: datetime | None
