"""Transfers executed: once, whatever happens on the way."""

import asyncio
from datetime import date, timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from madoguchi.core_bank import AccountKind
from madoguchi.core_bank.port import Held, Refusal, Refused, ReleaseReason
from madoguchi.institutions import Text
from madoguchi.kernel.errors import BrokenInvariant
from madoguchi.plumbing.database import Tx
from madoguchi.plumbing.jobs import Dead, Done, Job, Retry
from madoguchi.service_hours import Stoppage, add_stoppage
from madoguchi.transfers import Payee, Transfer, TransferState, asking, executing, store
from tests.transfers.transfer_world import BANK, Crash, Fault, World, at, order, other_bank

RESERVED_DAY = date(2026, 11, 24)


async def pair(world: World, balance: int = 10_000) -> tuple[Payee, Payee]:
    """Return an account with money, and one at another branch to pay into."""
    return await world.account(balance), await world.account(holder="hanako", branch="002")


async def reserved(world: World, balance: int = 10_000) -> tuple[Transfer, Payee]:
    """Return a reservation of 1,000 yen for November 24, and the payer's account."""
    source, to = await pair(world, balance)
    return await world.accepted(order(source, to, 1_000, RESERVED_DAY)), source


async def handled(world: World, transfer: Transfer, **payload: Any) -> Any:
    """Run the transfer's job once and record what came of it, as a worker would."""
    (kind,) = world.transfers.kinds()
    job = Job(BANK, kind.name, transfer.id, {"transfer": transfer.id, **payload}, 1, "c")
    outcome = await kind.handler(job)
    if outcome.record:
        await world.in_tx(outcome.record)
    return outcome


@pytest.mark.requirement("RET-18")
async def test_a_transfer_for_now(world: World) -> None:
    """Accepted, executed, done: the money and the fee left, the payee has it, mail and log tell."""
    source, to = await pair(world)
    done = await world.execute(await world.accepted(order(source, to, 3_000)))
    assert done.state is TransferState.DONE
    assert done.acceptance_number
    assert await world.balance(source) == (6_890, 6_890)
    assert await world.balance(to) == (3_000, 3_000)
    assert await world.mails() == ["transfer-done"]
    assert await world.events() == ["transfer:accepted", "transfer:done"]


@pytest.mark.requirement("RET-17")
async def test_between_own_accounts(world: World) -> None:
    """振替 to another own account, at night too: at once, free, under no limit."""
    world.clock.set(at("2026-11-22 23:00"))
    source = await world.account(9_000_000)
    to = await world.account(branch="002", kind=AccountKind.SAVINGS)
    done = await world.execute(await world.accepted(order(source, to, 9_000_000)))
    assert (done.state, done.destination, done.fee) == ("done", "own", 0)
    assert await world.balance(to) == (9_000_000, 9_000_000)


@pytest.mark.requirement("RET-18")
@pytest.mark.parametrize("executors", [2, 6])
async def test_executors_at_once(world: World, executors: int) -> None:
    """The web and workers execute one transfer at once: one movement, one mail, one line."""
    source, to = await pair(world)
    accepted = await world.accepted(order(source, to, 4_000))
    world.core.pause = 0.01
    ended = await asyncio.gather(*(world.execute(accepted) for _ in range(executors)))
    assert {each.state for each in ended} == {TransferState.DONE}
    assert len(world.core.calls) > 2, "they were at it together"
    assert await world.balance(source) == (5_890, 5_890)
    assert await world.mails() == ["transfer-done"]
    assert (await world.events()).count("transfer:done") == 1


async def test_executors_without_their_keys(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without keys made from the transfer's id, two executors move the money twice."""
    source, to = await pair(world)
    accepted = await world.accepted(order(source, to, 4_000))
    numbers = iter(range(100))
    real = asking._call

    def other_key(*args: Any) -> Any:
        return replace(real(*args), idempotency_key=f"key-{next(numbers)}")

    monkeypatch.setattr(asking, "_call", other_key)
    world.core.pause = 0.01
    await asyncio.gather(world.execute(accepted), world.execute(accepted))
    assert await world.balance(source) == (1_780, 1_780)


@pytest.mark.requirement("RET-18")
@pytest.mark.parametrize("fault", ["before", "after", "crash-before", "crash-after"])
@pytest.mark.parametrize("step", [0, 1])
async def test_a_fault_at_each_step(world: World, fault: Any, step: int) -> None:
    """A crash or a lost answer before or after hold or settle is healed by executing again."""
    source, to = await pair(world)
    accepted = await world.accepted(order(source, to, 4_000))
    world.core.faults = [*[""] * step, fault]  # type: ignore[list-item]
    if fault.startswith("crash"):
        with pytest.raises(Crash):
            await world.execute(accepted)
    else:
        assert (await world.execute(accepted)).state is TransferState.EXECUTING
    assert (await world.find(accepted)).state is TransferState.EXECUTING
    assert await world.mails() == []
    done = await world.execute(accepted)
    assert done.state is TransferState.DONE
    assert await world.balance(source) == (5_890, 5_890)
    assert await world.mails() == ["transfer-done"]


@pytest.mark.requirement("RET-18")
async def test_a_crash_before_the_result_is_written(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The money has moved, and the process dies before it says so: the next one says so."""
    source, to = await pair(world)
    accepted = await world.accepted(order(source, to, 4_000))

    with monkeypatch.context() as patch:
        patch.setattr(store, "change", _dying_at(store.change, store.DONE))
        with pytest.raises(Crash):
            await world.execute(accepted)
    assert await world.balance(source) == (5_890, 5_890)
    assert (await world.execute(accepted)).state is TransferState.DONE
    assert await world.balance(source) == (5_890, 5_890)
    assert await world.mails() == ["transfer-done"]


def _dying_at(real: Any, statement: str) -> Any:
    async def change(tx: Tx, sql: str, *values: object) -> Any:
        if sql == statement:
            raise Crash
        return await real(tx, sql, *values)

    return change


@pytest.mark.requirement("RET-18")
async def test_two_transfers_over_the_balance(world: World) -> None:
    """Of two at once that the balance covers once, one is done and one fails, for want of money."""
    source, to = await pair(world, 1_000)
    both = [await world.accepted(order(source, to, amount)) for amount in (600, 601)]
    ended = await asyncio.gather(*(world.execute(each) for each in both))
    assert sorted((each.state, each.reason) for each in ended) == [
        ("done", ""),
        ("failed", "not-enough-funds"),
    ]
    ledger, available = await world.balance(source)
    assert ledger == available >= 0
    assert sorted(await world.mails()) == ["transfer-done", "transfer-failed"]


@pytest.mark.requirement("RET-18")
async def test_nothing_stays_held_after_a_failure(world: World) -> None:
    """A payee closed between hold and settle: the hold is released, then it has failed."""
    source, to = await pair(world)
    accepted = await world.accepted(order(source, to, 4_000))
    world.core.faults = ["after"]
    await world.execute(accepted)
    assert await world.balance(source) == (10_000, 5_890)
    await world.administration.close_account(BANK, to.account_id or "")
    world.core.faults = ["", "", "before"]
    assert (await world.execute(accepted)).state is TransferState.EXECUTING
    failed = await world.execute(accepted)
    assert (failed.state, failed.reason) == ("failed", "payee-unusable")
    assert await world.balance(source) == (10_000, 10_000)
    assert await world.mails() == ["transfer-failed"]


@pytest.mark.requirement("RET-18")
async def test_a_core_that_is_away_for_hours(world: World) -> None:
    """A hold that has run out is released; the money does not leave hours later by surprise."""
    source, to = await pair(world)
    accepted = await world.accepted(order(source, to, 4_000))
    world.core.faults = ["after"]
    await world.execute(accepted)
    world.clock.advance(6 * 3600)
    failed = await world.execute(accepted)
    assert (failed.state, failed.reason) == ("failed", "took-too-long")
    assert world.core.calls[-1] == "release"
    assert await world.balance(source) == (10_000, 10_000)


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        (Refusal.ACCOUNT_CLOSED, "account-unusable"),
        (Refusal.PAYEE_MOVED, "payee-unusable"),
        (Refusal.NOT_OFFERED, "not-offered"),
        (Refusal.AMOUNT_OUT_OF_RANGE, "refused-by-core"),
    ],
)
async def test_what_the_core_refuses(
    world: World, code: Refusal, reason: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A refusal of the hold ends the transfer with a reason that a customer understands."""
    source, to = await pair(world)
    accepted = await world.accepted(order(source, to, 4_000))

    async def refuse(*_: Any) -> Refused:
        return Refused(code)

    monkeypatch.setattr(world.embedded, "hold", refuse)
    failed = await world.execute(accepted)
    assert (failed.state, failed.reason) == ("failed", reason)


@pytest.mark.parametrize("step", ["hold", "settle"])
@pytest.mark.parametrize(
    "code", [Refusal.KEY_USED_FOR_OTHER_CONTENT, Refusal.ALREADY_SETTLED, Refusal.NO_SUCH_HOLD]
)
async def test_what_no_core_may_say(
    world: World, step: str, code: Refusal, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An answer under which money may have moved never makes a transfer fail: people look at it."""
    source, to = await pair(world)
    accepted = await world.accepted(order(source, to, 4_000))

    async def say(*_: Any) -> Refused:
        return Refused(code)

    monkeypatch.setattr(world.embedded, step, say)
    with pytest.raises(BrokenInvariant):
        await world.execute(accepted)
    assert (await world.find(accepted)).state is TransferState.EXECUTING


@pytest.mark.parametrize("step", ["hold", "settle"])
async def test_a_first_call_that_is_under_way(
    world: World, step: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A call "in flight" is no refusal: it is asked again."""
    source, to = await pair(world)
    accepted = await world.accepted(order(source, to, 4_000))

    async def say(*_: Any) -> Refused:
        return Refused(Refusal.KEY_IN_FLIGHT)

    with monkeypatch.context() as patch:
        patch.setattr(world.embedded, step, say)
        assert (await world.execute(accepted)).state is TransferState.EXECUTING
    assert (await world.execute(accepted)).state is TransferState.DONE


async def test_released_by_the_bank(world: World) -> None:
    """A hold that the bank has called off itself: failed, and nothing is held."""
    source, to = await pair(world)
    accepted = await world.accepted(order(source, to, 4_000))
    world.core.faults = ["after"]
    await world.execute(accepted)
    claimed = await world.find(accepted)
    held = await world.embedded.hold(
        world.call(f"transfer:{accepted.id}:hold"), asking.movement_of(claimed)
    )
    assert isinstance(held, Held)
    await world.embedded.release(world.call("by hand"), held.hold_id, ReleaseReason.VOIDED)
    failed = await world.execute(accepted)
    assert (failed.state, failed.reason) == ("failed", "called-off-at-the-bank")
    assert await world.balance(source) == (10_000, 10_000)


@pytest.mark.requirement("RET-17")
async def test_to_another_bank(world: World) -> None:
    """To another bank: amount and fee leave once the network has taken it."""
    source = await world.account(10_000)
    done = await world.execute(await world.accepted(order(source, other_bank("1234561"), 4_000)))
    assert (done.state, done.fee) == ("done", 220)
    assert await world.balance(source) == (5_780, 5_780)


@pytest.mark.requirement("RET-17")
async def test_another_bank_that_is_late(world: World) -> None:
    """A late network: being processed, asked again, done once."""
    source = await world.account(10_000)
    accepted = await world.accepted(order(source, other_bank("1234568"), 4_000))
    assert (await world.execute(accepted)).state is TransferState.EXECUTING
    assert isinstance(await handled(world, accepted), Retry)
    assert await world.balance(source) == (10_000, 5_780)
    world.clock.advance(31)
    assert isinstance(await handled(world, accepted), Done)
    assert (await world.find(accepted)).state is TransferState.DONE
    assert await world.balance(source) == (5_780, 5_780)


@pytest.mark.requirement("RET-17")
async def test_another_bank_that_refuses(world: World) -> None:
    """The payee's bank refuses: failed with that reason, nothing is held."""
    source = await world.account(10_000)
    accepted = await world.accepted(order(source, other_bank("1234569"), 4_000))
    failed = await world.execute(accepted)
    assert (failed.state, failed.reason) == ("failed", "payee-refused")
    assert await world.balance(source) == (10_000, 10_000)


@pytest.mark.requirement("RET-19")
async def test_a_reservation(world: World) -> None:
    """A reservation is mailed, left alone until its morning, and then executed by a worker."""
    transfer, source = await reserved(world)
    assert transfer.state is TransferState.RESERVED
    world.clock.set(at("2026-11-24 06:59:59"))
    assert (await world.execute(transfer)).state is TransferState.RESERVED
    assert await world.worker().run_due() == 0
    world.clock.set(at("2026-11-24 07:00"))
    assert await world.worker().run_due() == 1
    assert (await world.find(transfer)).state is TransferState.DONE
    assert await world.balance(source) == (8_890, 8_890)
    assert await world.mails() == ["transfer-reserved", "transfer-done"]


@pytest.mark.requirement("RET-19")
async def test_a_reservation_by_two_workers(world: World) -> None:
    """Two workers and the web at one reservation at once: executed once (case 19)."""
    transfer, source = await reserved(world)
    world.clock.set(at("2026-11-24 07:00"))
    world.core.pause = 0.01
    await asyncio.gather(
        world.worker().run_due(), world.worker().run_due(), world.execute(transfer),
        handled(world, transfer),
    )  # fmt: skip
    assert await world.balance(source) == (8_890, 8_890)
    assert (await world.mails()).count("transfer-done") == 1


@pytest.mark.requirement("RET-19")
async def test_a_reservation_without_money(world: World) -> None:
    """Not enough money that morning: failed, mailed, and not tried the next day."""
    transfer, source = await reserved(world, balance=1_000)
    world.clock.set(at("2026-11-24 07:00"))
    assert isinstance(await handled(world, transfer), Done)
    failed = await world.find(transfer)
    assert (failed.state, failed.reason) == ("failed", "not-enough-funds")
    await world.administration.deposit_cash(BANK, source.account_id or "", 10_000)  # type: ignore[arg-type]
    world.clock.set(at("2026-11-25 07:00"))
    await world.rescue()
    await world.worker().run_due()
    assert (await world.execute(transfer)).state is TransferState.FAILED
    assert await world.balance(source) == (11_000, 11_000)
    assert await world.mails() == ["transfer-reserved", "transfer-failed"]


@pytest.mark.requirement("RET-19")
@pytest.mark.parametrize("why", ["contract-stopped", "account-unusable"])
async def test_a_reservation_of_a_stopped_contract(world: World, why: str) -> None:
    """Whose contract was stopped meanwhile pays nothing: failed, told why, no core asked."""
    transfer, source = await reserved(world)
    world.refusal = why
    assert (await world.execute(transfer)).state is TransferState.RESERVED
    world.clock.set(at("2026-11-24 07:00"))
    assert await world.worker().run_due() == 1
    failed = await world.find(transfer)
    assert (failed.state, failed.reason) == ("failed", why)
    assert world.core.calls == []
    assert await world.balance(source) == (10_000, 10_000)
    assert await world.mails() == ["transfer-reserved", "transfer-failed"]


@pytest.mark.requirement("RET-18")
async def test_stopped_before_a_worker_comes(world: World) -> None:
    """Of an order for now that no web process carried out, a worker looks at the contract again."""
    source, to = await pair(world)
    accepted = await world.accepted(order(source, to, 1))
    world.clock.advance(120)
    world.refusal = "contract-stopped"
    assert (await world.execute(accepted)).reason == "contract-stopped"
    assert await world.balance(source) == (10_000, 10_000)


@pytest.mark.requirement("RET-19")
async def test_all_workers_down(world: World) -> None:
    """Workers that come back late execute the same day; after it the reservation has failed."""
    first, source = await reserved(world)
    second = await world.accepted(order(source, first.order.payee, 1_000, RESERVED_DAY))
    world.clock.set(at("2026-11-24 23:59:59"))
    assert (await world.execute(first)).state is TransferState.DONE
    world.clock.set(at("2026-11-25 00:00"))
    missed = await world.execute(second)
    assert (missed.state, missed.reason) == ("failed", "day-missed")
    assert await world.balance(source) == (8_890, 8_890)
    assert (await world.mails())[-1] == "transfer-failed"


@pytest.mark.requirement("RET-18")
async def test_for_now_at_midnight(world: World) -> None:
    """Confirmed a second before midnight, it is still executed a little after."""
    source, to = await pair(world)
    world.clock.set(at("2026-11-20 23:59:59"))
    accepted = await world.accepted(order(source, to, 1))
    world.clock.set(at("2026-11-21 00:59:58"))
    assert (await world.execute(accepted)).state is TransferState.DONE


@pytest.mark.requirement("RET-19")
async def test_a_closed_service(world: World) -> None:
    """Closed that morning: the reservation waits, and is executed later the same day."""
    transfer, source = await reserved(world)
    stoppage = Stoppage(
        "s", ("retail-transfers",), at("2026-11-24 06:00"), at("2026-11-24 09:00"), Text("停", "x")
    )
    await world.in_tx(
        lambda tx: add_stoppage(
            tx, BANK, stoppage, by="staff", log=world.ports.log, now=world.clock.now()
        )
    )
    world.clock.set(at("2026-11-24 07:00"))
    later = await handled(world, transfer)
    assert isinstance(later, Retry)
    assert later.after == timedelta(minutes=5)
    assert world.core.calls == []
    world.clock.set(at("2026-11-24 09:00"))
    assert isinstance(await handled(world, transfer), Done)
    assert await world.balance(source) == (8_890, 8_890)


@pytest.mark.requirement("RET-19")
@pytest.mark.parametrize("together", [["crash-before"], ["crash-after"], ["after"], None])
async def test_a_worker_killed_in_the_middle_of_the_list(
    world: World, together: list[Fault] | None
) -> None:
    """A worker dies within the morning's list: another goes on, each is executed once."""
    source, to = await pair(world, 100_000)
    all_of_them = [
        await world.accepted(order(source, to, 1_000 + number, RESERVED_DAY)) for number in range(6)
    ]
    world.clock.set(at("2026-11-24 07:00"))
    alone: list[Fault] = ["", "crash-after", "", "", "crash-before", "crash-after"]
    world.core.many = together is not None
    world.core.faults = [*(together or []), *alone]
    await world.worker().run_due()
    assert {each.state for each in await world.every()} != {TransferState.DONE}
    for _ in range(4):
        world.clock.advance(600)
        await world.worker().beat()
        while await world.worker().run_due():
            pass
    assert {each.state for each in await world.every()} == {TransferState.DONE}
    paid = sum(each.order.amount + each.fee for each in all_of_them)
    assert await world.balance(source) == (100_000 - paid, 100_000 - paid)
    assert (await world.mails()).count("transfer-done") == 6


@pytest.mark.requirement("RET-18")
@pytest.mark.parametrize("lost", ["no job", "dead job"])
async def test_nothing_hangs_on_one_job(world: World, lost: str) -> None:
    """A transfer whose job is gone, or was given up, is found and executed all the same."""
    source, to = await pair(world)
    accepted = await world.accepted(order(source, to, 4_000))
    sql = "DELETE FROM jobs_queue" if lost == "no job" else "UPDATE jobs_queue SET state = 'dead'"
    await world.in_tx(lambda tx: tx.execute(f"{sql} WHERE kind = 'transfer'"))
    world.clock.advance(121)
    await world.rescue()
    await world.rescue()
    assert await world.worker().run_due() == 1
    assert (await world.find(accepted)).state is TransferState.DONE
    assert await world.balance(source) == (5_890, 5_890)


async def test_a_rescue_does_not_pile_up(world: World) -> None:
    """While a core is away, each transfer gets one more try in five minutes, not one a minute."""
    source, to = await pair(world)
    await world.accepted(order(source, to, 4_000))
    world.core.faults = ["before"] * 50
    for _ in range(20):
        world.clock.advance(60)
        await world.rescue()
    waiting = await world.in_tx(lambda tx: tx.value("SELECT count(*) FROM jobs_queue"))
    assert waiting <= 1 + 5
    while await world.worker().run_due():
        pass
    single = await world.in_tx(
        lambda tx: tx.value("SELECT count(*) FROM jobs_queue WHERE state = 'waiting'")
    )
    assert single == 1, "only the transfer's own job goes on"


async def test_faults_do_not_pile_up(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """A transfer that no try gets through leaves one job waiting, not one more each time."""
    source, to = await pair(world)
    await world.accepted(order(source, to, 4_000))

    async def broken(*_: Any) -> Any:
        raise BrokenInvariant("the core says ALREADY_SETTLED")

    monkeypatch.setattr(executing, "ask", broken)
    for _ in range(10):
        world.clock.advance(300)
        await world.rescue()
        await world.worker().run_due()
    waiting = "SELECT count(*) FROM jobs_queue WHERE state = 'waiting'"
    assert await world.in_tx(lambda tx: tx.value(waiting)) == 1


async def test_unknown_is_never_given_up(world: World) -> None:
    """A core that is silent for weeks: the transfer stays as it is, neither done nor failed."""
    source, to = await pair(world)
    accepted = await world.accepted(order(source, to, 4_000))
    world.core.faults = ["before"] * 9
    for _ in range(9):
        outcome = await handled(world, accepted)
        assert isinstance(outcome, Retry)
        assert not isinstance(outcome, Dead)
    assert isinstance(await handled(world, accepted), Done)


async def test_a_transfer_of_nobody(world: World) -> None:
    """Executing what does not exist is a fault, not a silent success."""
    with pytest.raises(BrokenInvariant):
        await world.transfers.execute(BANK, "nothing")


@pytest.mark.requirement("INST-04")
async def test_of_another_institution(world: World) -> None:
    """A transfer is not seen or executed from another institution."""
    source, to = await pair(world)
    accepted = await world.accepted(order(source, to, 4_000))
    there = replace(world.institution, code="9902")
    assert await world.in_tx(lambda tx: store.find(tx, "9902", accepted.id)) is None
    assert await world.in_tx(lambda tx: world.transfers.list_of(tx, there, "contract")) == []
    with pytest.raises(BrokenInvariant):
        await world.transfers.execute("9902", accepted.id)


@pytest.mark.requirement("RET-18")
async def test_what_an_execution_costs(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """A transfer for now takes one statement to claim and one transaction for its result."""
    source, to = await pair(world)
    accepted = await world.accepted(order(source, to, 4_000))
    opened: list[str] = []
    for name in ("statements", "transaction"):
        monkeypatch.setattr(world.own_database, name, _counted(world.own_database, name, opened))
    await world.execute(accepted)
    assert opened == ["statements", "transaction"]


def _counted(database: Any, name: str, opened: list[str]) -> Any:
    real = getattr(database, name)

    def counted() -> Any:
        opened.append(name)
        return real()

    return counted
