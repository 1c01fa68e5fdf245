"""Kinds of jobs, what a handler is given, and what it answers."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal

import msgspec

from madoguchi.kernel.entropy import Entropy
from madoguchi.kernel.errors import BrokenInvariant
from madoguchi.plumbing.database import Tx

Record = Callable[[Tx], Awaitable[None]]
"""Writes what came of a job, in the transaction that marks the job."""


class Job(msgspec.Struct, frozen=True):
    """One job under way; `attempts` counts this try too, `claim` is whose it is."""

    institution: str
    kind: str
    key: str
    payload: dict[str, Any]
    attempts: int
    claim: str


@dataclass(frozen=True, slots=True)
class Done:
    """The job is done."""

    record: Record | None = None


@dataclass(frozen=True, slots=True)
class Retry:
    """Nothing happened; to be tried again, after the kind's back-off where `after` is None."""

    reason: str
    after: timedelta | None = None
    record: Record | None = None


@dataclass(frozen=True, slots=True)
class Dead:
    """Nothing happened, and trying again is of no use."""

    reason: str
    record: Record | None = None


@dataclass(frozen=True, slots=True)
class Unknown:
    """It may have happened or not; it must not be tried again without a person's decision."""

    reason: str
    record: Record | None = None


Outcome = Done | Retry | Dead | Unknown
Handler = Callable[[Job], Awaitable[Outcome]]
GivenUp = Callable[[Tx, Job, Literal["dead", "unknown"], str], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Batch:
    """What came of jobs that were handled together: `done`; the others are run each by itself.

    `record` is called in the transaction that marks them, with those that are still the worker's.
    """

    done: Sequence[Job]
    record: Callable[[Tx, Sequence[Job]], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Together:
    """How jobs of a kind are handled many at once: at most `most`; where it raises, each alone."""

    most: int
    handler: Callable[[Sequence[Job]], Awaitable[Batch]]


@dataclass(frozen=True)
class Kind:
    """A kind of job.

    `when_abandoned` says what becomes of a job whose worker vanished or whose handler raised:
    "again" where running it twice does no harm, "unknown" where it must never run twice. `given_up`
    is called in the transaction that marks a job dead or unknown, with the reason. `together` is
    for jobs that may be run again only, since one may be run alone after it was run with others.
    """

    name: str
    handler: Handler
    when_abandoned: Literal["again", "unknown"]
    given_up: GivenUp | None = None
    max_attempts: int = 20
    first_pause: timedelta = timedelta(seconds=10)
    longest_pause: timedelta = timedelta(hours=1)
    lease: timedelta = timedelta(seconds=60)
    together: Together | None = None

    def __post_init__(self) -> None:
        """Check that what is handled together may be run again. Raises `BrokenInvariant`."""
        if self.together and self.when_abandoned != "again":
            raise BrokenInvariant(f"{self.name}: run together, and never to be run twice")


@dataclass(frozen=True)
class Schedule:
    """Something to run every so often, by one worker of all.

    A run missed while none was up is made up for once.
    """

    name: str
    every: timedelta
    action: Callable[[datetime], Awaitable[None]] = field(repr=False)


def back_off(attempts: int, first: timedelta, longest: timedelta, entropy: Entropy) -> timedelta:
    """Return the pause after so many attempts (from 1).

    It doubles each time up to `longest`, and is shortened by chance by up to half.
    """
    doubled = first * (1 << min(attempts - 1, 20))
    return min(doubled, longest) * (entropy.draw(range(500, 1001)) / 1000)
