"""Taking a turn, in a statement by itself: busy rows are not held for long."""

from collections.abc import Sequence
from datetime import datetime

from madoguchi.plumbing.database import Database, Tx
from madoguchi.rate_limits import store
from madoguchi.rate_limits.outcomes import Allowed, Limited
from madoguchi.rate_limits.rules import Bucket, tightest


async def take(
    database: Database, institution: str, buckets: Sequence[Bucket], now: datetime
) -> Allowed | Limited:
    """Take a turn from every one of `buckets` (at least one, all different), in one statement.

    A turn that is refused counts too, in the buckets that had one left as in those that had none.
    """
    async with database.statements() as tx:
        turns = await tx.many(
            store.Turn,
            store.TAKE,
            institution,
            [bucket.what for bucket in buckets],
            [bucket.who for bucket in buckets],
            [bucket.ends_at(now) for bucket in buckets],
            now,
        )
    taken = {(turn.what, turn.who): turn for turn in turns}
    return tightest([_judged(bucket, taken[bucket.what, bucket.who], now) for bucket in buckets])


async def give_back(
    database: Database, institution: str, buckets: Sequence[Bucket], now: datetime
) -> None:
    """Return a turn taken from every one of `buckets`: what limits failures counts no success."""
    async with database.statements() as tx:
        await tx.execute(
            store.GIVE_BACK,
            institution,
            [bucket.what for bucket in buckets],
            [bucket.who for bucket in buckets],
            now,
        )


async def purge(tx: Tx, now: datetime) -> int:
    """Delete the windows that have ended, of every institution; return how many."""
    return await tx.execute(store.PURGE, now)


def _judged(bucket: Bucket, turn: store.Turn, now: datetime) -> Allowed | Limited:
    return bucket.judged(turn.used, turn.ends_at, now)
