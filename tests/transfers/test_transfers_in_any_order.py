"""Whatever is ordered, repeated, cancelled, interrupted and executed at once: the books agree."""

import asyncio
from collections import Counter
from datetime import date
from itertools import count
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from madoguchi.kernel.clock import in_japan, japan_day
from madoguchi.transfers import Accepted, Payee, Transfer, TransferState
from tests.support.clock import MORNING
from tests.transfers.transfer_world import Crash, World, limits, order, other_bank

FAULTS = st.sampled_from(["", "", "before", "after", "crash-before", "crash-after"])
DAYS = (None, None, date(2026, 11, 24), date(2026, 11, 25))
ORDERED = st.tuples(
    st.just("order"), st.integers(0, 2), st.integers(0, 4), st.integers(1, 900),
    st.sampled_from(DAYS), st.sampled_from([1, 1, 2]),
)  # fmt: skip
STEPS = st.one_of(
    ORDERED, ORDERED,
    st.tuples(st.just("execute"), st.integers(0, 20), st.integers(1, 3)),
    st.tuples(st.just("cancel"), st.integers(0, 20)),
    st.tuples(st.just("wait"), st.sampled_from([60, 3_600, 40_000, 86_400])),
    st.tuples(st.just("work")),
    st.tuples(st.just("close"), st.just(3)),
)  # fmt: skip
ENDINGS = ("1234561", "1234568", "1234569")
MOVED = (TransferState.DONE, TransferState.RETURNED)
rounds = count(1)


class Round:
    """One customer's accounts, the orders so far, and what was in them at the beginning."""

    def __init__(self, world: World, accounts: list[Payee], number: int) -> None:
        self.world, self.accounts, self.number = world, accounts, number
        self.transfers: list[Transfer] = []

    async def step(self, step: tuple[Any, ...]) -> None:
        """Do one step; a crash ends it in its middle."""
        name, *values = step
        try:
            await getattr(self, name)(*values)
        except Crash:
            return

    async def order(self, source: int, to: int, amount: int, on: date | None, times: int) -> None:
        """Order, `times` at once with one form."""
        payee = self.accounts[to] if to < 4 else other_bank(ENDINGS[amount % 3])
        wanted = order(self.accounts[source], payee, amount, on)
        once = f"{self.number}-{len(self.transfers)}-{amount}-{source}-{to}-{on}"
        answers = await asyncio.gather(*(self.world.accept(wanted, once) for _ in range(times)))
        found = {each.transfer.id: each.transfer for each in answers if isinstance(each, Accepted)}
        assert len(found) <= 1
        self.transfers += [each for each in found.values() if each.id not in self._known()]

    async def execute(self, which: int, executors: int) -> None:
        """Execute one, by several at once."""
        if self.transfers:
            chosen = self.transfers[which % len(self.transfers)]
            results = await asyncio.gather(
                *(self.world.execute(chosen) for _ in range(executors)), return_exceptions=True
            )
            assert all(isinstance(each, Transfer | Crash) for each in results), results

    async def cancel(self, which: int) -> None:
        """Cancel one."""
        if self.transfers:
            await self.world.cancel(self.transfers[which % len(self.transfers)])

    async def wait(self, seconds: int) -> None:
        """Let time pass."""
        self.world.clock.advance(seconds)

    async def work(self) -> None:
        """Let a worker run what is due."""
        await self.world.rescue()
        await self.world.worker().run_due()

    async def close(self, which: int) -> None:
        """Close the account that is only paid into."""
        account = self.accounts[which]
        if await self.world.balance(account) == (0, 0):
            await self.world.administration.close_account("9901", account.account_id or "")

    async def settle_down(self) -> None:
        """Let everything come to its end: no more faults, and days go by."""
        self.world.core.faults = []
        for _ in range(8):
            self.world.clock.advance(86_400 if _ else 120)
            for transfer in self.transfers:
                await self.world.execute(transfer)
            await self.work()

    def _known(self) -> set[str]:
        return {each.id for each in self.transfers}


@pytest.mark.requirement("RET-18")
@pytest.mark.requirement("RET-22")
@settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    orders=st.lists(ORDERED, min_size=4, max_size=8),
    steps=st.lists(STEPS, min_size=6, max_size=16),
    faults=st.lists(FAULTS, min_size=4, max_size=14),
    many=st.booleans(),
)
async def test_anything_in_any_order(
    world: World, orders: list[Any], steps: list[Any], faults: list[Any], many: bool
) -> None:
    """No yen is made, lost or moved twice; states agree; nothing stays held; limits hold."""
    world.clock.set(MORNING)
    world.set(limits=limits(800, 2_000, 3_000))
    number = next(rounds)
    contract = "contract"
    await world.in_tx(lambda tx: tx.execute("DELETE FROM transfers_transfer"))
    holders = ("taro", "hanako", "jiro", "saburo")
    accounts = [await world.account(2_000, holder=holder) for holder in holders[:3]]
    accounts.append(await world.account(0, holder=holders[3], branch="002"))
    world.core.faults, world.core.many = list(faults), many
    here = Round(world, accounts, number)
    for step in (*orders, *steps):
        await here.step(step)
    await here.settle_down()

    every = await world.every(contract)
    assert {each.id for each in every} == {each.id for each in here.transfers}
    assert all(each.is_final for each in every), every
    expected = [2_000, 2_000, 2_000, 0]
    places = {account.account_id: place for place, account in enumerate(accounts)}
    used: Counter[date] = Counter()
    for each in every:
        assert bool(each.acceptance_number) == (each.state in MOVED)
        if each.state not in MOVED:
            continue
        expected[places[each.order.payer.account_id]] -= each.total
        if each.order.payee.account_id in places:
            expected[places[each.order.payee.account_id]] += each.order.amount
        if each.destination != "own":
            used[each.executes_on] += each.order.amount
    for account, balance in zip(accounts, expected, strict=True):
        assert await world.balance(account) == (balance, balance)
    assert all(amount <= 2_000 for amount in used.values())
    assert sum(used.values()) <= 3_000
    assert all(each.order.amount <= 800 for each in every if each.destination != "own")
    mails = Counter(await world.mails())
    assert mails["transfer-done"] >= sum(each.state in MOVED for each in every)
    assert japan_day(world.clock.now()) > in_japan(MORNING).date()
    await world.books_are_right()
