"""Putting jobs into the queue, and looking after it."""

from collections.abc import Mapping
from datetime import datetime

import msgspec

from madoguchi.plumbing.database import Tx
from madoguchi.plumbing.jobs import store

CHANNEL = "madoguchi_jobs"


class JobCount(msgspec.Struct, frozen=True):
    """How many jobs of a kind are in a state."""

    kind: str
    state: str
    jobs: int


async def enqueue(
    tx: Tx,
    *,
    institution: str,
    kind: str,
    payload: Mapping[str, object],
    key: str,
    run_at: datetime,
) -> bool:
    """Have the job run at `run_at` or soon after, if `tx` commits; False where `key` is queued.

    `payload` must hold neither secrets nor personal data: it is stored as it stands.
    """
    return bool(await tx.value(store.ENQUEUE, institution, kind, key, dict(payload), run_at))


async def enqueue_many(
    tx: Tx,
    *,
    institution: str,
    kind: str,
    payloads: Mapping[str, Mapping[str, object]],
    run_at: datetime,
) -> None:
    """Do as `enqueue` for a job under each key of `payloads`, in one statement."""
    bodies = [dict(payload) for payload in payloads.values()]
    await tx.value(store.ENQUEUE_MANY, institution, kind, list(payloads), bodies, run_at)


async def forget_finished(tx: Tx, before: datetime) -> int:
    """Delete jobs that were done before `before`; return how many.

    Their keys may then be used again.
    """
    return await tx.execute(store.FORGET, before)


async def count_by_state(tx: Tx, institution: str) -> list[JobCount]:
    """Return how many jobs of each kind are in each state, for staff and readiness."""
    return await tx.many(JobCount, store.COUNT, institution)
