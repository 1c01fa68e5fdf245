"""The worker: claims jobs, runs them, records what came of them."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import timedelta
from typing import Any

from madoguchi.kernel.clock import Clock
from madoguchi.kernel.entropy import Entropy, new_id
from madoguchi.plumbing.database import Database, DatabaseUnavailable, Tx
from madoguchi.plumbing.jobs import store
from madoguchi.plumbing.jobs.kinds import (
    Done,
    Job,
    Kind,
    Outcome,
    Retry,
    Schedule,
    Together,
    Unknown,
)
from madoguchi.plumbing.jobs.queue import CHANNEL
from madoguchi.plumbing.jobs.settling import settle, settle_abandoned, settle_many
from madoguchi.plumbing.observability import METRICS, get_logger, new_reference, under_reference

RECONNECT_SECONDS = 1.0
LISTEN_ANEW_SECONDS = 60.0
AT_ONCE = timedelta(milliseconds=1)
GATHER_SECONDS = 0.01
HEARTBEATS_PER_LEASE = 4
MOST_RECORDING_FAILURES = 5
MOST_BATCHES = 2
"""Of one kind at a time in one worker: one waits for the disk while the other works."""

log = get_logger(__name__)


class Worker:
    """Runs jobs until it is stopped; as many workers as you like, in as many processes.

    `poll_seconds` is how often it looks without being notified; `concurrency` how many jobs it runs
    at once: jobs that run together take one place, and those left of them have as many of their
    own, so that jobs of other kinds do not wait for them.
    """

    def __init__(
        self, database: Database, clock: Clock, entropy: Entropy, *, kinds: Sequence[Kind],
        schedules: Sequence[Schedule] = (), concurrency: int = 8, poll_seconds: float = 1.0,
    ) -> None:  # fmt: skip
        self._database = database
        self._clock = clock
        self._entropy = entropy
        self._kinds = {kind.name: kind for kind in kinds}
        self._schedules = schedules
        self._concurrency = concurrency
        self._poll_seconds = poll_seconds
        self._running: dict[asyncio.Task[None], Sequence[Job]] = {}
        self._left: set[asyncio.Task[None]] = set()
        self._unconfirmed: set[str] = set()
        self._turns = asyncio.Semaphore(concurrency)
        self._wake = asyncio.Event()
        self._stopping = asyncio.Event()

    def stop(self) -> None:
        """Have the worker claim nothing more and finish what it is doing; `run` then returns."""
        self._stopping.set()
        self._wake.set()

    async def run(self, grace_seconds: float = 20.0) -> None:
        """Work until `stop` is called; jobs not finished `grace_seconds` later are abandoned."""
        heartbeat = asyncio.create_task(self._forever(self._beat_steadily))
        ticking = asyncio.create_task(self._forever(self._tick))
        try:
            await self._forever(self._listen_and_work)
        finally:
            self._stopping.set()
            await self._finish_running(grace_seconds)
            for task in (heartbeat, ticking):
                task.cancel()
            await asyncio.gather(heartbeat, ticking, return_exceptions=True)

    async def run_due(self) -> int:
        """Run what is due now, once, and return how many jobs were run: for tests and commands."""
        jobs = await self._claim()
        await self._finish_running(None)
        return jobs

    async def beat(self) -> None:
        """Renew the leases of what runs here, then take over what vanished workers left.

        `run` does so by itself.
        """
        await self._renew()
        for kind in self._kinds.values():
            async with self._database.transaction() as tx:
                await self._take_over(tx, kind)

    async def _forever(self, action: Callable[[], Awaitable[None]]) -> None:
        """Repeat `action` until stopped, also where the database goes away and comes back."""
        while not self._stopping.is_set():
            try:
                await action()
            except DatabaseUnavailable as error:
                log.warning("database unavailable, the worker waits", problem=str(error))
                await self._pause(RECONNECT_SECONDS)
            except Exception:
                log.exception("the worker failed and goes on")
                await self._pause(RECONNECT_SECONDS)

    async def _listen_and_work(self) -> None:
        """Work while listening; listen anew every minute, since a lost connection says nothing."""
        until = asyncio.get_running_loop().time() + LISTEN_ANEW_SECONDS
        async with self._database.listen(CHANNEL, lambda _kind: self._wake.set()):
            while not self._stopping.is_set() and asyncio.get_running_loop().time() < until:
                self._wake.clear()
                if not await self._claim():
                    await self._wait_for_work()

    async def _wait_for_work(self) -> None:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._wake.wait(), self._poll_seconds)
        if self._running:  # others end soon: what is free by then is claimed at once
            await self._pause(GATHER_SECONDS)

    async def _claim(self) -> int:
        """Claim as many due jobs as can begin at once, and begin them."""
        await self._give_back_unconfirmed()
        begun = 0
        for kind in sorted(self._kinds.values(), key=self._running_of):
            free = self._concurrency - (len(self._running) - len(self._left))
            if free > 0:
                begun += await self._claim_and_begin(kind, free)
        return begun

    def _running_of(self, kind: Kind) -> int:
        """Return how many jobs of the kind run here: those with few go first, so none starves."""
        return sum(jobs[0].kind == kind.name for jobs in self._running.values())

    async def _claim_and_begin(self, kind: Kind, free: int) -> int:
        """Claim what there is for `free` places, of which jobs that run together take one."""
        together = kind.together
        if together and self._has_enough(kind):
            return 0
        jobs = await self._claim_kind(kind, together.most if together else free)
        if together and len(jobs) > 1:
            self._begin(jobs, self._run_together(kind, together, jobs))
        else:
            for job in jobs:
                self._begin((job,), self._run_one(kind, job))
        return len(jobs)

    def _has_enough(self, kind: Kind) -> bool:
        """Return whether as many batches run, or as many are left of them, as should."""
        running = self._running.items()
        mine = [(task, jobs) for task, jobs in running if jobs[0].kind == kind.name]
        left = sum(task in self._left for task, _ in mine)
        return left >= self._concurrency or sum(len(jobs) > 1 for _, jobs in mine) >= MOST_BATCHES

    async def _claim_kind(self, kind: Kind, limit: int) -> list[Job]:
        now = self._clock.now()
        claim = new_id(self._entropy)
        self._unconfirmed.add(claim)
        async with self._database.statements() as one:
            jobs = await one.many(Job, store.CLAIM, now, kind.name, limit, claim, now + kind.lease)
        self._unconfirmed.discard(claim)
        return jobs

    async def _give_back_unconfirmed(self) -> None:
        """Give back what a claim may have got whose commit was not confirmed: it was not begun."""
        for claim in tuple(self._unconfirmed):
            async with self._database.transaction() as tx:
                await tx.execute(store.GIVE_BACK, claim)
            self._unconfirmed.discard(claim)

    def _begin(self, jobs: Sequence[Job], run: Coroutine[Any, Any, None]) -> "asyncio.Task[None]":
        task = asyncio.create_task(run)
        self._running[task] = jobs
        METRICS.jobs_running.inc(len(jobs))
        task.add_done_callback(self._ended)
        return task

    def _ended(self, task: "asyncio.Task[None]") -> None:
        METRICS.jobs_running.dec(len(self._running.pop(task, ())))
        self._left.discard(task)
        self._wake.set()

    async def _run_together(self, kind: Kind, together: Together, jobs: Sequence[Job]) -> None:
        """Run jobs together, and begin what did not go that way each by itself."""
        for job in await self._run_many(kind, together, jobs):
            self._left.add(self._begin((job,), self._run_in_turn(kind, job)))

    async def _run_many(self, kind: Kind, together: Together, jobs: Sequence[Job]) -> Sequence[Job]:
        """Run jobs together and record what was done in one transaction; return the others."""
        with under_reference(new_reference(self._entropy)):
            try:
                batch = await together.handler(jobs)
                if batch.done:
                    async with self._database.transaction() as tx:
                        await settle_many(tx, kind, batch, self._clock.now())
            except Exception:
                log.exception("jobs failed together, each is run alone", kind=kind.name)
                return jobs
            done = {(job.institution, job.key) for job in batch.done}
            METRICS.jobs.labels(kind.name, "done").inc(len(done))
            keys = [job.key for job in batch.done]
            log.info("jobs", kind=kind.name, job_keys=keys, alone=len(jobs) - len(keys))
        return [job for job in jobs if (job.institution, job.key) not in done]

    async def _run_in_turn(self, kind: Kind, job: Job) -> None:
        """Run one of many that are left of a batch; on the way out leave it to another worker."""
        async with self._turns:
            if self._stopping.is_set():
                await self._record(kind, job, Retry("the worker was stopped", after=AT_ONCE))
            else:
                await self._run_one(kind, job)

    async def _run_one(self, kind: Kind, job: Job) -> None:
        with under_reference(new_reference(self._entropy)):
            outcome = await self._handle(kind, job)
            METRICS.jobs.labels(kind.name, type(outcome).__name__.lower()).inc()
            await self._record(kind, job, outcome)

    async def _handle(self, kind: Kind, job: Job) -> Outcome:
        try:
            return await kind.handler(job)
        except Exception as error:
            log.exception("a job's handler failed", kind=kind.name, job_key=job.key)
            reason = f"{type(error).__name__} in the handler"
            return Retry(reason) if kind.when_abandoned == "again" else Unknown(reason)

    async def _record(self, kind: Kind, job: Job, outcome: Outcome) -> None:
        """Record the outcome; where the database is away, when it is back."""
        failures = 0
        while failures < MOST_RECORDING_FAILURES:
            try:
                async with self._recording(outcome) as tx:
                    state = await settle(tx, kind, job, outcome, self._clock.now(), self._entropy)
            except DatabaseUnavailable:
                await asyncio.sleep(RECONNECT_SECONDS)
            except Exception:
                failures += 1
                log.exception("a job's outcome was not recorded", kind=kind.name, job_key=job.key)
                await asyncio.sleep(RECONNECT_SECONDS)
            else:
                why = {} if isinstance(outcome, Done) else {"reason": outcome.reason}
                log.info(
                    "job", kind=kind.name, job_key=job.key, attempts=job.attempts, state=state,
                    **why,
                )  # fmt: skip
                return

    def _recording(self, outcome: Outcome) -> AbstractAsyncContextManager[Tx]:
        """Return what to record in: where the job's mark is all, it needs no transaction around."""
        if isinstance(outcome, Done) and outcome.record is None:
            return self._database.statements()
        return self._database.transaction()

    async def _beat_steadily(self) -> None:
        shortest = min((kind.lease for kind in self._kinds.values()), default=timedelta(minutes=1))
        await self._pause(shortest.total_seconds() / HEARTBEATS_PER_LEASE)
        await self.beat()

    async def _renew(self) -> None:
        if self._running:
            running = [job for jobs in self._running.values() for job in jobs]
            running.sort(key=lambda job: (job.institution, job.kind, job.key))
            renewals = [self._renewal(job) for job in running]
            async with self._database.transaction() as tx:
                await tx.execute_many(store.RENEW, renewals)

    def _renewal(self, job: Job) -> tuple[object, ...]:
        until = self._clock.now() + self._kinds[job.kind].lease
        return (job.institution, job.kind, job.key, until, job.claim)

    async def _take_over(self, tx: Tx, kind: Kind) -> None:
        for job in await tx.many(Job, store.ABANDONED, kind.name, self._clock.now()):
            state = await settle_abandoned(tx, kind, job, self._clock.now(), self._entropy)
            log.warning("a job was abandoned", kind=kind.name, job_key=job.key, state=state)

    async def _tick(self) -> None:
        for schedule in self._schedules:
            await self._run_if_due(schedule)
        await self._pause(self._poll_seconds)

    async def _run_if_due(self, schedule: Schedule) -> None:
        now = self._clock.now()
        async with self._database.transaction() as tx:
            await tx.execute(store.START_SCHEDULE, schedule.name, now)
            due = await tx.execute(store.CLAIM_SCHEDULE, schedule.name, now, now + schedule.every)
        if due:
            with under_reference(new_reference(self._entropy)):
                try:
                    await schedule.action(now)
                except DatabaseUnavailable:
                    raise
                except Exception:
                    log.exception("a schedule failed and will run again", schedule=schedule.name)

    async def _pause(self, seconds: float) -> None:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._stopping.wait(), seconds)

    async def _finish_running(self, grace_seconds: float | None) -> None:
        until = asyncio.get_running_loop().time() + (grace_seconds or 0)
        while self._running:  # what ends may begin what it left
            left = max(until - asyncio.get_running_loop().time(), 0)
            timeout = None if grace_seconds is None else left
            _, late = await asyncio.wait(tuple(self._running), timeout=timeout)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)
            await asyncio.sleep(0)  # for the callbacks of what has ended
