"""A worker executes many at once: each as by itself, whatever becomes of the others."""

import asyncio
from collections import Counter
from datetime import date

import pytest

from madoguchi.transfers import Payee, Transfer, TransferState
from tests.transfers.transfer_world import World, at, limits, order, other_bank

RESERVED_DAY = date(2026, 11, 24)
MORNING = at("2026-11-24 07:00")
DONE, FAILED = TransferState.DONE, TransferState.FAILED


async def pair(world: World, balance: int = 10_000) -> tuple[Payee, Payee]:
    """Return an account with money, and one at another branch to pay into."""
    world.set(limits=limits(10_000, 1_000_000, 1_000_000))
    return await world.account(balance), await world.account(holder="hanako", branch="002")


async def work(world: World, seconds: int = 15) -> None:
    """Let a worker do what is due after some seconds."""
    world.clock.advance(seconds)
    while await world.worker().run_due():
        pass


async def now(world: World, *transfers: Transfer) -> list[TransferState]:
    """Return how they stand."""
    return [(await world.find(each)).state for each in transfers]


@pytest.mark.requirement("RET-18")
async def test_many_today(world: World) -> None:
    """What was confirmed just now is executed together: moved, mailed and logged once each."""
    source, to = await pair(world)
    sent = [await world.accepted(order(source, to, 100 + n)) for n in range(5)]
    await work(world)
    assert world.core.calls == ["many"]
    assert await now(world, *sent) == [DONE] * 5
    found = [await world.find(each) for each in sent]
    assert len({each.acceptance_number for each in found}) == 5
    gone = sum(each.total for each in sent)
    assert await world.balance(source) == (10_000 - gone, 10_000 - gone)
    assert Counter(await world.mails())["transfer-done"] == 5
    assert Counter(await world.events())["transfer:done"] == 5


@pytest.mark.requirement("RET-18")
async def test_one_refused_in_the_middle(world: World) -> None:
    """What the balance does not cover fails and is told so; those before and after it go."""
    source, to = await pair(world, 5_000)
    sent = [await world.accepted(order(source, to, yen)) for yen in (2_000, 3_500, 1_000)]
    await work(world)
    assert await now(world, *sent) == [DONE, FAILED, DONE]
    assert (await world.find(sent[1])).reason == "not-enough-funds"
    assert Counter(await world.mails()) == {"transfer-done": 2, "transfer-failed": 1}
    assert Counter(await world.events())["transfer:failed"] == 1


@pytest.mark.requirement("RET-19")
async def test_reservations_in_the_morning(world: World) -> None:
    """Reservations are executed together, once the service is open."""
    source, to = await pair(world, 100_000)
    sent = [await world.accepted(order(source, to, 1_000 + n, RESERVED_DAY)) for n in range(4)]
    world.clock.set(at("2026-11-24 00:30"))
    await work(world, 0)
    assert set(await now(world, *sent)) <= {TransferState.RESERVED, DONE}
    world.clock.set(MORNING)
    await work(world, 600)
    assert await now(world, *sent) == [DONE] * 4
    assert "many" in world.core.calls
    assert "hold" not in world.core.calls


@pytest.mark.requirement("RET-19")
async def test_a_payer_who_may_no_longer_pay(world: World) -> None:
    """After a second look nothing of a stopped contract is moved: each fails for that."""
    source, to = await pair(world, 100_000)
    sent = [await world.accepted(order(source, to, 1_000 + n, RESERVED_DAY)) for n in range(3)]
    world.clock.set(MORNING)
    world.refusal = "contract-stopped"
    await work(world, 600)
    assert await now(world, *sent) == [FAILED] * 3
    assert {(await world.find(each)).reason for each in sent} == {"contract-stopped"}
    assert world.core.calls == []


@pytest.mark.requirement("RET-18")
async def test_other_banks_go_by_themselves(world: World) -> None:
    """Among many, what goes to other banks is asked for one by one, and none is forgotten."""
    source, to = await pair(world)
    payees = (to, other_bank("1234561"), to, other_bank("1234561"))
    sent = [await world.accepted(order(source, payee, 100)) for payee in payees]
    await work(world)
    assert set(await now(world, *sent)) == {DONE}
    assert Counter(world.core.calls) == {"many": 1, "hold": 2, "settle": 2}


@pytest.mark.requirement("RET-18")
@pytest.mark.parametrize("fault", ["before", "after", "crash-before", "crash-after"])
async def test_the_core_does_not_answer(world: World, fault: str) -> None:
    """Where many have no answer each is asked for by itself, with the keys of the first time."""
    source, to = await pair(world)
    sent = [await world.accepted(order(source, to, 100)) for _ in range(3)]
    world.core.faults = [fault]  # type: ignore[list-item]
    await work(world)
    assert await now(world, *sent) == [DONE] * 3
    assert Counter(world.core.calls) == {"many": 1, "hold": 3, "settle": 3}
    assert Counter(await world.mails())["transfer-done"] == 3
    gone = sum(each.total for each in sent)
    assert await world.balance(source) == (10_000 - gone, 10_000 - gone)


@pytest.mark.requirement("RET-18")
async def test_the_result_cannot_be_written(world: World) -> None:
    """One whose mail cannot be made keeps the others from nothing: they are written alone."""
    source, to = await pair(world)
    sent = [await world.accepted(order(source, to, 100)) for _ in range(3)]
    spoil = "UPDATE transfers_transfer SET sealed_email = 'x' WHERE id = $1"
    await world.in_tx(lambda tx: tx.execute(spoil, sent[1].id))
    world.clock.advance(15)
    running = asyncio.create_task(world.worker().run_due())
    for _ in range(600):
        await asyncio.sleep(0.05)
        if (await now(world, sent[0], sent[2])) == [DONE] * 2:
            break
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    assert await now(world, *sent) == [DONE, TransferState.EXECUTING, DONE]
    assert Counter(await world.mails())["transfer-done"] == 2


@pytest.mark.requirement("RET-18")
async def test_the_web_was_first(world: World) -> None:
    """What the web has executed, or executes at the same time, is done and told once."""
    source, to = await pair(world)
    sent = [await world.accepted(order(source, to, 100)) for _ in range(6)]
    await world.execute(sent[0])
    world.clock.advance(15)
    await asyncio.gather(world.worker().run_due(), *(world.execute(each) for each in sent[1:4]))
    await work(world)
    assert await now(world, *sent) == [DONE] * 6
    assert Counter(await world.mails())["transfer-done"] == 6
    assert Counter(await world.events())["transfer:done"] == 6
    gone = sum(each.total for each in sent)
    assert await world.balance(source) == (10_000 - gone, 10_000 - gone)


@pytest.mark.requirement("RET-18")
async def test_a_core_that_does_not_move_many(world: World) -> None:
    """Where the core takes one at a time, each is executed by itself."""
    source, to = await pair(world)
    world.core.many = False
    sent = [await world.accepted(order(source, to, 100)) for _ in range(6)]
    await work(world)
    assert await now(world, *sent) == [DONE] * 6
    assert Counter(world.core.calls) == {"hold": 6, "settle": 6}
