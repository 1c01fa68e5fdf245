"""`madoguchi address`: requests to change an address, for staff to check (RET-27)."""

import click

from madoguchi.address_changes import AddressRequest, NotOpen
from madoguchi.cli.desk import (
    ANY_ID,
    Desk,
    Reason,
    Refused,
    at_desk,
    by_option,
    institution_argument,
    json_option,
    reveal_option,
)
from madoguchi.cli.printing import japan_time, listed
from madoguchi.kernel.phone import to_national

request_argument = click.argument("request")


@click.group()
def address() -> None:
    """Decide on requests to change an address."""


@address.command("list")
@institution_argument
@reveal_option
@json_option
@at_desk
async def list_command(desk: Desk, institution: str, *, reveal: bool, as_json: bool) -> str:
    """List what waits for staff, the oldest first; the new address and phone with --reveal."""
    where = desk.institution(institution)
    found = await desk.runtime.banking.address_changes.list_open(desk.tx, where.code)
    return listed([_row(each, reveal=reveal) for each in found], as_json=as_json)


@address.command("accept", context_settings=ANY_ID)
@institution_argument
@request_argument
@by_option
@at_desk
async def accept_command(desk: Desk, institution: str, request: str) -> str:
    """Note that the address was checked and changed; the customer is mailed."""
    where = desk.institution(institution)
    done = await desk.runtime.banking.address_changes.accept(
        desk.tx, where.code, request, by=desk.actor, now=desk.now
    )
    return _said(done, "accepted")


@address.command("refuse", context_settings=ANY_ID)
@institution_argument
@request_argument
@click.option("--reason", type=Reason(), required=True, help="Why; the customer reads it.")
@by_option
@at_desk
async def refuse_command(desk: Desk, institution: str, request: str, reason: str) -> str:
    """Note that the address is not changed; the customer is mailed the reason."""
    where = desk.institution(institution)
    done = await desk.runtime.banking.address_changes.refuse(
        desk.tx, where.code, request, by=desk.actor, reason=reason, now=desk.now
    )
    return _said(done, "refused")


def _said(done: AddressRequest | NotOpen, what: str) -> str:
    if isinstance(done, NotOpen):
        raise Refused(f"no request {done.request_id}, or it is decided already")
    return f"request {done.id} is {what}, and the customer is told"


def _row(each: AddressRequest, *, reveal: bool) -> dict[str, object]:
    asked = each.address
    return {
        "id": each.id,
        "state": each.state,
        "requested": japan_time(each.requested_at),
        "contract": each.contract_id,
        "holder": each.holder_id,
        "postal code": asked.postal_code if reveal else None,
        "address": asked.text if reveal else None,
        "phone": to_national(asked.phone) if reveal and asked.phone else None,
        "bank's reference": each.core_reference,
    }
