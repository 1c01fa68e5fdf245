"""Counting before comparing, locking at the limit, telling once."""

import asyncio
import sys
from datetime import datetime, timedelta

import pytest

from madoguchi import lockout
from madoguchi.kernel.clock import JAPAN
from madoguchi.lockout import Allowed, Locked, NowLocked, Policy, StillAllowed
from madoguchi.plumbing.database import Database
from tests.support.clock import SettableClock

DAILY = Policy(what="api-link", limit=5, window="day", lock_until="next_midnight")
MIDNIGHT = datetime(2026, 11, 21, tzinfo=JAPAN)


async def a_try(
    database: Database, now: datetime, *, right: bool, policy: Policy = DAILY, subject: str = "a-1"
) -> object:
    """Make one whole try; return what it came to."""
    allowed = await lockout.attempt(database, policy, "9901", subject, now)
    if isinstance(allowed, Locked):
        return allowed
    async with database.transaction() as tx:
        if right:
            await lockout.succeeded(tx, allowed)
            return "right"
        return await lockout.failed(tx, allowed, now)


async def counted(database: Database, now: datetime, policy: Policy = DAILY) -> Allowed:
    """Count a try that is given no result: as after a crash, or while it is under way."""
    allowed = await lockout.attempt(database, policy, "9901", "a-1", now)
    assert isinstance(allowed, Allowed)
    return allowed


@pytest.mark.requirement("LINK-15", "LOCK-03")
async def test_the_last_wrong_try_locks_and_tells_once(
    database: Database, clock: SettableClock
) -> None:
    """The Nth wrong try locks until the next Japan midnight, and only it tells of the lock."""
    now = clock.now()
    results = [await a_try(database, now, right=False) for _ in range(6)]
    assert results == [
        *(StillAllowed(left) for left in (4, 3, 2, 1)),
        NowLocked(MIDNIGHT),
        Locked(MIDNIGHT),
    ]


@pytest.mark.requirement("LINK-16")
async def test_a_right_try_while_locked_is_not_compared(
    database: Database, clock: SettableClock
) -> None:
    """While locked the answer is the same, whatever was typed."""
    for _ in range(5):
        await a_try(database, clock.now(), right=False)
    assert await a_try(database, clock.now(), right=True) == Locked(MIDNIGHT)


@pytest.mark.requirement("LINK-15", "LINK-36")
async def test_a_new_japan_day_begins_at_nought(database: Database, clock: SettableClock) -> None:
    """At 0:00 Japan time the lock and the count of the day are over, a microsecond before not."""
    clock.set(datetime(2026, 11, 20, 23, 0, tzinfo=JAPAN))
    for _ in range(5):
        await a_try(database, clock.now(), right=False)
    just_before = MIDNIGHT - timedelta(microseconds=1)
    assert await a_try(database, just_before, right=True) == Locked(MIDNIGHT)
    assert await a_try(database, MIDNIGHT, right=False) == StillAllowed(4)


async def test_wrong_tries_of_yesterday_do_not_count(
    database: Database, clock: SettableClock
) -> None:
    """Four wrong tries on one day leave all five of the next."""
    for _ in range(4):
        await a_try(database, clock.now(), right=False)
    assert await a_try(database, MIDNIGHT, right=False) == StillAllowed(4)


@pytest.mark.requirement("LOCK-01")
async def test_a_right_try_takes_back_only_its_own_count(
    database: Database, clock: SettableClock
) -> None:
    """Right tries between wrong ones neither lock nor clear what was wrong."""
    for _ in range(4):
        await a_try(database, clock.now(), right=False)
        assert await a_try(database, clock.now(), right=True) == "right"
    assert await a_try(database, clock.now(), right=False) == NowLocked(MIDNIGHT)


@pytest.mark.requirement("LINK-17", "INST-04")
async def test_locks_do_not_touch_each_other(database: Database, clock: SettableClock) -> None:
    """A lock holds for its own kind, institution and subject only."""
    now = clock.now()
    for _ in range(5):
        await a_try(database, now, right=False)
    other = Policy(what="login-password", limit=5, window="day", lock_until="next_midnight")
    assert isinstance(await lockout.attempt(database, other, "9901", "a-1", now), Allowed)
    assert isinstance(await lockout.attempt(database, DAILY, "9902", "a-1", now), Allowed)
    assert isinstance(await lockout.attempt(database, DAILY, "9901", "a-2", now), Allowed)
    assert isinstance(await lockout.attempt(database, DAILY, "9901", "a-1", now), Locked)


@pytest.mark.requirement("LINK-17", "LOCK-01")
async def test_parallel_tries_never_compare_more_than_the_limit(
    database: Database, clock: SettableClock
) -> None:
    """Of 40 tries at once exactly five are compared, and exactly one tells of the lock."""
    results = await asyncio.gather(*(a_try(database, clock.now(), right=False) for _ in range(40)))
    assert sum(isinstance(result, Locked) for result in results) == 35
    assert sum(isinstance(result, NowLocked) for result in results) == 1


async def test_reading_before_writing_would_let_more_through(
    database: Database, clock: SettableClock
) -> None:
    """The same race against a counter that is read and then written passes the limit."""

    async def naive_attempt() -> bool:
        async with database.transaction() as tx:
            locked = await lockout.is_locked(tx, DAILY, "9901", "a-1", clock.now())
            wrong = await tx.value("SELECT coalesce(max(wrong), 0) FROM lockout_count")
        await barrier.wait()
        if locked or wrong >= DAILY.limit:
            return False
        async with database.transaction() as tx:
            await tx.execute("UPDATE lockout_count SET wrong = wrong + 1")
        return True

    await a_try(database, clock.now(), right=True)
    barrier = asyncio.Barrier(8)
    assert sum(await asyncio.gather(*(naive_attempt() for _ in range(8)))) > DAILY.limit


PROCESS = """
import asyncio, sys
from datetime import datetime
from madoguchi import lockout
from madoguchi.plumbing.database import Database

async def main(url, now):
    database = await Database.connect(url)
    policy = lockout.Policy(what="pin", limit=5, window="ever", lock_until="released")
    async def one():
        allowed = await lockout.attempt(database, policy, "9901", "a-1", now)
        if isinstance(allowed, lockout.Locked):
            return "locked"
        async with database.transaction() as tx:
            return type(await lockout.failed(tx, allowed, now)).__name__
    print(*await asyncio.gather(*(one() for _ in range(20))))
    await database.close()

asyncio.run(main(sys.argv[1], datetime.fromisoformat(sys.argv[2])))
"""


@pytest.mark.requirement("LINK-17", "LOCK-01", "RUN-02")
async def test_two_processes_together_never_compare_more_than_the_limit(
    database: Database, clock: SettableClock
) -> None:
    """Twenty tries at once in each of two processes: five compared in all, one tells."""
    processes = [
        await asyncio.create_subprocess_exec(
            *(sys.executable, "-c", PROCESS, database.url, clock.now().isoformat()),
            stdout=asyncio.subprocess.PIPE,
        )
        for _ in range(2)
    ]
    outputs = await asyncio.gather(*(process.communicate() for process in processes))
    results = b" ".join(output for output, _ in outputs).decode().split()
    assert sorted(results) == ["NowLocked", *["StillAllowed"] * 4, *["locked"] * 35]


@pytest.mark.requirement("LOCK-01")
async def test_a_count_survives_the_rollback_of_its_request(
    database: Database, clock: SettableClock
) -> None:
    """Where the request of a wrong try fails later, the try stays counted."""
    for _ in range(5):
        allowed = await counted(database, clock.now())
        with pytest.raises(ZeroDivisionError):
            async with database.transaction() as tx:
                await lockout.failed(tx, allowed, clock.now())
                raise ZeroDivisionError
    assert await a_try(database, clock.now(), right=True) == Locked(MIDNIGHT)


@pytest.mark.requirement("LOCK-03")
async def test_a_lock_that_a_crash_kept_untold_is_told_once(
    database: Database, clock: SettableClock
) -> None:
    """Tries cut off by a crash lock, are seen, and are told of once the tries must be dead."""
    for _ in range(5):
        await counted(database, clock.now())
    async with database.transaction() as tx:
        where = (DAILY, "9901", "a-1")
        assert await lockout.is_locked(tx, *where, clock.now()) == Locked(MIDNIGHT)
        assert await lockout.claim_telling(tx, *where, clock.now()) is None
        later = clock.advance(61)
        assert await lockout.claim_telling(tx, *where, later) == NowLocked(MIDNIGHT)
        assert await lockout.claim_telling(tx, *where, later) is None


async def test_a_try_under_way_that_turns_out_right_leaves_no_lock(
    database: Database, clock: SettableClock
) -> None:
    """With four wrong and one under way a sixth is refused; once the fifth is right, it is not."""
    for _ in range(4):
        await a_try(database, clock.now(), right=False)
    under_way = await counted(database, clock.now())
    assert isinstance(await a_try(database, clock.now(), right=False), Locked)
    async with database.transaction() as tx:
        await lockout.succeeded(tx, under_way)
    assert await a_try(database, clock.now(), right=False) == NowLocked(MIDNIGHT)


async def test_a_dead_try_counts_as_wrong_when_the_last_one_fails(
    database: Database, clock: SettableClock
) -> None:
    """Four wrong tries after one that a crash cut off: the fourth is the fifth, and tells."""
    await counted(database, clock.now())
    clock.advance(120)
    results = [await a_try(database, clock.now(), right=False) for _ in range(4)]
    assert results[-1] == NowLocked(MIDNIGHT)


@pytest.mark.requirement("LOCK-01")
async def test_a_result_is_taken_once(database: Database, clock: SettableClock) -> None:
    """A result given twice counts once, and a success does not undo a failure of the same try."""
    allowed = await counted(database, clock.now())
    async with database.transaction() as tx:
        await lockout.failed(tx, allowed, clock.now())
        await lockout.failed(tx, allowed, clock.now())
        await lockout.succeeded(tx, allowed)
    assert await a_try(database, clock.now(), right=False) == StillAllowed(3)


@pytest.mark.requirement("LOCK-01", "STAFF-04")
async def test_a_lock_until_released_ends_by_release_only(
    database: Database, clock: SettableClock
) -> None:
    """Time does not end it; it is listed with its beginning; after the release it is gone."""
    forever = Policy(what="admin-pin", limit=2, window="ever", lock_until="released")
    for _ in range(2):
        last = await a_try(database, clock.now(), right=False, policy=forever)
    assert last == NowLocked(None)
    locked_at = clock.now()
    clock.advance(400 * 86_400)
    async with database.transaction() as tx:
        (lock,) = await lockout.list_locks(tx, "9901", clock.now())
        assert (lock.what, lock.subject, lock.since) == ("admin-pin", "a-1", locked_at)
        assert await lockout.list_locks(tx, "9902", clock.now()) == []
        assert await lockout.release(tx, "9901", "admin-pin", "a-1", clock.now())
        assert not await lockout.release(tx, "9901", "admin-pin", "a-1", clock.now())
    again = await a_try(database, clock.now(), right=False, policy=forever)
    assert again == StillAllowed(1)


@pytest.mark.requirement("LOCK-01")
async def test_a_lock_for_a_time_ends_after_it(database: Database, clock: SettableClock) -> None:
    """A lock of ten minutes ends to the second, and the count begins anew."""
    short = Policy(what="otp", limit=1, window="ever", lock_until=timedelta(minutes=10))
    ends = clock.now() + timedelta(minutes=10)
    assert await a_try(database, clock.now(), right=False, policy=short) == NowLocked(ends)
    clock.advance(599)
    assert await a_try(database, clock.now(), right=True, policy=short) == Locked(ends)
    clock.advance(1)
    assert await a_try(database, clock.now(), right=True, policy=short) == "right"


async def test_a_lowered_limit_locks_in_full_view(database: Database, clock: SettableClock) -> None:
    """Where a setting is lowered below the count, the lock is listed, told of and released."""
    five = Policy(what="admin-pin", limit=5, window="ever", lock_until="released")
    three = Policy(what="admin-pin", limit=3, window="ever", lock_until="released")
    for _ in range(4):
        await a_try(database, clock.now(), right=False, policy=five)
    assert await a_try(database, clock.now(), right=True, policy=three) == Locked(None)
    async with database.transaction() as tx:
        assert len(await lockout.list_locks(tx, "9901", clock.now())) == 1
        told = await lockout.claim_telling(tx, three, "9901", "a-1", clock.now())
        assert told == NowLocked(None)
        assert await lockout.release(tx, "9901", "admin-pin", "a-1", clock.now())


async def test_purging_keeps_what_still_decides(database: Database, clock: SettableClock) -> None:
    """Locks in force and counts without an end stay; what is over goes."""
    forever = Policy(what="admin-pin", limit=5, window="ever", lock_until="released")
    await a_try(database, clock.now(), right=False, policy=forever)
    await a_try(database, clock.now(), right=False)
    clock.advance(3 * 86_400)
    async with database.transaction() as tx:
        assert await lockout.purge(tx, clock.now()) == 1
    assert await a_try(database, clock.now(), right=False, policy=forever) == StillAllowed(3)
