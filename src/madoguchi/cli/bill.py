"""`madoguchi bill`: payments of bills that are not over, for staff (RET-25)."""

import click

from madoguchi.bill_payments import BillPayment
from madoguchi.cli.desk import Desk, at_desk, institution_argument, json_option, reveal_option
from madoguchi.cli.printing import account_name, japan_time, listed


@click.group()
def bill() -> None:
    """See payments of bills that are under way, or left to people."""


@bill.command("list-open")
@institution_argument
@reveal_option
@json_option
@at_desk
async def list_open_command(desk: Desk, institution: str, *, reveal: bool, as_json: bool) -> str:
    """List what is under way or unsettled, the oldest first.

    Unsettled: the biller has the money, and the customer was not debited.
    """
    where = desk.institution(institution)
    found = await desk.runtime.banking.bill_payments.list_open(desk.tx, where.code)
    return listed([_row(each, reveal=reveal) for each in found], as_json=as_json)


def _row(each: BillPayment, *, reveal: bool) -> dict[str, object]:
    payer = each.payer
    return {
        "id": each.id,
        "receipt": each.receipt_number,
        "state": each.state,
        "made": japan_time(each.made_at),
        "yen": each.bill.amount,
        "from": account_name(payer.branch_code, payer.kind, payer.number, reveal=reveal),
        "biller": each.numbers.biller_code,
        "biller's receipt": each.biller_receipt,
        "asked": japan_time(each.asked_at),
        "hold": each.hold_id,
        "reason": each.reason,
    }
