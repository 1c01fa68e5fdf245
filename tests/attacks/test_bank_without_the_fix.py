"""What the guards of internet banking are worth: the same attack, with and without each of them."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from madoguchi import lockout
from madoguchi.institutions import Limits
from madoguchi.one_time_passwords import Asked, CodeRight
from madoguchi.one_time_passwords import store as codes
from madoguchi.plumbing.database import Database
from madoguchi.sign_in import store as sign_in
from tests.attacks.test_without_the_fix import unlocked
from tests.support.clock import SettableClock
from tests.support.keys import FixedKeys
from tests.support.retail_world import RetailWorld, open_retail_world
from tests.support.transfer_walk import KNOWN, PAYEE, Walk

DAY = "2026-11-24"


@pytest.fixture
async def bank(
    database: Database, counters: Database, clock: SettableClock, keys: FixedKeys
) -> AsyncIterator[RetailWorld]:
    """Internet banking in this process, whose guards can be taken away."""
    async with open_retail_world(database, counters, clock, keys) as world:
        yield world


def in_no_turn(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have sessions read without their idle time begun anew: by that one's requests take turns."""
    monkeypatch.setattr(sign_in, "TOUCH", f"{sign_in.FIND_SESSION} AND $4::timestamptz IS NOT NULL")


async def confirmed_at_once(walk: Walk, tabs: int = 6) -> int:
    """Send one right confirmation so many times at once; return how many transfers there are."""
    await walk.to_confirm("5000")
    fields = walk.browser.filled_in(
        "go", confirmation_password=walk.customer.confirmation_password, code=walk.code
    )
    copies = [walk.browser.copy() for _ in range(tabs)]
    await asyncio.gather(*(copy.submit(fields) for copy in copies))
    return len(await walk.transfers())


async def codes_judged_right(walk: Walk) -> int:
    """Judge one code eight times at once; return how many were right."""
    await walk.to_confirm("5000")
    asked, code = walk.codes[-1]
    port: Any = walk.bank.runtime.banking.mailed_codes

    async def judge(asked: Asked) -> object:
        async with walk.bank.database.transaction() as tx:
            return await port.judge(tx, asked, code, walk.bank.clock.now())

    found = await asyncio.gather(*(judge(asked) for _ in range(8)))
    return found.count(CodeRight())


@pytest.mark.requirement("RET-18")
async def test_a_code_is_judged_right_once(bank: RetailWorld) -> None:
    """Eight judgements of one code at once: one is right."""
    assert await codes_judged_right(await Walk.come(bank)) == 1


@pytest.mark.requirement("RET-18")
async def test_looking_before_using_up_would_accept_it_again(
    bank: RetailWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same, where a code is compared without being used up by the same statement."""
    looked = codes.TRY.replace(
        "spent_at = CASE WHEN code_hash = ANY ($4::bytea[]) THEN $5::timestamptz END",
        "spent_at = NULL",
    ).replace("spent_at IS NOT NULL AS was_right", "code_hash = ANY ($4::bytea[]) AS was_right")
    assert looked != codes.TRY
    monkeypatch.setattr(codes, "TRY", looked)
    assert await codes_judged_right(await Walk.come(bank)) > 1


@pytest.mark.requirement("RET-18", "RET-13")
async def test_a_form_makes_one_transfer(bank: RetailWorld) -> None:
    """One confirmation six times at once: one transfer."""
    assert await confirmed_at_once(await Walk.come(bank)) == 1


@pytest.mark.requirement("RET-18", "RET-13")
async def test_a_form_makes_one_transfer_by_each_of_its_guards(
    bank: RetailWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The turns of visit and session taken away, the code holds; that too, one order for a visit.

    Orders without that last guard are in the tests of accepting transfers.
    """
    walk = await Walk.come(bank)
    unlocked(monkeypatch)
    in_no_turn(monkeypatch)
    assert await confirmed_at_once(walk) == 1

    async def right(*_given: Any) -> CodeRight:
        return CodeRight()

    monkeypatch.setattr(type(bank.runtime.banking.mailed_codes), "judge", right)
    assert await confirmed_at_once(walk) == 2, "one more: its visit makes one order"


async def reserved_at_once(bank: RetailWorld, walk: Walk) -> int:
    """Confirm four reservations at once, of which the day's limit allows one; return how many."""
    bank.configure(transfers={"limits": Limits(1000, 1000, 9000)})
    async with bank.database.transaction() as tx:
        await tx.execute(KNOWN, bank.code, walk.customer.contract.id, *PAYEE.values())
    forms = []
    for _ in range(4):
        tab = walk.in_another_tab()
        await tab.to_confirm("600", when="reserved", on=DAY)
        password = walk.customer.confirmation_password
        forms.append((tab.browser, tab.browser.filled_in("go", confirmation_password=password)))
    await asyncio.gather(*(browser.submit(fields) for browser, fields in forms))
    return len(await walk.transfers())


@pytest.mark.requirement("RET-22")
async def test_the_days_limit_holds_for_all_at_once(bank: RetailWorld) -> None:
    """Four visits confirmed at once: one reservation, for the limits' row is locked."""
    assert await reserved_at_once(bank, await Walk.come(bank)) == 1


async def passwords_compared(bank: RetailWorld, monkeypatch: pytest.MonkeyPatch) -> int:
    """Try ten wrong login passwords at once; return how many were compared."""
    customer = await bank.customer()
    hasher: Any = bank.runtime.banking.sign_in._ports.hasher
    real, compared = type(hasher).check, 0

    async def check(self: Any, *given: Any) -> Any:
        nonlocal compared
        compared += 1
        return await real(self, *given)

    monkeypatch.setattr(type(hasher), "check", check)
    browsers = [bank.browser() for _ in range(10)]
    for browser in browsers:
        await browser.open(bank.url("login"))
    typed = {"login_id": customer.login_id, "login_password": "Wrong2Word"}
    await asyncio.gather(*(browser.send("go", **typed) for browser in browsers))
    return compared


@pytest.mark.requirement("LOCK-01", "RET-09")
async def test_five_passwords_are_compared_at_most(
    bank: RetailWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of ten tries at once no more than the limit reach the comparison."""
    assert await passwords_compared(bank, monkeypatch) == 5


@pytest.mark.requirement("LOCK-01", "RET-09")
async def test_without_counting_first_all_would_be_compared(
    bank: RetailWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same tries, where the lock is looked at and counted only afterwards, compare more."""

    async def look_only(
        database: Any, policy: lockout.Policy, institution: str, subject: str, now: Any
    ) -> lockout.Allowed | lockout.Locked:
        async with database.transaction() as tx:
            locked = await lockout.is_locked(tx, policy, institution, subject, now)
        return locked or lockout.Allowed(policy, institution, subject, 1, 0)

    monkeypatch.setattr(lockout, "attempt", look_only)
    assert await passwords_compared(bank, monkeypatch) == 10
