"""残高照会: every account of the contract, with totals and what matures when (RET-15)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request

from madoguchi.core_bank.port import AccountKind, TimeDeposit
from madoguchi.kernel.money import Yen
from madoguchi.retail.accounts.reading import (
    AccountShown,
    accounts_of,
    show_account,
    time_deposits,
)
from madoguchi.retail.ground import BankPage, RetailServices


@dataclass(frozen=True)
class KindShown:
    """All accounts of one kind, and what is in them together."""

    kind: str
    accounts: tuple[AccountShown, ...]
    total: Yen


async def balances(services: RetailServices, request: Request) -> Mapping[str, Any]:
    """Show what is in the accounts; moved and closed ones are shown as such."""
    del request
    shown = await read_balances(services)
    return {
        "kinds": by_kind(shown),
        "deposits": deposits_by_account(await time_deposits(services)),
        "now": services.now,
    }


async def read_balances(services: RetailServices) -> list[AccountShown]:
    """Return every account of the contract as it stands. Raises `CoreUnavailable`."""
    return [await show_account(services, account) for account in accounts_of(services)]


def by_kind(shown: Sequence[AccountShown]) -> list[KindShown]:
    """Return the accounts in groups, in the order of the kinds; what moved away is not counted."""
    groups = []
    for kind in AccountKind:
        accounts = tuple(each for each in shown if each.account.kind is kind)
        total = Yen(sum(each.ledger for each in accounts if each.state == "open"))
        if accounts:
            groups.append(KindShown(kind.value, accounts, total))
    return groups


def deposits_by_account(deposits: Sequence[TimeDeposit]) -> Mapping[str, list[TimeDeposit]]:
    """Return the deposits by the core's id of their account."""
    found: dict[str, list[TimeDeposit]] = {}
    for deposit in deposits:
        found.setdefault(deposit.account_id, []).append(deposit)
    return found


BALANCES = BankPage("balances", "BAI001", "retail.accounts/balances", "retail-balances", balances)
