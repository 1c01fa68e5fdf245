"""Whatever happens to bills in whatever order: no yen is lost, and none is paid twice."""

import asyncio
from itertools import count

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from madoguchi.bill_payments import (
    Bill,
    BillNumbers,
    BillOrder,
    BillPaymentState,
    PaymentAccepted,
)
from madoguchi.bill_payments.simulator.rules import bill_of
from tests.bill_payments.breaking import Breaking, Countdown, Crash
from tests.bill_payments.conftest import BANK, BillWorld, numbers

RUNS = count(1)
ENDINGS = st.sampled_from(["00", "05", "06", "07", "08", "09", "33"])
MOVES = st.one_of(
    st.tuples(st.just("accept"), ENDINGS, st.integers(0, 3)),
    st.tuples(st.just("execute"), st.integers(0, 5), st.integers(1, 3)),
    st.tuples(st.just("crash"), st.integers(0, 5), st.integers(0, 7)),
    st.tuples(st.just("wait"), st.integers(1, 200), st.just(0)),
)


@pytest.mark.requirement("RET-25", "CORE-02")
@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(moves=st.lists(MOVES, min_size=3, max_size=14))
async def test_what_left_the_account_is_what_was_paid(
    world: BillWorld, moves: list[tuple[str, object, int]]
) -> None:
    """The balance falls by what the billers took, nothing stays held, and the books are right."""
    run, (before, _) = next(RUNS), await world.balance()
    payments: list[str] = []
    for place, (what, first, second) in enumerate(moves):
        if what == "accept":
            wanted = numbers(str(first), start=f"{run:06}{second:06}")
            accepted = await world.accept(_order(world, wanted), once=f"{run} {place}")
            if isinstance(accepted, PaymentAccepted):
                payments.append(accepted.payment.id)
        elif what == "wait":
            world.clock.advance(int(str(first)))
        elif payments:
            await _execute(world, payments[int(str(first)) % len(payments)], what, second)
    for _ in range(3):
        world.clock.advance(60)
        done = [await world.bills().execute(BANK, each) for each in payments]
    paid = [each for each in done if each.state is BillPaymentState.PAID] if payments else []
    taken = await _taken(world)
    assert {each.id: each.bill.amount for each in paid}.items() <= taken.items()
    after = before - sum(each.bill.amount for each in paid)
    assert await world.balance() == (after, after)
    assert set(taken) & set(payments) == {each.id for each in paid}
    await world.verify_books()


def _order(world: BillWorld, wanted: BillNumbers) -> BillOrder:
    """Return an order for a bill that may be paid already: whoever confirms saw it before."""
    bill = bill_of(wanted, world.clock.now())
    assert isinstance(bill, Bill)
    return BillOrder(payer=world.payer, numbers=wanted, bill=bill)


async def _execute(world: BillWorld, payment_id: str, what: str, second: int) -> None:
    if what == "execute":
        await asyncio.gather(*(world.bills().execute(BANK, payment_id) for _ in range(second)))
        return
    countdown = Countdown(second)
    core, network = Breaking(world.core, countdown), Breaking(world.network, countdown)
    try:
        await world.bills(core_of=lambda _i: core, network=network).execute(BANK, payment_id)
    except Crash:
        return


async def _taken(world: BillWorld) -> dict[str, int]:
    """Return what the simulated billers took, by order id."""
    sql = "SELECT order_id, amount FROM biller_simulator.payment_order WHERE refused = ''"
    async with world.database.transaction() as tx:
        return {row["order_id"]: row["amount"] for row in await tx.many(dict, sql)}
