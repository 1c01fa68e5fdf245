"""The safety net under the jobs: what is overdue gets one more, so that none hangs on one row."""

from datetime import datetime, timedelta

from madoguchi.kernel.clock import japan_day
from madoguchi.plumbing.jobs import Schedule, enqueue
from madoguchi.transfers import store
from madoguchi.transfers.ports import TransfersPorts
from madoguchi.transfers.rules import REVIEW_DAYS

KIND = "transfer"
LOOK_EVERY = timedelta(minutes=1)
OVERDUE_AFTER = timedelta(minutes=2)
TRY_EVERY_SECONDS = 300
MOST_AT_ONCE = 500


class Rescue:
    """Finds transfers that are not final though their time has come."""

    def __init__(self, ports: TransfersPorts) -> None:
        self._ports = ports

    def schedule(self) -> Schedule:
        """Return the schedule for the worker."""
        return Schedule("transfers-overdue", LOOK_EVERY, self.look)

    async def look(self, now: datetime) -> None:
        """Enqueue a single try for each that is overdue, at most one in five minutes.

        Its own job, where it lives, goes on; trying beside it does no harm.
        """
        period = int(now.timestamp()) // TRY_EVERY_SECONDS
        unreviewed = japan_day(now) - timedelta(days=REVIEW_DAYS)
        async with self._ports.database.transaction() as tx:
            overdue = await tx.many(
                store.Overdue, store.OVERDUE, now - OVERDUE_AFTER, unreviewed, MOST_AT_ONCE
            )
            for each in overdue:
                await enqueue(
                    tx, institution=each.institution, kind=KIND, key=f"{each.id}:{period}",
                    payload={"transfer": each.id, "single_try": True}, run_at=now,
                )  # fmt: skip
