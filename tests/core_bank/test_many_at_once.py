"""Many transfers in one statement of the ledger, with other such statements and single ones."""

import asyncio
from collections.abc import Awaitable
from itertools import count, pairwise
from typing import Any

import asyncpg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from madoguchi.core_bank import BooksVerified, Refusal, Refused, Settled, Unknown
from madoguchi.kernel.errors import BrokenInvariant
from madoguchi.plumbing.database import Database
from tests.core_bank.conftest import embedded_stage
from tests.core_bank.contract import BANK, ledger_and_available, reading, transfer
from tests.core_bank.many_contract import keyed, many, one
from tests.core_bank.stages import EmbeddedStage
from tests.support.clock import SettableClock

pytestmark = pytest.mark.requirement("CORE-02")
NUMBERS = count(1)
WANTED = st.tuples(
    st.integers(0, 3), st.integers(0, 3), st.integers(1, 900), st.sampled_from([0, 110])
)
OFTEN = settings(
    max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
CODES = {Refusal.NOT_ENOUGH_FUNDS, Refusal.SAME_ACCOUNT}


async def four(stage: EmbeddedStage) -> list[Any]:
    """Open four accounts with 1,000 yen each."""
    return [
        await stage.open_account(f"{next(NUMBERS):07}", pin=None, balance=1_000) for _ in range(4)
    ]


async def lines(stage: EmbeddedStage, database: Database, account_id: str) -> list[dict[str, Any]]:
    """Return what an account's passbook shows."""
    sql = """SELECT line, amount, balance_after, posted_day, kind, remarks
        FROM embedded_core.posting WHERE account_id = $1 ORDER BY line"""
    async with database.transaction() as tx:
        return await tx.many(dict, sql, account_id)


@OFTEN
@given(plan=st.lists(WANTED, min_size=1, max_size=30))
async def test_as_one_after_the_other(
    ledger: EmbeddedStage, database: Database, plan: list[tuple[int, int, int, int]]
) -> None:
    """Together and one after the other: the same answers, balances and lines of the passbooks."""
    together, alone = await four(ledger), await four(ledger)
    first = next(NUMBERS)

    def asked(accounts: list[Any], name: str) -> list[Any]:
        return [
            keyed(f"{first} {name} {n}", transfer(accounts[a], yen, to=accounts[b], fee=fee))
            for n, (a, b, yen, fee) in enumerate(plan)
        ]

    answers = await many(ledger, asked(together, "together"))
    singles = [await one(ledger, each) for each in asked(alone, "alone")]
    codes = [getattr(answer, "code", None) for answer in answers]
    assert codes == [getattr(answer, "code", None) for answer in singles]
    for here, there in zip(together, alone, strict=True):
        assert await lines(ledger, database, here.id) == await lines(ledger, database, there.id)
        balance = await ledger_and_available(ledger, here)
        assert balance == await ledger_and_available(ledger, there)
    assert isinstance(await ledger.administration.verify_books(BANK), BooksVerified)


@OFTEN
@given(
    plan=st.lists(WANTED, min_size=2, max_size=24),
    batches=st.lists(st.lists(st.integers(0, 30), min_size=1, max_size=20), min_size=2, max_size=4),
    singles=st.lists(st.integers(0, 30), max_size=6),
)
async def test_batches_and_singles_at_once(
    ledger: EmbeddedStage, plan: list[Any], batches: list[list[int]], singles: list[int]
) -> None:
    """Overlapping batches and single ones at once: each key moves once, and none waits for ever."""
    accounts = await four(ledger)
    first = next(NUMBERS)
    wanted = [
        keyed(f"{first} {n}", transfer(accounts[a], yen, to=accounts[b], fee=fee))
        for n, (a, b, yen, fee) in enumerate(plan)
    ]
    work: list[Awaitable[Any]] = [
        many(ledger, [wanted[n % len(wanted)] for n in batch]) for batch in batches
    ]
    work += [one(ledger, wanted[n % len(wanted)]) for n in singles]
    await asyncio.gather(*work)

    ends = [await one(ledger, each) for each in wanted]
    assert all(isinstance(end, Settled) or end.code in CODES for end in ends), ends  # type: ignore[union-attr]
    again = await many(ledger, wanted)
    assert [end for end in again if isinstance(end, Unknown)] == []
    assert list(again) == ends
    expected = [1_000] * 4
    for (a, b, yen, fee), end in zip(plan, ends, strict=True):
        if isinstance(end, Settled):
            expected[a] -= yen + fee
            expected[b] += yen
    for account, balance in zip(accounts, expected, strict=True):
        assert await ledger_and_available(ledger, account) == (balance, balance)
    assert isinstance(await ledger.administration.verify_books(BANK), BooksVerified)


async def crossing(stage: EmbeddedStage, database: Database) -> None:
    """Have two batches with the same keys in opposite orders both stop in their middle."""
    a, b, *_ = await four(stage)
    name = next(NUMBERS)
    batch = [keyed(f"{name} {n}", transfer(a, 1, to=b)) for n in range(3)]
    lock = "SELECT pg_advisory_xact_lock(x'636f7265'::integer, hashtext($1))"
    async with database.transaction() as tx:
        await tx.execute(lock, f"{BANK} {batch[1].hold_key}")
        moving = [asyncio.create_task(many(stage, each)) for each in (batch, batch[::-1])]
        await asyncio.sleep(0.3)
    forth, back = await asyncio.gather(*moving)
    assert list(forth) == list(back[::-1])
    assert all(isinstance(each, Settled) for each in forth)


async def test_no_deadlock_over_keys(ledger: EmbeddedStage, database: Database) -> None:
    """Two batches that want the same keys in opposite orders both get done."""
    await crossing(ledger, database)


async def test_deadlock_without_the_order(fresh_database_url: str, clock: SettableClock) -> None:
    """Without the order of the keys' locks the test above would fail."""
    database = await Database.connect(fresh_database_url)
    async with database.transaction() as tx:
        text = await tx.value("SELECT pg_get_functiondef('embedded_core.transfer_many'::regproc)")
        unordered = text.replace("SELECT DISTINCT hashtext", "SELECT hashtext").replace(
            "ORDER BY place) AS places", "OFFSET 0) AS places"
        )
        assert unordered != text
        await tx.execute(unordered)
    with pytest.raises(asyncpg.DeadlockDetectedError):
        await crossing(embedded_stage(database, clock), database)
    await database.close()


async def test_no_deadlock_over_accounts(ledger: EmbeddedStage) -> None:
    """Batches at once that want the same accounts in opposite orders all get done."""
    accounts = [
        await ledger.open_account(f"{next(NUMBERS):07}", pin=None, balance=1_000) for _ in range(24)
    ]
    for _ in range(8):
        name = next(NUMBERS)
        forth, back = (
            [
                keyed(f"{name} {way} {n}", transfer(a, 1, to=b))
                for n, (a, b) in enumerate(pairwise(accounts[::way]))
            ]
            for way in (1, -1)
        )
        answers = await asyncio.gather(
            many(ledger, forth), many(ledger, [*back, *forth[::-1]]), many(ledger, back)
        )
        assert all(isinstance(each, Settled) for answer in answers for each in answer)


async def test_another_bank_is_a_fault(ledger: EmbeddedStage) -> None:
    """Transfers to other banks are asked for one by one."""
    account = await ledger.open_account(balance=1_000)
    with pytest.raises(BrokenInvariant):
        await many(ledger, [keyed("1", transfer(account, 1))])
    assert await ledger_and_available(ledger, account) == (1_000, 1_000)


async def test_inquiry_waits(ledger: EmbeddedStage, database: Database) -> None:
    """Who inquires after either key while the statement is under way hears how it ended."""
    a, b, *_ = await four(ledger)
    async with database.transaction() as tx:
        await tx.execute("SELECT FROM embedded_core.account WHERE id = $1 FOR UPDATE", a.id)
        moving = asyncio.create_task(many(ledger, [keyed("1", transfer(a, 1, to=b))]))
        await asyncio.sleep(0.1)
        heard = [
            asyncio.create_task(ledger.core.inquire(reading(ledger), key))
            for key in ("1:hold", "1:settle")
        ]
        await asyncio.sleep(0.1)
        assert not any(each.done() for each in heard)
    (answer,) = await moving
    assert isinstance(answer, Settled)
    held, settled = await asyncio.gather(*heard)
    assert settled == answer
    assert not isinstance(held, Refused)
