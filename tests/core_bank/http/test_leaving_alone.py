"""The circuit breaker before a core that fails (CORE-03)."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from madoguchi.core_bank import CoreFailure, CoreUnavailable, Unknown
from madoguchi.core_bank.http import HttpCore
from madoguchi.core_bank.http.rules import Patience
from tests.core_bank.http.serving import BadGateway, core_over_http, saying
from tests.core_bank.http.test_bad_links import ANSWERS, NO_ACCOUNT, call, kind_of, silent
from tests.support.clock import SettableClock

PATIENCE = Patience(failures=3, rest=timedelta(seconds=10))


@pytest.fixture
async def core(bad: BadGateway, clock: SettableClock, tmp_path: Path) -> AsyncIterator[HttpCore]:
    """The adapter, which leaves the core alone after three failures in a row."""
    async with core_over_http(bad.port, clock, tmp_path, PATIENCE) as adapter:
        yield adapter


async def fail(bad: BadGateway, core: HttpCore, clock: SettableClock, times: int) -> None:
    """Have the core fail so many times; forget what arrived."""
    bad.answer = ANSWERS["core is down"][0]
    for _ in range(times):
        assert await kind_of(core.account(call(clock), "a")) is CoreFailure.LINK_FAILED
    bad.requests.clear()


@pytest.mark.requirement("CORE-03")
async def test_a_core_that_fails_is_left_alone(
    bad: BadGateway, core: HttpCore, clock: SettableClock
) -> None:
    """After three failures nothing is sent: reads fail at once, writes and inquiries are unknown.

    After the rest one call tries; its answer lets all others through again.
    """
    await fail(bad, core, clock, 3)
    assert await kind_of(core.account(call(clock), "a")) is CoreFailure.LINK_FAILED
    assert await core.settle(call(clock, key="k"), "h") == Unknown("k")
    assert await core.inquire(call(clock), "k") == Unknown("k")
    assert bad.requests == []
    clock.advance(10)
    bad.answer = saying(NO_ACCOUNT)
    assert await core.account(call(clock), "a") is None
    assert await core.account(call(clock), "a") is None
    assert len(bad.requests) == 2


@pytest.mark.requirement("CORE-03")
async def test_only_one_call_tries(bad: BadGateway, core: HttpCore, clock: SettableClock) -> None:
    """After the rest, ten at once send one request; while it fails, the core rests again."""
    await fail(bad, core, clock, 3)
    clock.advance(10)
    reads = [core.account(call(clock), "a") for _ in range(10)]
    found = await asyncio.gather(*reads, return_exceptions=True)
    assert all(isinstance(each, CoreUnavailable) for each in found)
    assert len(bad.requests) == 1
    assert await kind_of(core.account(call(clock), "a")) is CoreFailure.LINK_FAILED
    assert len(bad.requests) == 1


@pytest.mark.requirement("CORE-03")
async def test_a_caller_who_goes_away_leaves_the_place_free(
    bad: BadGateway, core: HttpCore, clock: SettableClock
) -> None:
    """Where the call that tries is cancelled, or has hardly any time, the next one tries."""
    await fail(bad, core, clock, 3)
    clock.advance(10)
    bad.answer = silent
    trying = asyncio.create_task(core.account(call(clock), "a"))
    while not bad.requests:  # noqa: ASYNC110 - the server tells nobody
        await asyncio.sleep(0.01)
    trying.cancel()
    with pytest.raises(asyncio.CancelledError):
        await trying
    assert await kind_of(core.account(call(clock, 0.1), "a")) is CoreFailure.LINK_FAILED
    bad.answer = saying(NO_ACCOUNT)
    assert await core.account(call(clock), "a") is None


@pytest.mark.requirement("CORE-03")
@pytest.mark.parametrize("name", ["wrong type", "core cannot", "no such place", "huge"])
async def test_an_answer_is_no_failed_link(
    bad: BadGateway, core: HttpCore, clock: SettableClock, name: str
) -> None:
    """What cannot be used was answered all the same: it begins the count anew."""
    for _ in range(2):
        await fail(bad, core, clock, 2)
        bad.answer = ANSWERS[name][0]
        for _ in range(4):
            assert await kind_of(core.account(call(clock), "a")) is CoreFailure.CANNOT_HANDLE


@pytest.mark.requirement("CORE-03")
async def test_impatient_callers_do_not_count(
    bad: BadGateway, core: HttpCore, clock: SettableClock
) -> None:
    """Calls that had no time from the start do not open the circuit."""
    bad.answer = silent
    for seconds in (0, 0.05, 0.05, 0.05, -1):
        assert await kind_of(core.account(call(clock, seconds), "a")) is CoreFailure.LINK_FAILED
    bad.answer = saying(NO_ACCOUNT)
    assert await core.account(call(clock), "a") is None
