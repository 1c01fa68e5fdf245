"""The ledger with many at it at once: connections, and processes."""

import asyncio
import json
import sys
from collections.abc import Sequence
from itertools import count

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from madoguchi.core_bank import (
    Account,
    BooksVerified,
    Held,
    Refusal,
    Refused,
    Released,
    ReleaseReason,
    Settled,
)
from madoguchi.plumbing.database import Database
from tests.core_bank.conftest import embedded_stage
from tests.core_bank.contract import (
    BANK,
    held,
    ledger_and_available,
    reading,
    transfer,
    writing,
)
from tests.core_bank.stages import EmbeddedStage
from tests.support.clock import SettableClock

pytestmark = pytest.mark.requirement("CORE-02")
NUMBERS = count(1)
WANTED = st.tuples(
    st.integers(0, 3), st.integers(0, 4), st.integers(1, 900), st.sampled_from([0, 110])
)
ENDS = st.sampled_from(["settle", "void", "both", "twice", "leave"])


async def _end(stage: EmbeddedStage, hold: Held, how: str, key: str) -> Sequence[object]:
    core = stage.core
    settle = core.settle(writing(stage, f"{key} settle"), hold.hold_id)
    match how:
        case "settle":
            return [await settle]
        case "twice":
            again = core.settle(writing(stage, f"{key} settle"), hold.hold_id)
            return await asyncio.gather(settle, again)
        case "void" | "both":
            void = core.release(writing(stage, f"{key} void"), hold.hold_id, ReleaseReason.VOIDED)
            if how == "both":
                return await asyncio.gather(settle, void)
            settle.close()
            return [await void]
        case _:
            settle.close()
            return []


@settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(plan=st.lists(st.tuples(WANTED, ENDS), min_size=1, max_size=24))
async def test_anything_at_once(
    ledger: EmbeddedStage, plan: list[tuple[tuple[int, int, int, int], str]]
) -> None:
    """Whatever is held, settled and released at once: no yen is made, lost or spent twice."""
    accounts = [
        await ledger.open_account(f"{next(NUMBERS):07}", pin=None, balance=1_000) for _ in range(4)
    ]

    async def one(wanted: tuple[int, int, int, int], how: str, key: str) -> int:
        """Return what left the four accounts for good."""
        payer, payee, amount, fee = wanted
        asked = (
            transfer(accounts[payer], amount, to=accounts[payee], fee=fee)
            if payee < 4
            else transfer(accounts[payer], amount, fee=fee)
        )
        answer = await ledger.core.hold(writing(ledger, key), asked)
        if isinstance(answer, Refused):
            assert answer.code in {Refusal.NOT_ENOUGH_FUNDS, Refusal.SAME_ACCOUNT}
            return 0
        assert isinstance(answer, Held)
        ends = await _end(ledger, answer, how, key)
        done = [end for end in ends if isinstance(end, Settled | Released)]
        assert len(set(map(repr, done))) == (0 if how == "leave" else 1)
        if not any(isinstance(end, Settled) for end in done):
            return 0
        return fee + (amount if payee == 4 else 0)

    first = next(NUMBERS)
    gone = await asyncio.gather(
        *(one(*each, key=f"{first} {place}") for place, each in enumerate(plan))
    )
    balances = [await ledger_and_available(ledger, account) for account in accounts]
    assert sum(balance for balance, _ in balances) == 4_000 - sum(gone)
    assert all(0 <= available <= balance for balance, available in balances)
    assert isinstance(await ledger.administration.verify_books(BANK), BooksVerified)


async def test_one_key_sent_at_once(ledger: EmbeddedStage) -> None:
    """The same transfer sent ten times at once under one key is held once and settled once."""
    account = await ledger.open_account(balance=1_000)
    wanted = transfer(account, 100)
    holds = await asyncio.gather(
        *(ledger.core.hold(writing(ledger, "hold"), wanted) for _ in range(10))
    )
    assert len(set(holds)) == 1
    (hold,) = set(holds)
    assert isinstance(hold, Held)
    settled = await asyncio.gather(
        *(ledger.core.settle(writing(ledger, "settle"), hold.hold_id) for _ in range(10))
    )
    assert len(set(settled)) == 1
    assert await ledger_and_available(ledger, account) == (900, 900)


async def _hold_at_once(stage: EmbeddedStage, account: Account, name: str) -> int:
    """Ask for ten holds of 100 yen at once; return how many were given."""
    wanted = transfer(account, 100)
    answers = await asyncio.gather(
        *(stage.core.hold(writing(stage, f"{name} {n}"), wanted) for n in range(10))
    )
    return sum(isinstance(answer, Held) for answer in answers)


async def test_two_at_once_over_the_balance(ledger: EmbeddedStage) -> None:
    """Of ten holds at once, exactly as many are given as the balance covers."""
    account = await ledger.open_account(balance=350)
    assert await _hold_at_once(ledger, account, "k") == 3
    assert await ledger_and_available(ledger, account) == (350, 50)


async def test_two_at_once_without_the_lock(fresh_database_url: str, clock: SettableClock) -> None:
    """Without the account's lock and limit the test above would fail: too much is held."""
    database = await Database.connect(fresh_database_url, smallest=10)
    try:
        await _take_the_lock_away(database)
        stage = embedded_stage(database, clock)
        overdrawn = False
        for turn in range(30):
            account = await stage.open_account(f"{turn:07}", pin=None, balance=350)
            overdrawn = await _hold_at_once(stage, account, f"turn {turn}") > 3
            if overdrawn:
                break
        assert overdrawn
    finally:
        await database.close()


async def _take_the_lock_away(database: Database) -> None:
    async with database.transaction() as tx:
        function = await tx.value(
            "SELECT pg_get_functiondef('embedded_core.hold_transfer'::regproc)"
        )
        lock = "FOR NO KEY UPDATE"
        assert lock in function
        await tx.execute(function.replace(lock, ""))
        await tx.execute(
            "ALTER TABLE embedded_core.account DROP CONSTRAINT account_never_below_its_limit"
        )


async def test_opposite_transfers_do_not_deadlock(ledger: EmbeddedStage) -> None:
    """Transfers between the same accounts in both directions at once all go through."""
    there = await ledger.open_account("1111111", balance=10_000)
    back = await ledger.open_account("2222222", balance=10_000)

    async def one(place: int) -> object:
        payer, payee = (there, back) if place % 2 else (back, there)
        hold = await held(ledger, f"hold {place}", transfer(payer, 7, to=payee))
        return await ledger.core.settle(writing(ledger, f"settle {place}"), hold.hold_id)

    answers = await asyncio.gather(*(one(place) for place in range(40)))
    assert all(isinstance(answer, Settled) for answer in answers)
    assert await ledger_and_available(ledger, there) == (10_000, 10_000)


async def test_two_processes(fresh_database_url: str, clock: SettableClock) -> None:
    """Two processes sending the same transfers with the same keys get the same answers."""
    database = await Database.connect(fresh_database_url)
    stage = embedded_stage(database, clock)
    accounts = [await stage.open_account(f"{n:07}", pin=None, balance=1_000) for n in range(3)]
    ids = [account.id for account in accounts]
    workers = [
        await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "tests.core_bank.transfer_worker",
            fresh_database_url,
            clock.now().isoformat(),
            *ids,
            stdout=asyncio.subprocess.PIPE,
        )
        for _ in range(2)
    ]
    outputs = [json.loads((await worker.communicate())[0]) for worker in workers]
    assert outputs[0] == outputs[1]
    done = sum(answer.startswith("Settled") for answer in outputs[0])
    assert 0 < done < len(outputs[0])
    balances = [await ledger_and_available(stage, account) for account in accounts]
    assert sum(ledger for ledger, _ in balances) == 3_000 - 10 * done
    assert all(ledger == available >= 0 for ledger, available in balances)
    assert isinstance(await stage.administration.verify_books(BANK), BooksVerified)
    for place, answer in enumerate(outputs[0]):
        key = f"settle {place}" if answer.startswith("Settled") else f"hold {place}"
        assert repr(await stage.core.inquire(reading(stage), key)) == answer
    await database.close()
