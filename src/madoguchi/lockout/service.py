"""Counting tries before they are compared, and locking at the limit (LOCK-01, LINK-15 to LINK-17).

Exact however many processes try at once: every decision is one statement on one row.
"""

from datetime import UTC, datetime, timedelta

from madoguchi.kernel.clock import japan_day
from madoguchi.lockout import store
from madoguchi.lockout.outcomes import Allowed, Lock, Locked, NowLocked, StillAllowed
from madoguchi.lockout.rules import NO_DAY, UNJUDGED_FOR, Policy, told
from madoguchi.plumbing.database import Database, Tx

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MOST_LISTED = 1000


async def attempt(
    database: Database, policy: Policy, institution: str, subject: str, now: datetime
) -> Allowed | Locked:
    """Count a try before its comparison; where it is `Locked`, nothing may be compared.

    Commits by itself, so that the count survives whatever becomes of the request. Call it before
    anything of the same secret is written in the request's own transaction.
    """
    async with database.transaction() as tx:
        counted_on, until = policy.counted_on(now), policy.locked_until(now)
        key = (institution, policy.what, subject)
        await tx.execute(store.DROP_WHAT_IS_OVER, *key, now, counted_on)
        counted = await tx.maybe(
            store.CountedAttempt,
            store.COUNT,
            *(*key, counted_on, _microseconds(now), policy.limit, until, now),
        )
        if counted is not None:
            return Allowed(policy, institution, subject, counted.number, counted.attempt)
        await tx.execute(store.LOCK_AT_A_LOWER_LIMIT, *key, until, now, policy.limit)
        return await is_locked(tx, policy, institution, subject, now) or Locked(told(until))


async def succeeded(tx: Tx, allowed: Allowed) -> None:
    """Take back the count of a try whose comparison was right; earlier wrong ones stay counted."""
    await tx.execute(store.TAKE_BACK, *_key(allowed), allowed.attempt)


async def failed(tx: Tx, allowed: Allowed, now: datetime) -> StillAllowed | NowLocked:
    """Confirm that the comparison of a try was wrong.

    `NowLocked` comes once for each lock: whoever gets it tells the customer in the same
    transaction.
    """
    limit = allowed.policy.limit
    confirmed = await tx.maybe(
        store.ConfirmedFailure,
        store.CONFIRM,
        *(*_key(allowed), allowed.attempt, now, limit, _microseconds(now - UNJUDGED_FOR)),
    )
    if confirmed is None:
        return StillAllowed(limit)
    if confirmed.tells and confirmed.locked_until is not None:
        return NowLocked(told(confirmed.locked_until))
    return StillAllowed(confirmed.left_over)


async def claim_telling(
    tx: Tx, policy: Policy, institution: str, subject: str, now: datetime
) -> NowLocked | None:
    """Return `NowLocked` where a lock is in force of which nobody was told, because of a crash.

    To be asked after `Locked`; answers so once, and not while a try may still turn out right.
    """
    until: datetime | None = await tx.value(
        store.CLAIM_TELLING,
        *(institution, policy.what, subject, now, _microseconds(now - UNJUDGED_FOR)),
    )
    return None if until is None else NowLocked(told(until))


async def is_locked(
    tx: Tx, policy: Policy, institution: str, subject: str, now: datetime
) -> Locked | None:
    """Return the lock in force, or None; counts nothing."""
    until: datetime | None = await tx.value(
        store.LOCKED_UNTIL, institution, policy.what, subject, now
    )
    return None if until is None else Locked(told(until))


async def list_locks(
    tx: Tx, institution: str, now: datetime, *, what: str | None = None
) -> list[Lock]:
    """Return the institution's locks in force, the newest first, 1,000 at most."""
    rows = await tx.many(store.StoredLock, store.LOCKS, institution, now, what, MOST_LISTED)
    return [Lock(row.what, row.subject, row.since, told(row.locked_until)) for row in rows]


async def release(tx: Tx, institution: str, what: str, subject: str, now: datetime) -> bool:
    """Forget the count of a secret; return whether it was locked."""
    return bool(await tx.value(store.RELEASE, institution, what, subject, now))


async def purge(tx: Tx, now: datetime) -> int:
    """Delete what no longer decides anything, of every institution; return how many rows."""
    return await tx.execute(store.PURGE, now, NO_DAY, japan_day(now) - timedelta(days=1))


def _key(allowed: Allowed) -> tuple[str, str, str]:
    return allowed.institution, allowed.policy.what, allowed.subject


def _microseconds(at: datetime) -> int:
    return (at - EPOCH) // timedelta(microseconds=1)
