"""What an outcome makes of a job."""

from datetime import datetime
from typing import Literal, assert_never

from madoguchi.kernel.entropy import Entropy
from madoguchi.plumbing.database import Tx
from madoguchi.plumbing.jobs import store
from madoguchi.plumbing.jobs.kinds import (
    Batch,
    Dead,
    Done,
    Job,
    Kind,
    Outcome,
    Record,
    Retry,
    Unknown,
    back_off,
)

Fate = tuple[Literal["done", "dead", "unknown", "waiting"], str, datetime | None]


async def settle(
    tx: Tx, kind: Kind, job: Job, outcome: Outcome, now: datetime, entropy: Entropy
) -> str:
    """Mark the job, let the outcome and the kind record what is theirs; return its new state.

    Where the job was taken over and begun anew by another, nothing is recorded: "lost".
    """
    return await _settle(
        tx, kind, job, _fate(kind, job, outcome, now, entropy), outcome.record, now
    )


async def settle_many(tx: Tx, kind: Kind, batch: Batch, now: datetime) -> None:
    """Mark what a batch has done, and let it record what is its own; not where others took over."""
    places = [(job.institution, job.key) for job in batch.done]
    columns = ([place[0] for place in places], [place[1] for place in places])
    claims = [job.claim for job in batch.done]
    rows = await tx.many(dict, store.FINISH_MANY, kind.name, *columns, claims, now)
    marked = {(row["institution"], row["key"]) for row in rows}
    jobs = zip(places, batch.done, strict=True)
    await batch.record(tx, [job for place, job in jobs if place in marked])


async def settle_abandoned(tx: Tx, kind: Kind, job: Job, now: datetime, entropy: Entropy) -> str:
    """Mark a job whose lease ran out, as its kind says; return its new state.

    The claim stays: should its worker be alive after all, what it reports still counts as long as
    nobody has begun the job anew.
    """
    reason = "its worker vanished"
    outcome = Retry(reason) if kind.when_abandoned == "again" else Unknown(reason)
    fate = _fate(kind, job, outcome, now, entropy)
    return await _settle(tx, kind, job, fate, None, now, keep_claim=True)


async def _settle(
    tx: Tx, kind: Kind, job: Job, fate: Fate, record: Record | None, now: datetime,
    *, keep_claim: bool = False,
) -> str:  # fmt: skip
    state, reason, run_at = fate
    finished_at = None if state == "waiting" else now
    place = (job.institution, job.kind, job.key, job.claim)
    if not await tx.execute(store.FINISH, *place, state, reason, run_at, finished_at, keep_claim):
        return "lost"
    if record:
        await record(tx)
    if kind.given_up and state in ("dead", "unknown"):
        await kind.given_up(tx, job, state, reason)
    return state


def _fate(kind: Kind, job: Job, outcome: Outcome, now: datetime, entropy: Entropy) -> Fate:
    """Return the job's new state, the reason, and when it runs next."""
    match outcome:
        case Done():
            return "done", "", None
        case Dead(reason):
            return "dead", reason, None
        case Unknown(reason):
            return "unknown", reason, None
        case Retry(reason, after):
            if job.attempts >= kind.max_attempts:
                return "dead", reason, None
            pause = after or back_off(job.attempts, kind.first_pause, kind.longest_pause, entropy)
            return "waiting", reason, now + pause
        case _:
            assert_never(outcome)
