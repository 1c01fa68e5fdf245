"""Jobs: claimed once, retried, taken over, and never lost where the database goes away."""

import asyncio
import contextlib
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from structlog.testing import capture_logs

from madoguchi.plumbing.database import Database, DatabaseUnavailable, Tx
from madoguchi.plumbing.jobs import (
    Dead,
    Done,
    Job,
    Kind,
    Outcome,
    Retry,
    Schedule,
    Unknown,
    Worker,
    back_off,
    enqueue,
    forget_finished,
)
from madoguchi.plumbing.jobs import worker as worker_module
from tests.support.clock import SettableClock
from tests.support.entropy import SeededEntropy

pytestmark = pytest.mark.requirement("RUN-02")


class Handler:
    """Counts its calls per key and answers what it is told to."""

    def __init__(self, answer: Callable[[Job], Awaitable[Outcome]] | Outcome | None = None) -> None:
        self.calls: Counter[str] = Counter()
        self.answer = answer or Done()
        self.given_up: list[tuple[str, str, str]] = []

    async def __call__(self, job: Job) -> Outcome:
        self.calls[job.key] += 1
        return await self.answer(job) if callable(self.answer) else self.answer

    async def give_up(self, tx: Tx, job: Job, state: str, reason: str) -> None:
        self.given_up.append((job.key, state, reason))

    def kind(self, when_abandoned: Any = "again", **more: Any) -> Kind:
        return Kind("sample", self, when_abandoned, given_up=self.give_up, **more)


@pytest.fixture
def new_worker(
    database: Database, clock: SettableClock, entropy: SeededEntropy
) -> Callable[..., Worker]:
    """Make a worker on the test's database; each draws its own claims."""
    seeds = iter(range(1, 100))

    def make(kind: Kind, **more: Any) -> Worker:
        own = SeededEntropy(next(seeds))
        return Worker(database, clock, own, kinds=[kind], poll_seconds=0.05, **more)

    return make


@contextlib.asynccontextmanager
async def running(*workers: Worker) -> AsyncIterator[None]:
    tasks = [asyncio.create_task(worker.run(grace_seconds=0.2)) for worker in workers]
    try:
        yield
    finally:
        for worker in workers:
            worker.stop()
        await asyncio.wait_for(asyncio.gather(*tasks), 10)


async def put(database: Database, clock: SettableClock, *keys: str) -> None:
    async with database.transaction() as tx:
        for key in keys:
            await enqueue(
                tx, institution="9901", kind="sample", payload={"n": 1}, key=key, run_at=clock.now()
            )


async def state(database: Database, key: str = "a") -> str:
    async with database.transaction() as tx:
        found = await tx.value("SELECT state FROM jobs_queue WHERE key = $1", key)
        return str(found)


async def until(condition: Callable[[], Awaitable[bool]], seconds: float = 8) -> None:
    async with asyncio.timeout(seconds):
        while not await condition():  # noqa: ASYNC110 - the condition lies in the database
            await asyncio.sleep(0.02)


async def test_a_job_runs_once_and_is_done(
    database: Database, clock: SettableClock, new_worker: Callable[..., Worker]
) -> None:
    """A job put in twice under one key runs once, with what it was given.

    Running again does nothing.
    """
    handler = Handler()
    await put(database, clock, "a", "a")
    worker = new_worker(handler.kind())
    assert await worker.run_due() == 1
    assert await worker.run_due() == 0
    assert handler.calls == {"a": 1}
    assert await state(database) == "done"


async def test_a_job_of_a_rolled_back_transaction_never_runs(
    database: Database, clock: SettableClock, new_worker: Callable[..., Worker]
) -> None:
    """What was not committed is not done."""
    with pytest.raises(ZeroDivisionError):
        async with database.transaction() as tx:
            await enqueue(
                tx, institution="9901", kind="sample", payload={}, key="a", run_at=clock.now()
            )
            raise ZeroDivisionError
    assert await new_worker(Handler().kind()).run_due() == 0


async def test_the_same_key_serves_two_institutions(
    database: Database, clock: SettableClock, new_worker: Callable[..., Worker]
) -> None:
    """A key of one institution does not stand in the way of another's."""
    async with database.transaction() as tx:
        for institution in ("9901", "9902"):
            assert await enqueue(
                tx, institution=institution, kind="sample", payload={}, key="a", run_at=clock.now()
            )
    assert await new_worker(Handler().kind()).run_due() == 2


async def test_a_job_waits_for_its_time(
    database: Database, clock: SettableClock, new_worker: Callable[..., Worker]
) -> None:
    """A job does not run before its time, and does at it."""
    handler = Handler()
    async with database.transaction() as tx:
        await enqueue(
            tx, institution="9901", kind="sample", payload={}, key="a",
            run_at=clock.now() + timedelta(seconds=60),
        )  # fmt: skip
    worker = new_worker(handler.kind())
    clock.advance(59.9)
    assert await worker.run_due() == 0
    clock.advance(0.1)
    assert await worker.run_due() == 1


async def test_retries_back_off_and_end(
    database: Database, clock: SettableClock, new_worker: Callable[..., Worker]
) -> None:
    """A job that fails for now waits longer each time, and is dead after its last attempt."""
    handler = Handler(Retry("busy"))
    await put(database, clock, "a")
    worker = new_worker(handler.kind(max_attempts=3, first_pause=timedelta(seconds=10)))
    with capture_logs() as logs:
        assert await worker.run_due() == 1
    assert [(line["state"], line["reason"]) for line in logs] == [("waiting", "busy")]
    assert await worker.run_due() == 0
    clock.advance(10)
    assert await worker.run_due() == 1
    clock.advance(9)
    assert await worker.run_due() == 0
    clock.advance(11)
    assert await worker.run_due() == 1
    assert await state(database) == "dead"
    assert handler.given_up == [("a", "dead", "busy")]


@given(st.integers(1, 10_000), st.integers(1, 1000))
@settings(max_examples=50)
def test_the_back_off_stays_in_its_bounds(attempts: int, seed: int) -> None:
    """However often a job failed, the pause lies between half and all of its doubled pause.

    Under the cap.
    """
    first, longest = timedelta(seconds=10), timedelta(hours=1)
    pause = back_off(attempts, first, longest, SeededEntropy(seed))
    whole = min(10 * 2 ** min(attempts - 1, 12), 3600)
    assert whole / 2 <= pause.total_seconds() <= whole


@pytest.mark.parametrize(
    ("outcome", "expected"), [(Dead("no use"), "dead"), (Unknown("lost"), "unknown")]
)
async def test_given_up_jobs_are_told_once_and_stay(
    database: Database, clock: SettableClock, new_worker: Callable[..., Worker],
    outcome: Outcome, expected: str,
) -> None:  # fmt: skip
    """A dead or unknown job is told once, is not run again by itself, and stays to be seen."""
    handler = Handler(outcome)
    await put(database, clock, "a")
    worker = new_worker(handler.kind("unknown"))
    await worker.run_due()
    clock.advance(1e6)
    assert await worker.run_due() == 0
    assert [fate for _, fate, _ in handler.given_up] == [expected]
    assert await state(database) == expected


@pytest.mark.parametrize(("when", "expected"), [("again", "waiting"), ("unknown", "unknown")])
async def test_a_handler_that_raises(
    database: Database, clock: SettableClock, new_worker: Callable[..., Worker],
    when: str, expected: str,
) -> None:  # fmt: skip
    """A fault in a handler is retried where that does no harm.

    And left to people where it might.
    """

    async def fail(job: Job) -> Outcome:
        raise ValueError(job.key)

    await put(database, clock, "a")
    await new_worker(Handler(fail).kind(when)).run_due()
    assert await state(database) == expected


async def test_many_workers_run_each_job_once(
    database: Database, clock: SettableClock, new_worker: Callable[..., Worker]
) -> None:
    """Three workers at once over sixty jobs: each job runs exactly once."""

    async def slowly(job: Job) -> Outcome:
        await asyncio.sleep(0.005)
        return Done()

    handler = Handler(slowly)
    async with running(*(new_worker(handler.kind(), concurrency=4) for _ in range(3))):
        await put(database, clock, *(f"job {number}" for number in range(60)))

        async def all_done() -> bool:
            async with database.transaction() as tx:
                return bool(await tx.value("SELECT bool_and(state = 'done') FROM jobs_queue"))

        await until(all_done)
    assert set(handler.calls.values()) == {1}
    assert len(handler.calls) == 60


async def test_a_worker_is_woken_by_the_commit(
    database: Database, clock: SettableClock, entropy: SeededEntropy
) -> None:
    """A worker that polls once an hour runs a job as soon as it is committed."""
    handler = Handler()
    worker = Worker(database, clock, entropy, kinds=[handler.kind()], poll_seconds=3600)
    async with running(worker):
        await asyncio.sleep(0.3)
        await put(database, clock, "a")
        await until(lambda: _is(database, "done"))


async def _is(database: Database, expected: str) -> bool:
    return await state(database) == expected


@pytest.mark.parametrize(("when", "expected"), [("again", "done"), ("unknown", "unknown")])
async def test_jobs_of_a_vanished_worker(
    database: Database, clock: SettableClock, new_worker: Callable[..., Worker],
    when: str, expected: str,
) -> None:  # fmt: skip
    """When a lease runs out, the job is run again by another worker or marked unknown.

    As its kind says.
    """

    async def hang(job: Job) -> Outcome:
        await asyncio.sleep(3600)
        return Done()

    await put(database, clock, "a")
    dying = new_worker(Handler(hang).kind(when))
    task = asyncio.create_task(dying.run_due())
    await until(lambda: _is(database, "running"))
    for each in (task, *dying._running):
        each.cancel()
    clock.advance(61)
    handler = Handler()
    short = handler.kind(when, lease=timedelta(seconds=0.2), first_pause=timedelta())
    async with running(new_worker(short)):
        await until(lambda: _is(database, expected))
        await asyncio.sleep(0.2)
    assert handler.calls == ({"a": 1} if when == "again" else {})
    assert handler.given_up == (
        [] if when == "again" else [("a", "unknown", "its worker vanished")]
    )


async def test_a_living_worker_keeps_its_job(
    database: Database, clock: SettableClock, new_worker: Callable[..., Worker]
) -> None:
    """A job that takes longer than its lease is renewed and not taken over."""
    release = asyncio.Event()

    async def long(job: Job) -> Outcome:
        await release.wait()
        return Done()

    handler = Handler(long)
    kind = handler.kind(lease=timedelta(seconds=0.4))
    await put(database, clock, "a")
    async with running(new_worker(kind), new_worker(kind)):
        for _ in range(10):
            await asyncio.sleep(0.15)
            clock.advance(0.15)
        release.set()
        await until(lambda: _is(database, "done"))
    assert handler.calls == {"a": 1}


async def test_a_late_report_corrects_unknown(
    database: Database, clock: SettableClock, new_worker: Callable[..., Worker]
) -> None:
    """A worker that was thought dead and reports after all: what it says replaces `unknown`."""
    release = asyncio.Event()

    async def long(job: Job) -> Outcome:
        await release.wait()
        return Done()

    await put(database, clock, "a")
    task = asyncio.create_task(new_worker(Handler(long).kind("unknown")).run_due())
    await until(lambda: _is(database, "running"))
    clock.advance(61)
    watcher = Handler().kind("unknown", lease=timedelta(seconds=0.2))
    async with running(new_worker(watcher)):
        await until(lambda: _is(database, "unknown"))
    release.set()
    await task
    assert await state(database) == "done"


class Failing(Database):
    """A database that fails, before or after the commit, as often as told."""

    before = after = 0

    @contextlib.asynccontextmanager
    async def transaction(self) -> AsyncIterator[Tx]:
        async with self._failing(super().transaction()) as tx:
            yield tx

    @contextlib.asynccontextmanager
    async def statements(self) -> AsyncIterator[Tx]:
        async with self._failing(super().statements()) as tx:
            yield tx

    @contextlib.asynccontextmanager
    async def _failing(
        self, opened: contextlib.AbstractAsyncContextManager[Tx]
    ) -> AsyncIterator[Tx]:
        if type(self).before > 0:
            type(self).before -= 1
            raise DatabaseUnavailable("gone")
        async with opened as tx:
            yield tx
        if type(self).after > 0:
            type(self).after -= 1
            raise DatabaseUnavailable("gone while committing")


@pytest.mark.parametrize(("before", "after"), [(3, 0), (0, 1), (2, 1)])
async def test_an_outcome_is_recorded_once_the_database_is_back(
    database: Database, clock: SettableClock, entropy: SeededEntropy,
    monkeypatch: pytest.MonkeyPatch, before: int, after: int,
) -> None:  # fmt: skip
    """An outcome known while the database is away, or lost in the commit.

    Is recorded exactly once.
    """
    monkeypatch.setattr(worker_module, "RECONNECT_SECONDS", 0.01)
    recorded: list[str] = []

    async def record(tx: Tx) -> None:
        recorded.append("once")

    async def work(job: Job) -> Outcome:
        Failing.before, Failing.after = before, after
        return Done(record)

    await put(database, clock, "a")
    failing = Failing(database._pool, database.url)
    worker = Worker(failing, clock, entropy, kinds=[Handler(work).kind("unknown")])
    await worker.run_due()
    assert await state(database) == "done"
    assert recorded == ["once"]


async def test_a_claim_lost_in_the_commit_is_given_back(
    database: Database, clock: SettableClock, entropy: SeededEntropy
) -> None:
    """A claim whose commit was never confirmed leaves the job neither running nor unknown.

    It runs once.
    """
    handler = Handler()
    failing = Failing(database._pool, database.url)
    worker = Worker(failing, clock, entropy, kinds=[handler.kind("unknown")])
    await put(database, clock, "a")
    Failing.after = 1
    with pytest.raises(DatabaseUnavailable):
        await worker.run_due()
    assert await state(database) == "running"
    assert await worker.run_due() == 1
    assert await state(database) == "done"
    assert handler.calls == {"a": 1}


async def test_a_schedule_runs_once_for_all_workers(
    database: Database, clock: SettableClock, new_worker: Callable[..., Worker]
) -> None:
    """Two workers with one schedule run it once per period, also after the clock was set back."""
    runs: list[datetime] = []

    async def action(now: datetime) -> None:
        runs.append(now)

    schedule = Schedule("sample", timedelta(seconds=60), action)
    workers = [new_worker(Handler().kind(), schedules=[schedule]) for _ in range(2)]
    async with running(*workers):
        for expected, step in ((1, 60), (2, 30), (2, 30), (3, -86400), (4, 0)):
            await until(lambda: _ran(runs, expected))  # noqa: B023 - awaited in this turn
            await asyncio.sleep(0.12)
            assert len(runs) == expected
            clock.advance(step)


async def _ran(runs: list[datetime], expected: int) -> bool:
    return len(runs) >= expected


async def test_a_stopped_worker_finishes_what_it_began(
    database: Database, clock: SettableClock, new_worker: Callable[..., Worker]
) -> None:
    """A graceful stop waits for the jobs under way and claims no other."""
    begun = asyncio.Event()

    async def work(job: Job) -> Outcome:
        begun.set()
        await asyncio.sleep(0.1)
        return Done()

    worker = new_worker(Handler(work).kind(), concurrency=1)
    await put(database, clock, "a", "b")
    task = asyncio.create_task(worker.run())
    await begun.wait()
    worker.stop()
    await asyncio.wait_for(task, 5)
    assert sorted([await state(database, "a"), await state(database, "b")]) == ["done", "waiting"]


async def test_done_jobs_are_forgotten(
    database: Database, clock: SettableClock, new_worker: Callable[..., Worker]
) -> None:
    """Old jobs that are done are deleted; others stay."""
    await put(database, clock, "a")
    await new_worker(Handler().kind()).run_due()
    await put(database, clock, "b")
    async with database.transaction() as tx:
        assert await forget_finished(tx, clock.now()) == 0
        assert await forget_finished(tx, clock.now() + timedelta(seconds=1)) == 1
    assert await state(database, "b") == "waiting"
