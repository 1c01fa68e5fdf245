"""What is decided after acceptance: cancelled, approved, refused, returned; by one of several."""

import asyncio
from datetime import date, datetime
from typing import Any

import pytest
from msgspec.structs import replace

from madoguchi.core_bank import EventKind
from madoguchi.kernel.clock import japan_day
from madoguchi.plumbing.database import Tx
from madoguchi.transfers import (
    Approved,
    Cancelled,
    NoSuchTransfer,
    OrderRefused,
    Payee,
    RefusedByStaff,
    TooLate,
    Transfer,
    TransferState,
    store,
)
from tests.transfers.transfer_world import BANK, SIGNS, World, at, limits, order, other_bank

DAY = date(2026, 11, 24)
ODD = replace(SIGNS, known_device=False)


async def reserved(world: World) -> tuple[Transfer, Payee]:
    """Return a reservation for November 24, and the payer's account."""
    source, to = await world.account(10_000), await world.account(holder="hanako")
    return await world.accepted(order(source, to, 1_000, DAY)), source


async def held(
    world: World, amount: int = 500_000, on: date | None = None, **settings: Any
) -> tuple[Transfer, Payee]:
    """Return a transfer that awaits review, and the payer's account."""
    world.set(review="hold", **settings)
    source, to = await world.account(900_000), await world.account(holder="hanako")
    transfer = await world.accepted(order(source, to, amount, on), signs=ODD)
    assert transfer.state is TransferState.AWAITING_REVIEW
    return transfer, source


async def approve(world: World, transfer: Transfer) -> Any:
    """Approve it as a member of staff."""
    return await world.in_tx(
        lambda tx: world.transfers.approve(
            tx, world.institution, transfer.id, by="staff-1", now=world.clock.now()
        )
    )


async def refuse(world: World, transfer: Transfer) -> Any:
    """Refuse it as a member of staff."""
    return await world.in_tx(
        lambda tx: world.transfers.refuse(
            tx,
            world.institution,
            transfer.id,
            by="staff-1",
            reason="called: not him",
            now=world.clock.now(),
        )
    )


@pytest.mark.requirement("RET-23")
@pytest.mark.parametrize(
    ("now", "result", "state"),
    [
        ("2026-11-20 09:00", Cancelled, TransferState.CANCELLED),
        ("2026-11-23 23:59:59", Cancelled, TransferState.CANCELLED),
        ("2026-11-24 00:00:00", TooLate, TransferState.RESERVED),
        ("2026-11-24 06:59:59", TooLate, TransferState.RESERVED),
    ],
)
async def test_until_when_a_reservation_can_be_cancelled(
    world: World, now: str, result: type, state: TransferState
) -> None:
    """Until the evening before, exact to the second; it is mailed, and then not executed."""
    transfer, source = await reserved(world)
    world.clock.set(at(now))
    assert isinstance(await world.cancel(transfer), result)
    assert (await world.find(transfer)).state is state
    world.clock.set(at("2026-11-24 07:00"))
    cancelled = result is Cancelled
    assert (await world.execute(transfer)).is_final
    assert await world.balance(source) == ((10_000,) * 2 if cancelled else (9_000,) * 2)
    assert ("transfer-cancelled" in await world.mails()) is cancelled


@pytest.mark.requirement("RET-23")
async def test_what_cannot_be_cancelled(world: World) -> None:
    """A transfer for now, one that is done, another contract's, and a second time."""
    source, to = await world.account(10_000), await world.account(holder="hanako")
    accepted = await world.accepted(order(source, to, 1))
    assert isinstance(await world.cancel(accepted), TooLate)
    await world.execute(accepted)
    assert isinstance(await world.cancel(accepted), TooLate)
    transfer = await world.accepted(order(source, to, 1, DAY))
    stranger = replace(transfer.order, payer=replace(transfer.order.payer, contract_id="other"))
    assert await world.cancel(replace(transfer, order=stranger)) == NoSuchTransfer()
    assert isinstance(await world.cancel(transfer), Cancelled)
    assert isinstance(await world.cancel(transfer), TooLate)
    assert (await world.mails()).count("transfer-cancelled") == 1


@pytest.mark.requirement("RET-23")
@pytest.mark.parametrize("guarded", [True, False])
async def test_cancelled_while_it_is_executed(
    world: World, guarded: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Cancelled and executed at once: one wins, and what the customer is told is what happens.

    The clocks of two machines may differ by a little around midnight; unguarded, both win.
    """
    world.set(reserved_at="00:00")
    if not guarded:
        unguarded = store.CANCEL.partition("\n    AND ((state")[0] + " AND $5::date < 'infinity'"
        monkeypatch.setattr(store, "CANCEL", unguarded + "\nRETURNING *")
        monkeypatch.setattr(store, "DONE", store.DONE.replace("AND state = 'executing'", ""))
    answers = [await _at_once(world) for _ in range(8)]
    both = [answer for answer in answers if answer == (True, True)]
    assert (not both) is guarded


async def _at_once(world: World) -> tuple[bool, bool]:
    """Cancel on a machine whose clock is behind, and execute; return whether each was done."""
    world.clock.set(at("2026-11-20 09:00"))
    transfer, source = await reserved(world)
    contract = transfer.order.payer.contract_id
    world.clock.set(at("2026-11-24 00:00"))
    behind = at("2026-11-23 23:59:59")

    async def cancel(tx: Tx) -> object:
        await asyncio.sleep(0.004)
        return await world.transfers.cancel(
            tx, world.institution, contract, transfer.id, signs=SIGNS, now=behind
        )

    world.core.pause = 0.003
    said, _ = await asyncio.gather(world.in_tx(cancel), world.execute(transfer))
    return isinstance(said, Cancelled), (await world.balance(source))[0] == 9_000


@pytest.mark.requirement("RET-24")
async def test_approved_by_staff(world: World) -> None:
    """Approved: executed, by the web at once or by the worker; who approved it stands in it."""
    transfer, source = await held(world)
    listed = await world.in_tx(lambda tx: world.transfers.list_held(tx, world.institution))
    assert [each.id for each in listed] == [transfer.id]
    answer = await approve(world, transfer)
    assert isinstance(answer, Approved)
    assert (answer.transfer.state, answer.transfer.decided_by) == ("accepted", "staff-1")
    await world.worker().run_due()
    assert (await world.find(transfer)).state is TransferState.DONE
    assert await world.balance(source) == (400_000, 400_000)
    assert await world.mails() == ["transfer-held", "transfer-done"]
    assert isinstance(await approve(world, transfer), TooLate)


@pytest.mark.requirement("RET-24")
async def test_no_approval_for_a_stopped_contract(world: World) -> None:
    """What is held under a stopped contract stays held; staff may still refuse it."""
    transfer, _ = await held(world)
    world.refusal = "contract-stopped"
    assert await approve(world, transfer) == OrderRefused("contract-stopped")
    assert (await world.find(transfer)).state is TransferState.AWAITING_REVIEW
    assert isinstance(await refuse(world, transfer), RefusedByStaff)


@pytest.mark.requirement("RET-24")
async def test_refused_by_staff(world: World) -> None:
    """Refused: never executed, mailed, and the reason stands in the log only."""
    transfer, source = await held(world)
    answer = await refuse(world, transfer)
    assert isinstance(answer, RefusedByStaff)
    assert (await world.execute(transfer)).state is TransferState.REFUSED_BY_STAFF
    assert await world.balance(source) == (900_000, 900_000)
    assert await world.mails() == ["transfer-held", "transfer-refused-by-staff"]
    assert isinstance(await refuse(world, transfer), TooLate)
    missing = replace(transfer, id="nothing")
    assert await refuse(world, missing) == NoSuchTransfer() == await approve(world, missing)


@pytest.mark.requirement("RET-24")
async def test_a_reservation_stopped_by_staff(world: World) -> None:
    """A customer who calls has his reservation stopped, on its day too, until it is begun."""
    transfer, source = await reserved(world)
    world.clock.set(at("2026-11-24 06:59"))
    assert isinstance(await refuse(world, transfer), RefusedByStaff)
    world.clock.set(at("2026-11-24 07:00"))
    assert (await world.execute(transfer)).state is TransferState.REFUSED_BY_STAFF
    assert await world.balance(source) == (10_000, 10_000)
    begun = await world.accepted(order(source, transfer.order.payee, 1))
    assert isinstance(await refuse(world, begun), TooLate)


@pytest.mark.requirement("RET-24")
async def test_stopped_by_the_customer(world: World) -> None:
    """The customer may call off what awaits review, also on its day; then staff are too late."""
    transfer, _ = await held(world)
    assert isinstance(await world.cancel(transfer), Cancelled)
    assert isinstance(await approve(world, transfer), TooLate)


@pytest.mark.requirement("RET-24")
async def test_decided_by_several_at_once(world: World) -> None:
    """Approved, refused and cancelled at once: one decision counts, and the money follows it."""
    for _ in range(6):
        transfer, source = await held(world, amount=100_000, large_amount=1)
        answers = await asyncio.gather(
            approve(world, transfer), refuse(world, transfer), world.cancel(transfer),
            approve(world, transfer),
        )  # fmt: skip
        decided = [each for each in answers if not isinstance(each, TooLate)]
        assert len(decided) == 1
        await world.execute(transfer)
        moved = (await world.balance(source))[0] == 800_000
        assert moved is isinstance(decided[0], Approved)


@pytest.mark.requirement("RET-24")
@pytest.mark.parametrize(
    ("on", "approved_at", "state", "day"),
    [
        (DAY, "2026-11-20 10:00", "reserved", "2026-11-24"),
        (DAY, "2026-11-24 06:00", "reserved", "2026-11-24"),
        (DAY, "2026-11-24 10:00", "accepted", "2026-11-24"),
        (None, "2026-11-20 23:00", "accepted", "2026-11-20"),
        (None, "2026-11-24 09:00", "accepted", "2026-11-24"),
    ],
)
async def test_on_which_day_an_approved_one_is_executed(
    world: World, on: date | None, approved_at: str, state: str, day: str
) -> None:
    """On its own day; where that has passed or its hour is over, at once."""
    transfer, _ = await held(world, on=on)
    world.clock.set(at(approved_at))
    answer = await approve(world, transfer)
    assert isinstance(answer, Approved)
    assert answer.transfer.state == state
    assert answer.transfer.executes_on == date.fromisoformat(day)


@pytest.mark.requirement("RET-22")
async def test_approved_on_a_day_whose_limit_is_used(world: World) -> None:
    """Moved to another day, it counts there: where that is full, it stays held."""
    world.set(limits=limits(600_000, 600_000, 1_000_000))
    transfer, source = await held(world)
    world.set(review="never")
    world.clock.set(at("2026-11-24 10:00"))
    await world.accepted(order(source, transfer.order.payee, 200_000))
    answer = await approve(world, transfer)
    assert isinstance(answer, OrderRefused)
    assert answer.code == "over-day-limit"
    world.clock.set(at("2026-11-25 10:00"))
    assert isinstance(await approve(world, transfer), Approved)


@pytest.mark.requirement("RET-24")
async def test_never_reviewed(world: World) -> None:
    """A week without a decision: failed, mailed, and too late to approve."""
    transfer, _ = await held(world)
    world.clock.set(at("2026-11-27 23:59:59"))
    await world.rescue()
    await world.worker().run_due()
    assert (await world.find(transfer)).state is TransferState.AWAITING_REVIEW
    world.clock.set(at("2026-11-28 00:00"))
    assert isinstance(await approve(world, transfer), TooLate)
    await world.rescue()
    while await world.worker().run_due():
        pass
    failed = await world.find(transfer)
    assert (failed.state, failed.reason) == ("failed", "not-reviewed")
    assert await world.mails() == ["transfer-held", "transfer-failed"]


async def returned(world: World) -> tuple[str, datetime]:
    """Have the core credit what other banks sent back; return the hold it was for."""
    await returned_all(world)
    page: Any = await world.embedded.events(world.call())
    (event,) = [each for each in page.events if each.kind == EventKind.TRANSFER_RETURNED]
    return event.hold_id, event.happened_at


async def note(world: World, hold_id: str) -> bool:
    """Tell the transfers of a return."""
    return await world.in_tx(
        lambda tx: world.transfers.note_return(
            tx, world.institution, hold_id, world.clock.now(), reason="account-closed"
        )
    )


@pytest.mark.requirement("RET-31")
@pytest.mark.requirement("RET-17")
async def test_sent_back_by_the_other_bank(world: World) -> None:
    """The amount is back without the fee, the transfer says so, and it is mailed once."""
    source = await world.account(10_000)
    done = await world.execute(await world.accepted(order(source, other_bank("1234567"), 4_000)))
    assert done.state is TransferState.DONE
    hold_id, _ = await returned(world)
    assert await note(world, hold_id)
    assert await note(world, hold_id), "known, and nothing more to do"
    assert not await note(world, "another")
    assert not await note(world, "")
    found = await world.find(done)
    assert (found.state, found.reason) == ("returned", "account-closed")
    assert await world.balance(source) == (9_780, 9_780)
    assert await world.mails() == ["transfer-done", "transfer-returned"]


@pytest.mark.requirement("RET-17")
async def test_sent_back_before_it_was_known_to_be_out(world: World) -> None:
    """The return is heard of first, the answer that it went out after: both are told."""
    source = await world.account(10_000)
    accepted = await world.accepted(order(source, other_bank("1234567"), 4_000))
    world.core.faults = ["", "after"]
    assert (await world.execute(accepted)).state is TransferState.EXECUTING
    hold_id, _ = await returned(world)
    assert await note(world, hold_id)
    assert (await world.find(accepted)).state is TransferState.EXECUTING
    ended = await world.execute(accepted)
    assert (ended.state, ended.reason) == ("returned", "account-closed")
    assert sorted(await world.mails()) == ["transfer-done", "transfer-returned"]
    assert japan_day(world.clock.now()) == ended.executes_on


async def returned_all(world: World) -> None:
    """Have the core credit what other banks sent back."""
    world.clock.advance(61)
    await world.embedded.catch_up(BANK)


@pytest.mark.requirement("RET-23")
async def test_the_list(world: World) -> None:
    """Newest first, by state, page by page, and of nobody else."""
    source, to = await world.account(10_000), await world.account(holder="hanako")
    made = []
    for number in range(5):
        made.append(await world.accepted(order(source, to, 10 + number)))
        world.clock.advance(0 if number % 2 else 1)
    await world.execute(made[2])
    ids: list[str] = []
    while True:
        page = await _page(world, ids[-1] if ids else "")
        if not page:
            break
        ids += [each.id for each in page]
    assert sorted(ids) == sorted(each.id for each in made)
    assert [each.id for each in await world.every()] == ids
    done = await world.in_tx(
        lambda tx: world.transfers.list_of(
            tx, world.institution, "contract", states=(TransferState.DONE,)
        )
    )
    assert [each.id for each in done] == [made[2].id]
    assert await world.every("other") == []


async def _page(world: World, before: str) -> list[Transfer]:
    return await world.in_tx(
        lambda tx: world.transfers.list_of(
            tx, world.institution, "contract", before=before, limit=2
        )
    )
