"""Jobs that run many at once: marked together, alone where that fails, and never lost."""

import asyncio
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

import pytest

from madoguchi.kernel.errors import BrokenInvariant
from madoguchi.plumbing.database import Database, Tx
from madoguchi.plumbing.jobs import (
    Batch,
    Done,
    Job,
    Kind,
    Outcome,
    Retry,
    Together,
    Worker,
    enqueue,
    enqueue_many,
)
from tests.support.clock import SettableClock
from tests.support.entropy import SeededEntropy

pytestmark = pytest.mark.requirement("RUN-02")
BANK = "9901"


class Handler:
    """Does together what is not in `alone`, and counts what was done and recorded how."""

    def __init__(self, *alone: str, most: int = 5) -> None:
        self.left, self.most = alone, most
        self.batches: list[list[str]] = []
        self.alone: Counter[str] = Counter()
        self.recorded: list[list[str]] = []
        self.fails_in = ""
        self.entered = asyncio.Event()
        self.go_on = asyncio.Event()
        self.go_on.set()
        self.outcome: Outcome = Done()

    async def one(self, job: Job) -> Outcome:
        self.entered.set()
        await self.go_on.wait()
        self.alone[job.key] += 1
        return self.outcome

    async def many(self, jobs: Sequence[Job]) -> Batch:
        self.entered.set()
        await self.go_on.wait()
        self.batches.append([job.key for job in jobs])
        if self.fails_in == "handler":
            raise ZeroDivisionError
        return Batch([job for job in jobs if job.key not in self.left], self.record)

    async def record(self, tx: Tx, jobs: Sequence[Job]) -> None:
        assert await tx.value("SELECT 1") == 1
        self.recorded.append(sorted(job.key for job in jobs))
        if self.fails_in == "record":
            raise ZeroDivisionError

    def kind(self) -> Kind:
        return Kind("sample", self.one, "again", together=Together(self.most, self.many))


@pytest.fixture
def new_worker(database: Database, clock: SettableClock) -> Callable[..., Worker]:
    """Make a worker on the test's database; each draws its own claims."""
    seeds = iter(range(1, 100))

    def make(handler: Handler, **more: Any) -> Worker:
        entropy = SeededEntropy(next(seeds))
        kinds = [handler.kind()]
        return Worker(database, clock, entropy, kinds=kinds, poll_seconds=0.05, **more)

    return make


async def put(database: Database, clock: SettableClock, keys: str) -> None:
    async with database.transaction() as tx:
        for key in keys:
            await enqueue(
                tx, institution=BANK, kind="sample", payload={}, key=key, run_at=clock.now()
            )


async def states(database: Database) -> dict[str, str]:
    async with database.transaction() as tx:
        rows = await tx.many(dict, "SELECT key, state FROM jobs_queue ORDER BY key")
    return {row["key"]: row["state"] for row in rows}


async def test_many_are_done_together(
    database: Database, clock: SettableClock, new_worker: Callable[..., Worker]
) -> None:
    """At most so many are handled and recorded at once, each once."""
    handler = Handler(most=5)
    await put(database, clock, "abcdefg")
    worker = new_worker(handler)
    assert [await worker.run_due() for _ in range(3)] == [5, 2, 0]
    assert [len(batch) for batch in handler.batches] == [5, 2]
    assert sorted(key for keys in handler.recorded for key in keys) == list("abcdefg")
    assert not handler.alone
    assert set((await states(database)).values()) == {"done"}


async def test_one_is_no_batch(
    database: Database, clock: SettableClock, new_worker: Callable[..., Worker]
) -> None:
    """A single job is run by the kind's own handler."""
    handler = Handler()
    await put(database, clock, "a")
    await new_worker(handler).run_due()
    assert handler.alone == {"a": 1}
    assert not handler.batches


async def test_what_is_left_runs_alone(
    database: Database, clock: SettableClock, new_worker: Callable[..., Worker]
) -> None:
    """What the batch leaves is run by itself, and its own outcome counts."""
    handler = Handler("b", "d")
    handler.outcome = Retry("not yet", after=timedelta(minutes=5))
    await put(database, clock, "abcd")
    await new_worker(handler, concurrency=1).run_due()
    assert handler.recorded == [["a", "c"]]
    assert handler.alone == {"b": 1, "d": 1}
    expected = {"a": "done", "b": "waiting", "c": "done", "d": "waiting"}
    assert await states(database) == expected


@pytest.mark.parametrize("fails_in", ["handler", "record"])
async def test_where_it_fails_each_runs_alone(
    database: Database, clock: SettableClock, new_worker: Callable[..., Worker], fails_in: str
) -> None:
    """A fault of the batch is nobody's fate: nothing of it is kept, and each is run by itself."""
    handler = Handler()
    handler.fails_in = fails_in
    await put(database, clock, "abc")
    await new_worker(handler).run_due()
    assert handler.alone == {"a": 1, "b": 1, "c": 1}
    assert set((await states(database)).values()) == {"done"}


async def test_what_was_taken_over_is_not_recorded(
    database: Database, clock: SettableClock, new_worker: Callable[..., Worker]
) -> None:
    """Of jobs that another worker has begun anew in the meantime nothing is recorded."""
    slow, other = Handler(), Handler()
    slow.go_on.clear()
    await put(database, clock, "abc")
    running = asyncio.create_task(new_worker(slow).run_due())
    await slow.entered.wait()
    async with database.transaction() as tx:
        await tx.execute(
            "UPDATE jobs_queue SET state = 'waiting', claim = '' WHERE key IN ('a', 'b')"
        )
    await new_worker(other).run_due()
    slow.go_on.set()
    await running
    assert other.recorded == [["a", "b"]]
    assert slow.recorded == [["c"]]
    assert set((await states(database)).values()) == {"done"}


async def test_what_has_not_begun_is_given_back(
    database: Database, clock: SettableClock, new_worker: Callable[..., Worker]
) -> None:
    """A worker that stops leaves what waits for its turn to others at once."""
    handler = Handler(*"abcde")
    worker = new_worker(handler, concurrency=1)
    await put(database, clock, "abcde")

    async def stop_in_the_first(_job: Job) -> Outcome:
        worker.stop()
        return await handler.one(_job)

    kind = Kind("sample", stop_in_the_first, "again", together=Together(5, handler.many))
    worker._kinds = {"sample": kind}
    await asyncio.wait_for(worker.run(grace_seconds=5), 10)
    assert sum(handler.alone.values()) == 1
    assert sorted((await states(database)).values()) == ["done", *["waiting"] * 4]


async def test_what_is_left_keeps_nobody_waiting(
    database: Database, clock: SettableClock, new_worker: Callable[..., Worker]
) -> None:
    """While what is left of a batch hangs, jobs of another kind run, and no more are claimed."""
    handler, other = Handler(*"abcdefgh"), Handler()
    slow = Handler(*"abcdefgh")
    slow.go_on.clear()
    kinds = [
        Kind("sample", slow.one, "again", together=Together(4, handler.many)),
        Kind("other", other.one, "again"),
    ]
    worker = new_worker(handler, concurrency=2)
    worker._kinds = {kind.name: kind for kind in kinds}
    await put(database, clock, "abcdefgh")
    running = asyncio.create_task(worker.run(grace_seconds=5))
    await asyncio.wait_for(slow.entered.wait(), 5)
    async with database.transaction() as tx:
        await enqueue(tx, institution=BANK, kind="other", payload={}, key="x", run_at=clock.now())
    await asyncio.wait_for(other.entered.wait(), 5)
    assert (await states(database))["x"] != "waiting"
    assert len(handler.batches) <= 2
    slow.go_on.set()
    for _ in range(200):
        if set((await states(database)).values()) == {"done"}:
            break
        await asyncio.sleep(0.05)
    worker.stop()
    await asyncio.wait_for(running, 10)
    assert slow.alone == Counter("abcdefgh")
    assert set((await states(database)).values()) == {"done"}


async def test_two_workers_share_them(
    database: Database, clock: SettableClock, new_worker: Callable[..., Worker]
) -> None:
    """Two workers at once run each job once."""
    handlers = [Handler(most=3), Handler(most=3)]
    await put(database, clock, "abcdefghijklmnop")
    workers = [new_worker(handler) for handler in handlers]
    while any(await asyncio.gather(*(worker.run_due() for worker in workers))):
        pass
    batches = [*handlers[0].batches, *handlers[1].batches]
    every = [*(key for batch in batches for key in batch), *handlers[0].alone, *handlers[1].alone]
    assert sorted(every) == list("abcdefghijklmnop")


def test_only_what_may_run_again() -> None:
    """What must never run twice cannot be run together."""
    handler = Handler()
    with pytest.raises(BrokenInvariant):
        Kind("sample", handler.one, "unknown", together=Together(5, handler.many))


async def test_enqueue_many(database: Database, clock: SettableClock) -> None:
    """Many are put in at once, each key once, with what it was given."""
    await put(database, clock, "b")
    async with database.transaction() as tx:
        await enqueue_many(
            tx, institution=BANK, kind="sample", payloads={k: {"of": k} for k in "abc"},
            run_at=clock.now(),
        )  # fmt: skip
        await enqueue_many(tx, institution=BANK, kind="sample", payloads={}, run_at=clock.now())
        rows = await tx.many(dict, "SELECT key, payload FROM jobs_queue ORDER BY key")
    payloads = [(row["key"], row["payload"]) for row in rows]
    assert payloads == [("a", {"of": "a"}), ("b", {}), ("c", {"of": "c"})]
