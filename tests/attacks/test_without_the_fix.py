"""What the guards against attacks at once are worth: the same attack, with and without them.

Two applications with a core that counts stand on one database, in one process.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from typing import Any

import pytest

from madoguchi import lockout
from madoguchi.call_back import Reason
from madoguchi.call_back.rules import judge
from madoguchi.core_bank import PinRight, PinWrong
from madoguchi.operations_log import OperationsLog
from madoguchi.plumbing.database import Database
from madoguchi.plumbing.web import Visits
from tests.support.clock import SettableClock
from tests.support.keys import FixedKeys
from tests.support.link_person import Walk
from tests.support.link_world import LinkWorld, open_world


@pytest.fixture
async def other(
    world: LinkWorld, database: Database, counters: Database, clock: SettableClock, keys: FixedKeys
) -> AsyncIterator[LinkWorld]:
    """A second application on the same data and core."""
    async with open_world(database, counters, clock, keys, register=False) as other:
        other.runtime.__dict__["core"] = world.core
        yield other


async def pins_compared(world: LinkWorld, other: LinkWorld, tries: int = 10) -> int:
    """Send so many wrong PINs at once to two applications; return how many the core compared."""
    walks = []
    for number in range(tries):
        walk = await (await world.begin(app=world.app())).to("card-pin")
        walk.browser.http = (world, other)[number % 2].browser().http
        walks.append(walk)
    compared = 0

    async def compare(_call: object, _account: str, pin: str) -> PinRight | PinWrong:
        nonlocal compared
        compared += 1
        await asyncio.sleep(0.05)
        return PinRight() if pin == "7391" else PinWrong()

    world.core.verify_card_pin = compare  # type: ignore[assignment, method-assign]
    await asyncio.gather(*(walk.browser.send(card_pin="0000") for walk in walks))
    return compared


@pytest.mark.requirement("LINK-17", "LOCK-01")
async def test_the_core_compares_five_pins_at_most(world: LinkWorld, other: LinkWorld) -> None:
    """Of ten tries at once no more than the limit reach the comparison."""
    assert await pins_compared(world, other) == 5


@pytest.mark.requirement("LINK-17")
async def test_counting_after_comparing_would_let_all_through(
    world: LinkWorld, other: LinkWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same attack on a lock that is looked at first and counted afterwards compares all ten."""

    async def look_only(
        database: Database, policy: lockout.Policy, institution: str, subject: str, now: Any
    ) -> lockout.Allowed | lockout.Locked:
        async with database.transaction() as tx:
            locked = await lockout.is_locked(tx, policy, institution, subject, now)
        return locked or lockout.Allowed(policy, institution, subject, 1, 0)

    real_attempt, real_failed = lockout.attempt, lockout.failed

    async def count_now(tx: Any, allowed: lockout.Allowed, now: Any) -> Any:
        counted = await real_attempt(
            world.runtime.counters, allowed.policy, allowed.institution, allowed.subject, now
        )
        if isinstance(counted, lockout.Locked):
            return lockout.StillAllowed(0)
        return await real_failed(tx, counted, now)

    monkeypatch.setattr(lockout, "attempt", look_only)
    monkeypatch.setattr(lockout, "failed", count_now)
    assert await pins_compared(world, other) == 10


async def failures_of_one_form(world: LinkWorld, other: LinkWorld) -> int:
    """Send one form with a wrong PIN four times at once; return how many failures were counted."""
    walk = await (await world.begin()).to("card-pin")
    fields = walk.browser.filled_in(card_pin="0000")
    copies = [walk.browser.copy(http=each.browser().http) for each in (world, other) * 2]
    await asyncio.gather(*(copy.submit(fields) for copy in copies))
    [row] = await world.rows("SELECT wrong FROM lockout_count")
    return int(row["wrong"])


@pytest.mark.requirement("LINK-07")
async def test_a_form_is_judged_once(world: LinkWorld, other: LinkWorld) -> None:
    """The visit's row is locked: the second of two equal forms finds the first's version."""
    assert await failures_of_one_form(world, other) == 1


@pytest.mark.requirement("LINK-07")
async def test_without_the_visits_lock_it_would_be_judged_again(
    world: LinkWorld, other: LinkWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same clicks, where the visit is read without its lock, count more than one failure."""
    real_compare = world.core.verify_card_pin

    async def slow(*given: Any) -> Any:
        await asyncio.sleep(0.05)
        return await real_compare(*given)

    unlocked(monkeypatch)
    monkeypatch.setattr(world.core, "verify_card_pin", slow)
    assert await failures_of_one_form(world, other) > 1


async def fail_in_the_middle(world: LinkWorld, times: int) -> Walk:
    """Send wrong PINs whose requests fail after the comparison; return the walk."""
    walk = await (await world.begin()).to("card-pin")
    real = OperationsLog.append

    def broken(self: Any, tx: Any, entry: Any) -> None:
        if str(entry.event) == "link:card-pin":
            raise RuntimeError("the disk is full")
        real(self, tx, entry)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(OperationsLog, "append", broken)
        for _ in range(times):
            fields = walk.browser.filled_in(card_pin="0000")
            assert (await walk.browser.submit(fields)).status_code == 500
    return walk


@pytest.mark.requirement("LINK-15", "LOCK-01")
async def test_a_failure_outlives_the_rollback_of_its_request(world: LinkWorld) -> None:
    """Five wrong PINs whose requests failed afterwards are five: the sixth, right, is refused."""
    walk = await fail_in_the_middle(world, 5)
    await walk.browser.send(card_pin="7391")
    assert walk.browser.screen == "locked"
    assert "B84" in walk.browser.text


@pytest.mark.requirement("LINK-15", "LOCK-01")
async def test_counted_in_the_request_it_would_not(
    world: LinkWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same, where the count stands in the request's own transaction, locks nothing."""

    async def not_counted(
        database: Database, policy: lockout.Policy, institution: str, subject: str, now: Any
    ) -> lockout.Allowed:
        return lockout.Allowed(policy, institution, subject, 1, 0)

    with monkeypatch.context() as patched:
        patched.setattr(lockout, "attempt", not_counted)
        walk = await fail_in_the_middle(world, 5)
    await walk.browser.send(card_pin="7391")
    assert walk.browser.screen == "consent"


def unlocked(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have visits read without the lock that makes others wait."""
    real = Visits.find

    async def find(self: Any, *given: Any, lock: bool, **more: Any) -> Any:
        return await real(self, *given, lock=False, **more)

    monkeypatch.setattr(Visits, "find", find)


async def outcomes_of_one_form(
    world: LinkWorld, other: LinkWorld, screen: str, **typed: str
) -> Counter[str]:
    """Send a screen's form to both applications, twice at once; return what it came to."""
    walk = await (await world.begin()).to(screen)
    if screen == "call":
        await walk.call(walk.person.phone, walk.number_shown)
    fields = walk.browser.filled_in(**typed)
    copies = [walk.browser.copy(http=each.browser().http) for each in (world, other) * 2]
    await asyncio.gather(*(copy.submit(fields) for copy in copies))
    return Counter(row.detail["outcome"] for row in await world.log(event=f"link:{screen}"))


ONCE = pytest.mark.parametrize(("screen", "typed"), [("call", {}), ("consent", {"agree": "1"})])


@ONCE
@pytest.mark.requirement("LINK-24", "LINK-30", "LINK-07")
async def test_what_can_be_spent_once_is_asked_once(
    screen: str, typed: dict[str, str], world: LinkWorld, other: LinkWorld
) -> None:
    """確定する and 許可する, sent four times at once to two applications, proceed once."""
    assert await outcomes_of_one_form(world, other, screen, **typed) == {"Proceed": 1}


@ONCE
@pytest.mark.requirement("LINK-24", "LINK-30", "LINK-07")
async def test_without_the_visits_lock_the_loser_would_be_sent_astray(
    screen: str,
    typed: dict[str, str],
    world: LinkWorld,
    other: LinkWorld,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The same clicks on an unlocked visit: some are judged after the first has spent it."""
    unlocked(monkeypatch)
    found = await outcomes_of_one_form(world, other, screen, **typed)
    assert found["Proceed"] == 1, "the call-back and the consent guard themselves too"
    assert found["CallTooLate"] + found["RequestSpent"] > 0


async def confirmed_by_one_call(world: LinkWorld, other: LinkWorld) -> int:
    """Let two visits of one phone show one number, and call once; return how many it confirms."""
    world.configure(verification_numbers=("0120-000-201",))
    other.configure(verification_numbers=("0120-000-201",))
    walks = [await (await each.begin(app=each.app())).to("call") for each in (world, other)]
    await world.call(walks[0].person.phone, walks[0].number_shown)
    await asyncio.gather(*(walk.browser.send() for walk in walks))
    return [walk.browser.screen for walk in walks].count("card-pin")


@pytest.mark.requirement("LINK-22")
async def test_a_call_that_fits_two_visits_confirms_neither(
    world: LinkWorld, other: LinkWorld
) -> None:
    """The attacker who knows the victim's data waits for the victim's call in vain."""
    assert await confirmed_by_one_call(world, other) == 0


@pytest.mark.requirement("LINK-22")
async def test_taking_the_latest_visit_would_let_the_attacker_in(
    world: LinkWorld, other: LinkWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same call, where one of the visits that it fits is picked, confirms that one."""
    real = judge

    def pick(*given: Any) -> Any:
        fitting = real(*given)
        return fitting if isinstance(fitting, Reason) else fitting[-1:]

    monkeypatch.setattr("madoguchi.call_back.service.judge", pick)
    assert await confirmed_by_one_call(world, other) == 1
