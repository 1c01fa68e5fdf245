"""Jobs: an outbox in the database, and the workers that empty it (RUN-02).

`enqueue` writes a job in the caller's transaction; a `Worker` in any process claims it, runs its
kind's handler, and records the outcome. A job whose worker was killed is taken over when its lease
runs out: run again where its kind says so, else marked `unknown` and left for people, so that what
must not happen twice never does. An outcome that cannot be recorded because the database is away is
recorded when it is back.
"""

from madoguchi.plumbing.jobs.kinds import (
    Batch,
    Dead,
    Done,
    Job,
    Kind,
    Outcome,
    Retry,
    Schedule,
    Together,
    Unknown,
    back_off,
)
from madoguchi.plumbing.jobs.queue import (
    CHANNEL,
    count_by_state,
    enqueue,
    enqueue_many,
    forget_finished,
)
from madoguchi.plumbing.jobs.worker import Worker

__all__ = [
    "CHANNEL",
    "Batch",
    "Dead",
    "Done",
    "Job",
    "Kind",
    "Outcome",
    "Retry",
    "Schedule",
    "Together",
    "Unknown",
    "Worker",
    "back_off",
    "count_by_state",
    "enqueue",
    "enqueue_many",
    "forget_finished",
]
