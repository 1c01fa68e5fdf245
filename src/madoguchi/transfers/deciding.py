"""What people decide on a transfer after it was accepted, and the other bank's return of it."""

from datetime import datetime

from madoguchi.institutions import Institution
from madoguchi.kernel.clock import japan_day
from madoguchi.kernel.errors import BrokenInvariant, must
from madoguchi.plumbing.database import Tx
from madoguchi.plumbing.jobs import enqueue
from madoguchi.transfers import mails, rules, store
from madoguchi.transfers.events import TransferEvent
from madoguchi.transfers.model import Signs, Transfer, TransferState
from madoguchi.transfers.outcomes import (
    Approved,
    Cancelled,
    NoSuchTransfer,
    OrderRefused,
    RefusedByStaff,
    TooLate,
)
from madoguchi.transfers.ports import TransfersPorts
from madoguchi.transfers.recording import record
from madoguchi.transfers.scheduling import KIND


async def cancel(
    ports: TransfersPorts, tx: Tx, institution: Institution, contract_id: str, transfer_id: str,
    *, signs: Signs, now: datetime,
) -> Cancelled | TooLate | NoSuchTransfer:  # fmt: skip
    """Call it off: one statement, so that either this or the executor has it."""
    place = (institution.code, transfer_id)
    cancelled = await store.change(tx, store.CANCEL, *place, contract_id, now, japan_day(now))
    if cancelled is None:
        found = await store.find_of(tx, institution.code, contract_id, transfer_id)
        return TooLate(found) if found else NoSuchTransfer()
    record(
        ports, tx, TransferEvent.CANCELLED, cancelled, actor=contract_id, source=signs.source,
        reference=signs.reference,
    )  # fmt: skip
    await mails.tell(ports, tx, institution, cancelled, "transfer-cancelled")
    return Cancelled(cancelled)


async def approve(
    ports: TransfersPorts, tx: Tx, institution: Institution, transfer_id: str,
    *, by: str, now: datetime,
) -> Approved | TooLate | NoSuchTransfer | OrderRefused:  # fmt: skip
    """Let it go, on its own day or, where that has passed, on the next that it can."""
    held = await store.find(tx, institution.code, transfer_id)
    if held is None:
        return NoSuchTransfer()
    if held.state is not TransferState.AWAITING_REVIEW or now >= rules.reviewed_until(
        held.executes_on
    ):
        return TooLate(held)
    stopped = await ports.payer_refusal(tx, institution.code, held.order.payer)
    if stopped:
        return OrderRefused(stopped)
    own = await store.lock_limits(tx, institution.code, held.order.payer.contract_id)
    when = _when(institution, held, now)
    refused = await _over_limit(tx, institution, held, own, when, now)
    if refused:
        return refused
    state = TransferState.RESERVED if when.reserved else TransferState.ACCEPTED
    until = rules.begins_until(institution.transfers, held.destination, held.order.payee.kind, when)
    approved = await store.change(
        tx, store.APPROVE, institution.code, transfer_id, state, by, when.executes_on,
        when.runs_at, until, when.reserved, when.why_later,
    )  # fmt: skip
    if approved is None:  # cancelled or decided in between
        return TooLate(must(await store.find(tx, institution.code, transfer_id)))
    await enqueue(
        tx, institution=institution.code, kind=KIND, key=transfer_id,
        payload={"transfer": transfer_id}, run_at=when.runs_at,
    )  # fmt: skip
    record(ports, tx, TransferEvent.APPROVED, approved, actor=by)
    if when.reserved:
        await mails.tell(ports, tx, institution, approved, "transfer-reserved")
    return Approved(approved)


async def refuse(
    ports: TransfersPorts, tx: Tx, institution: Institution, transfer_id: str,
    *, by: str, reason: str, now: datetime,
) -> RefusedByStaff | TooLate | NoSuchTransfer:  # fmt: skip
    """Stop it; why, stands in the log only."""
    refused = await store.change(tx, store.REFUSE, institution.code, transfer_id, by, now)
    if refused is None:
        found = await store.find(tx, institution.code, transfer_id)
        return TooLate(found) if found else NoSuchTransfer()
    record(ports, tx, TransferEvent.REFUSED_BY_STAFF, refused, actor=by, reason=reason)
    await mails.tell(ports, tx, institution, refused, "transfer-refused-by-staff")
    return RefusedByStaff(refused)


async def note_return(
    ports: TransfersPorts, tx: Tx, institution: Institution, hold_id: str, now: datetime,
    *, reason: str,
) -> bool:  # fmt: skip
    """Note a return; while the answer that it went out is still awaited, for when that comes."""
    noted = await store.change(tx, store.RETURNED, institution.code, hold_id, now, reason)
    if noted is None:
        return (
            bool(hold_id) and await tx.value(store.OF_HOLD, institution.code, hold_id) is not None
        )
    if noted.state is TransferState.RETURNED:
        record(ports, tx, TransferEvent.RETURNED, noted, actor="core", reason=reason)
        await mails.tell(ports, tx, institution, noted, "transfer-returned")
    return True


def _when(institution: Institution, held: Transfer, now: datetime) -> rules.When:
    if held.reserved and held.runs_at > now:
        return rules.When(held.executes_on, held.runs_at, True, held.why_later)
    kind = held.order.payee.kind
    when = rules.schedule(institution.transfers, held.destination, kind, None, now)
    if isinstance(when, OrderRefused):
        raise BrokenInvariant("an order for now is refused no day")
    return when


async def _over_limit(
    tx: Tx, institution: Institution, held: Transfer, own: store.LimitsRow, when: rules.When,
    now: datetime,
) -> OrderRefused | None:  # fmt: skip
    """Judge a new day by its own limits; on the day it was accepted for, it counts already."""
    if when.executes_on == held.executes_on:
        return None
    settings, amount = institution.transfers, held.order.amount
    month = rules.month_of(when.executes_on)
    contract_id = held.order.payer.contract_id
    facts = await store.used(tx, institution.code, contract_id, when.executes_on, month, now)
    itself = amount if month[0] <= held.executes_on < month[1] else 0
    limits = rules.limits_in_force(own.on(japan_day(now)), settings.highest_limits, settings.limits)
    return rules.limit_refusal(
        limits, held.destination, amount, facts.used_day, facts.used_month - itself
    )
