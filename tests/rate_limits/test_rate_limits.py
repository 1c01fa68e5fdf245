"""Turns in windows, counted in the database."""

import asyncio
from datetime import timedelta

import pytest

from madoguchi import rate_limits
from madoguchi.plumbing.database import Database
from madoguchi.rate_limits import Allowed, Bucket, Limited
from tests.support.clock import SettableClock

ADDRESS = Bucket(what="link-address", who="192.0.2.1", limit=3, per_seconds=60)


@pytest.mark.requirement("LINK-18")
async def test_no_more_than_the_limit_in_a_window(database: Database, clock: SettableClock) -> None:
    """Three turns are given, the fourth waits until the window ends, and then there is one."""
    ends = clock.now() + timedelta(seconds=60)
    for remaining in (2, 1, 0):
        given = await rate_limits.take(database, "9901", [ADDRESS], clock.now())
        assert given == Allowed(3, remaining, ends)
    clock.advance(20.5)
    refused = await rate_limits.take(database, "9901", [ADDRESS], clock.now())
    assert refused == Limited("link-address", 3, 40, ends)
    clock.advance(39.5)
    assert isinstance(await rate_limits.take(database, "9901", [ADDRESS], clock.now()), Allowed)


@pytest.mark.requirement("LINK-18", "RUN-02")
async def test_turns_taken_at_once_are_counted_exactly(
    database: Database, clock: SettableClock
) -> None:
    """Of 30 turns taken at once, from two buckets in either order, three are given."""
    client = Bucket(what="link-client", who="app", limit=100, per_seconds=60)
    answers = await asyncio.gather(
        *(
            rate_limits.take(database, "9901", list(order), clock.now())
            for order in [(ADDRESS, client), (client, ADDRESS)] * 15
        )
    )
    assert sum(isinstance(answer, Allowed) for answer in answers) == 3


@pytest.mark.requirement("INST-04")
async def test_buckets_are_apart(database: Database, clock: SettableClock) -> None:
    """Another institution, another kind and another person have turns of their own."""
    for _ in range(4):
        await rate_limits.take(database, "9901", [ADDRESS], clock.now())
    other_kind = Bucket("api-client", ADDRESS.who, 3, 60)
    other_person = Bucket(ADDRESS.what, "192.0.2.2", 3, 60)
    for institution, bucket in (
        ("9902", ADDRESS),
        ("9901", other_kind),
        ("9901", other_person),
    ):
        given = await rate_limits.take(database, institution, [bucket], clock.now())
        assert isinstance(given, Allowed)


async def test_the_tightest_bucket_answers(database: Database, clock: SettableClock) -> None:
    """With several buckets, the fewest left are told; refused, the longest wait is."""
    wide = Bucket("api-client", "app", 10, 3600)
    narrow = Bucket("api-consent", "c-1", 2, 60)
    given = await rate_limits.take(database, "9901", [wide, narrow], clock.now())
    assert isinstance(given, Allowed)
    assert (given.limit, given.remaining) == (2, 1)
    for _ in range(10):
        refused = await rate_limits.take(database, "9901", [wide, narrow], clock.now())
    assert isinstance(refused, Limited)
    assert (refused.what, refused.retry_after_seconds) == ("api-client", 3600)


async def test_a_clock_set_back_does_not_lock_out(database: Database, clock: SettableClock) -> None:
    """A window that ends later than a new one could is begun anew; small differences are not."""
    for _ in range(3):
        await rate_limits.take(database, "9901", [ADDRESS], clock.now())
    clock.advance(-30)
    assert isinstance(await rate_limits.take(database, "9901", [ADDRESS], clock.now()), Limited)
    clock.advance(-86_400)
    assert isinstance(await rate_limits.take(database, "9901", [ADDRESS], clock.now()), Allowed)


async def test_purging_deletes_ended_windows(database: Database, clock: SettableClock) -> None:
    """Only windows that have ended are deleted."""
    await rate_limits.take(database, "9901", [ADDRESS], clock.now())
    clock.advance(30)
    await rate_limits.take(database, "9902", [ADDRESS], clock.now())
    clock.advance(30)
    async with database.transaction() as tx:
        assert await rate_limits.purge(tx, clock.now()) == 1


@pytest.mark.requirement("LINK-18")
async def test_a_turn_given_back_can_be_taken_again(
    database: Database, clock: SettableClock
) -> None:
    """What is given back counts no more; more is never given back than was taken."""
    for _ in range(3):
        await rate_limits.take(database, "9901", [ADDRESS], clock.now())
    await rate_limits.give_back(database, "9901", [ADDRESS], clock.now())
    assert isinstance(await rate_limits.take(database, "9901", [ADDRESS], clock.now()), Allowed)
    for _ in range(9):
        await rate_limits.give_back(database, "9901", [ADDRESS], clock.now())
    answers = [await rate_limits.take(database, "9901", [ADDRESS], clock.now()) for _ in range(4)]
    assert [isinstance(answer, Allowed) for answer in answers] == [True, True, True, False]
