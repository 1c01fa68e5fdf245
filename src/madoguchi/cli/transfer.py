"""`madoguchi transfer`: transfers that wait for staff, and any customer's (RET-18, RET-24)."""

from datetime import timedelta
from typing import assert_never

import click

from madoguchi.cli.desk import (
    ANY_ID,
    Desk,
    Refused,
    at_desk,
    by_option,
    institution_argument,
    json_option,
    reason_option,
    reveal_option,
)
from madoguchi.cli.printing import account_name, japan_time, listed, printed_json
from madoguchi.transfers import (
    Approved,
    NoSuchTransfer,
    OrderRefused,
    RefusedByStaff,
    TooLate,
    Transfer,
    TransferState,
)

LATE_AFTER = timedelta(minutes=10)
transfer_argument = click.argument("transfer")


@click.group()
def transfer() -> None:
    """See transfers; let go or stop those that look like fraud."""


@transfer.command("list-held")
@institution_argument
@reveal_option
@json_option
@at_desk
async def list_held_command(desk: Desk, institution: str, *, reveal: bool, as_json: bool) -> str:
    """List what waits for staff, the oldest first."""
    where = desk.institution(institution)
    found = await desk.runtime.banking.transfers.list_held(desk.tx, where)
    return listed([_row(each, reveal=reveal) for each in found], as_json=as_json)


@transfer.command("list-late")
@institution_argument
@reveal_option
@json_option
@at_desk
async def list_late_command(desk: Desk, institution: str, *, reveal: bool, as_json: bool) -> str:
    """List what should be over for ten minutes and is not: the core gives no usable answer."""
    where, before = desk.institution(institution), desk.now - LATE_AFTER
    found = await desk.runtime.banking.transfers.list_late(desk.tx, where, before)
    return listed([_row(each, reveal=reveal) for each in found], as_json=as_json)


@transfer.command("list", context_settings=ANY_ID)
@institution_argument
@click.argument("contract")
@click.option(
    "--state", "states", type=click.Choice([str(one) for one in TransferState]), multiple=True
)
@click.option("--limit", type=click.IntRange(1, 1000), default=50, show_default=True)
@reveal_option
@json_option
@at_desk
async def list_command(
    desk: Desk,
    institution: str,
    contract: str,
    states: tuple[str, ...],
    *,
    limit: int,
    reveal: bool,
    as_json: bool,
) -> str:
    """List the transfers of CONTRACT (its card's account, id or login ID), the newest first."""
    where = desk.institution(institution)
    payer = await desk.contract(where, contract)
    found = await desk.runtime.banking.transfers.list_of(
        desk.tx, where, payer.id, states=[TransferState(each) for each in states], limit=limit
    )
    return listed([_row(each, reveal=reveal) for each in found], as_json=as_json)


@transfer.command("show", context_settings=ANY_ID)
@institution_argument
@transfer_argument
@reveal_option
@at_desk
async def show_command(desk: Desk, institution: str, transfer: str, *, reveal: bool) -> str:
    """Show one transfer, by its id, as JSON."""
    where = desk.institution(institution)
    found = await desk.runtime.banking.transfers.find_for_staff(desk.tx, where, transfer)
    if found is None:
        raise Refused(f"no transfer {transfer} at {where.code}")
    return printed_json(_all_of(found, reveal=reveal))


@transfer.command("approve", context_settings=ANY_ID)
@institution_argument
@transfer_argument
@by_option
@at_desk
async def approve_command(desk: Desk, institution: str, transfer: str) -> str:
    """Let a held transfer go; where its day has passed, on the next day it can. The worker does it.

    The customer is mailed what becomes of it.
    """
    where = desk.institution(institution)
    done = await desk.runtime.banking.transfers.approve(
        desk.tx, where, transfer, by=desk.actor, now=desk.now
    )
    match done:
        case Approved(approved):
            return f"transfer {transfer} is let go: {approved.state}, on {approved.executes_on}"
        case OrderRefused(code):
            raise Refused(f"transfer {transfer} stays held: {code}")
        case TooLate() | NoSuchTransfer():
            raise _not_held(done, transfer)
        case never:
            assert_never(never)


@transfer.command("refuse", context_settings=ANY_ID)
@institution_argument
@transfer_argument
@reason_option
@by_option
@at_desk
async def refuse_command(desk: Desk, institution: str, transfer: str, reason: str) -> str:
    """Stop a held transfer; the customer is mailed, without the reason."""
    where = desk.institution(institution)
    done = await desk.runtime.banking.transfers.refuse(
        desk.tx, where, transfer, by=desk.actor, reason=reason, now=desk.now
    )
    if isinstance(done, RefusedByStaff):
        return f"transfer {transfer} is stopped, and the customer is mailed"
    raise _not_held(done, transfer)


def _not_held(done: TooLate | NoSuchTransfer, transfer: str) -> Refused:
    if isinstance(done, TooLate):
        return Refused(f"transfer {transfer} does not wait any more: {done.transfer.state}")
    return Refused(f"no such transfer: {transfer}")


def _row(each: Transfer, *, reveal: bool) -> dict[str, object]:
    payer, payee = each.order.payer, each.order.payee
    return {
        "id": each.id,
        "receipt": each.receipt_number,
        "state": each.state,
        "made": japan_time(each.made_at),
        "on": each.executes_on.isoformat(),
        "yen": each.order.amount,
        "fee": each.fee,
        "from": account_name(payer.branch_code, payer.kind, payer.number, reveal=reveal),
        "to": f"{payee.bank_code}-"
        + account_name(payee.branch_code, payee.kind, payee.number, reveal=reveal),
        "payee": payee.name_kana,
        "score": each.score,
        "reasons": list(each.score_reasons),
    }


def _all_of(each: Transfer, *, reveal: bool) -> dict[str, object]:
    return {
        **_row(each, reveal=reveal),
        "contract": each.order.payer.contract_id,
        "payer": each.order.payer_name,
        "bank": each.order.payee.bank_name,
        "branch": each.order.payee.branch_name,
        "name checked": each.order.payee.name_checked,
        "destination": each.destination,
        "reserved": each.reserved,
        "runs": japan_time(each.runs_at),
        "done": japan_time(each.done_at),
        "reason": each.reason,
        "decided by": each.decided_by,
        "acceptance number": each.acceptance_number,
        "reference": each.reference,
    }
