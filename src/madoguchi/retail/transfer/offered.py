"""Whom a transfer can go to without a search: own accounts, registered and recent payees (RET-23).

A choice is named `own:`, `saved:` or `again:` and what it is: an account, a registered payee, a
transfer made before.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from madoguchi.retail.ground import RetailServices
from madoguchi.retail.transfer.own_accounts import OwnAccount, named, own_payee
from madoguchi.retail.transfer.visit import TransferVisit
from madoguchi.transfers import Payee, RegisteredPayee, Transfer

RECENT_SHOWN = 5
RECENT_LOOKED_AT = 30


@dataclass(frozen=True, slots=True)
class Offered:
    """Who can be chosen; `recent` are transfers to payees that stand in neither other list."""

    own: tuple[OwnAccount, ...]
    saved: tuple[RegisteredPayee, ...]
    recent: tuple[Transfer, ...]


async def offered(
    visit: TransferVisit, services: RetailServices, accounts: Sequence[OwnAccount]
) -> Offered:
    """Return whom this customer can choose, the one that the visit began with always among them."""
    contract_id = services.contract.id
    saved = await services.ports.transfers.list_payees(
        services.tx, services.institution, contract_id
    )
    latest = await services.ports.transfers.list_of(
        services.tx, services.institution, contract_id, limit=RECENT_LOOKED_AT
    )
    wanted = await _again(visit.to, services)
    known = {same_account(each.payee) for each in saved}
    recent: dict[tuple[str, ...], Transfer] = {}
    for each in ([wanted] if wanted else []) + list(latest):
        payee = each.order.payee
        is_wanted = wanted is not None and each.id == wanted.id
        if is_wanted or (each.destination != "own" and same_account(payee) not in known):
            recent.setdefault(same_account(payee), each)
    own = tuple(accounts) if len(accounts) > 1 else ()
    return Offered(own, tuple(saved), tuple(recent.values())[:RECENT_SHOWN])


async def payee_chosen(
    visit: TransferVisit, services: RetailServices, accounts: Sequence[OwnAccount]
) -> Payee | None:
    """Return the payee that `visit.to` names; None where it is nobody of this customer's."""
    way, _, name = visit.to.partition(":")
    match way:
        case "own":
            account = named(accounts, name)
            return await own_payee(services, account) if account else None
        case "saved":
            saved = await services.ports.transfers.list_payees(
                services.tx, services.institution, services.contract.id
            )
            return next((each.payee for each in saved if each.id == name), None)
        case _:
            again = await _again(visit.to, services)
            return again.order.payee if again else None


def same_account(payee: Payee) -> tuple[str, ...]:
    """Return what two payees share that are one account."""
    return payee.bank_code, payee.branch_code, payee.kind, payee.number


async def _again(to: str, services: RetailServices) -> Transfer | None:
    way, _, transfer_id = to.partition(":")
    if way != "again":
        return None
    return await services.ports.transfers.find(
        services.tx, services.institution, services.contract.id, transfer_id
    )
