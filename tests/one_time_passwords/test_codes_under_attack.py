"""Mailed codes against many at once and requests that fail: with the guards, and without."""

import asyncio
import sys
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from madoguchi.one_time_passwords import (
    Begun,
    CodeLocked,
    CodeRight,
    CodeWrong,
    Judged,
    NoCode,
    TooManyCodes,
    store,
)
from madoguchi.plumbing.database import Database, Tx
from tests.support.clock import SettableClock
from tests.support.code_sender import ASKED, Codes, wrong

UNGUARDED = store.TRY.replace(
    "AND spent_at IS NULL AND attempts < failures_limit AND expires_at > $5", "AND expires_at > $5"
)
"""The same statement where the conditions were looked at beforehand, as a read would."""


async def judged_at_once(codes: Codes, typed: list[str]) -> Counter[str]:
    """Submit all at once over many connections; return what it came to."""
    results = await asyncio.gather(*(codes.judge(each) for each in typed))
    return Counter(type(result).__name__ for result in results)


@pytest.mark.requirement("RET-19")
async def test_of_one_code_sent_ten_times_at_once_one_is_right(codes: Codes) -> None:
    """Exactly one is accepted (case 2)."""
    code = await codes.begin()
    assert await judged_at_once(codes, [code] * 10) == {"CodeRight": 1, "NoCode": 9}


async def test_looking_first_would_accept_it_many_times(
    codes: Codes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same attack where the code is not checked as unused by the statement that uses it."""
    monkeypatch.setattr(store, "TRY", UNGUARDED)
    code = await codes.begin()
    assert (await judged_at_once(codes, [code] * 5))["CodeRight"] > 1


@pytest.mark.requirement("LOCK-01")
async def test_of_twenty_wrong_tries_at_once_five_are_compared(codes: Codes) -> None:
    """No more than the limit (case 3), and then the right one is refused."""
    code = await codes.begin()
    found = await judged_at_once(codes, [wrong(code)] * 20)
    assert found == {"CodeWrong": 4, "CodeLocked": 16}
    async with codes.database.transaction() as tx:
        assert await tx.value("SELECT attempts FROM one_time_passwords_code") == 5
    assert await codes.judge(code) == CodeLocked()


async def test_counting_after_comparing_would_compare_them_all(codes: Codes) -> None:
    """The same attack on a count that is read, and written after comparing: all are compared."""

    async def naive() -> bool:
        async with codes.database.transaction() as tx:
            attempts = await tx.value("SELECT attempts FROM one_time_passwords_code")
        await barrier.wait()
        if attempts >= ASKED.failures_limit:
            return False
        async with codes.database.transaction() as tx:
            await tx.execute(
                "UPDATE one_time_passwords_code SET attempts = least(attempts + 1, failures_limit)"
            )
        return True

    await codes.begin()
    barrier = asyncio.Barrier(8)
    assert sum(await asyncio.gather(*(naive() for _ in range(8)))) == 8


class InTheRequest(Database):
    """A pool of counters that is none: everything happens in the request's transaction."""

    tx: Tx

    @asynccontextmanager
    async def statements(self) -> AsyncIterator[Tx]:
        """Give the request's own transaction."""
        yield self.tx


async def judged_in_failing_request(codes: Codes, typed: str, naive: InTheRequest | None) -> Judged:
    """Judge in a request that fails afterwards."""
    judged: Judged = NoCode()
    with pytest.raises(ZeroDivisionError):
        async with codes.database.transaction() as tx:
            if naive is not None:
                naive.tx = tx
            judged = await codes.port.judge(tx, ASKED, typed, codes.clock.now())
            raise ZeroDivisionError
    return judged


@pytest.fixture
def naive(codes: Codes) -> InTheRequest:
    """What puts the counting of `codes` into the request, where a test sets it."""
    return InTheRequest(None, "")


@pytest.mark.requirement("LOCK-01")
async def test_failures_outlive_the_rollback_of_their_request(codes: Codes) -> None:
    """Five wrong tries in requests that failed are five (case 4)."""
    code = await codes.begin()
    for left in (4, 3, 2, 1):
        assert await judged_in_failing_request(codes, wrong(code), None) == CodeWrong(left)
    assert await judged_in_failing_request(codes, wrong(code), None) == CodeLocked(just_now=True)
    assert await codes.judge(code) == CodeLocked()


async def test_counted_in_the_request_they_would_not(codes: Codes, naive: InTheRequest) -> None:
    """The same in the request's own transaction counts nothing."""
    code = await codes.begin()
    real = codes.port._counters
    codes.port._counters = naive
    for _ in range(5):
        assert await judged_in_failing_request(codes, wrong(code), naive) == CodeWrong(4)
    codes.port._counters = real
    assert await codes.judge(code) == CodeRight()


@pytest.mark.requirement("RET-19")
async def test_a_code_spent_in_a_request_that_failed_stays_spent(codes: Codes) -> None:
    """What was accepted once is never accepted again; the customer has a new one sent."""
    code = await codes.begin()
    assert await judged_in_failing_request(codes, code, None) == CodeRight()
    assert await codes.judge(code) == NoCode()
    assert await codes.judge(await codes.begin()) == CodeRight()


async def test_spent_in_the_request_it_would_be_good_again(
    codes: Codes, naive: InTheRequest
) -> None:
    """The same in the request's own transaction gives the code back."""
    code = await codes.begin()
    real = codes.port._counters
    codes.port._counters = naive
    assert await judged_in_failing_request(codes, code, naive) == CodeRight()
    codes.port._counters = real
    assert await codes.judge(code) == CodeRight()


async def begun_at_once(codes: Codes, times: int) -> Counter[str]:
    async def begin() -> Begun | TooManyCodes:
        async with codes.database.transaction() as tx:
            return await codes.port.begin(tx, ASKED, codes.clock.now())

    results = await asyncio.gather(*(begin() for _ in range(times)))
    return Counter(type(result).__name__ for result in results)


async def test_codes_asked_for_at_once_stay_within_the_hours_limit(codes: Codes) -> None:
    """Of ten at once three are sent, and the last of them is good."""
    assert await begun_at_once(codes, 10) == {"Begun": 3, "TooManyCodes": 7}
    async with codes.database.transaction() as tx:
        assert await tx.value("SELECT count(*) FROM one_time_passwords_sending") == 3
    assert len(codes.sent) == 3
    judged = [await codes.judge(code) for code in codes.sent]
    assert judged.count(CodeRight()) == 1


async def test_without_the_owners_lock_more_would_be_sent(
    codes: Codes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same without one begin at a time passes the limit."""
    monkeypatch.setattr(store, "LOCK_OWNER", "SELECT $1::text, $2::text")
    assert (await begun_at_once(codes, 10))["Begun"] > 3


PROCESS = """
import asyncio, sys
from datetime import datetime
from madoguchi.one_time_passwords import MailedCodes
from madoguchi.plumbing.database import Database
from tests.support.code_sender import ASKED
from tests.support.entropy import SeededEntropy
from tests.support.keys import FixedKeys

async def main(url, now, typed):
    database = await Database.connect(url)
    port = MailedCodes(FixedKeys(), SeededEntropy(), database, None)
    results = await asyncio.gather(*(port.judge(None, ASKED, typed, now) for _ in range(10)))
    print(*(type(result).__name__ for result in results))
    await database.close()

asyncio.run(main(sys.argv[1], datetime.fromisoformat(sys.argv[2]), sys.argv[3]))
"""


@pytest.mark.requirement("RET-19", "LOCK-01", "RUN-02")
@pytest.mark.parametrize(
    ("right", "expected"),
    [(True, {"CodeRight": 1, "NoCode": 19}), (False, {"CodeWrong": 4, "CodeLocked": 16})],
    ids=["right", "wrong"],
)
async def test_two_processes_together_accept_one_and_compare_five(
    codes: Codes, clock: SettableClock, right: bool, expected: dict[str, int]
) -> None:
    """Ten at once in each of two processes: as exact as in one (cases 2 and 3)."""
    code = await codes.begin()
    typed = code if right else wrong(code)
    processes = [
        await asyncio.create_subprocess_exec(
            *(sys.executable, "-c", PROCESS, codes.database.url, clock.now().isoformat(), typed),
            stdout=asyncio.subprocess.PIPE,
        )
        for _ in range(2)
    ]
    outputs = await asyncio.gather(*(process.communicate() for process in processes))
    assert Counter(b" ".join(output for output, _ in outputs).decode().split()) == expected
