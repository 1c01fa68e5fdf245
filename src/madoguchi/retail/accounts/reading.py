"""What is read of the core for these pages: only accounts of the contract (RET-15, RET-16).

An account has a name of its own in addresses: a keyed hash, so that the core's id is never shown
and one customer's names tell nothing about another's (INST-04).
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from madoguchi.core_bank.port import (
    LARGEST_PAGE,
    AccountKind,
    AccountStatus,
    Balances,
    Capability,
    TimeDeposit,
    Transaction,
    TransactionPage,
)
from madoguchi.customers import ContractAccount
from madoguchi.kernel.errors import BrokenInvariant
from madoguchi.kernel.money import Yen
from madoguchi.plumbing.keys import keyed_hash, keyed_hashes
from madoguchi.retail.accounts.selection import Range
from madoguchi.retail.accounts.statements import balance_before
from madoguchi.retail.ground import RetailServices

MOST_LINES = 20_000
"""The most lines that one statement shows or one file holds."""
NAME_LENGTH = 20
NOTHING = Yen(0)


@dataclass(frozen=True, slots=True)
class NamedAccount:
    """An account of the contract. `name` stands in addresses; the core's id does not."""

    name: str
    account_id: str
    branch_code: str
    branch_name: str
    kind: AccountKind
    number: str


@dataclass(frozen=True, slots=True)
class AccountShown:
    """An account as it stands. `state` is `unknown` where the core does not have it (any more)."""

    account: NamedAccount
    state: Literal["open", "moved", "closed", "unknown"]
    ledger: Yen = NOTHING
    available: Yen = NOTHING
    as_of: datetime | None = None
    moved_to: NamedAccount | None = None


@dataclass(frozen=True, slots=True)
class LinesRead:
    """All lines of the days asked for, newest first, and how the account stands."""

    state: AccountStatus
    lines: tuple[Transaction, ...]


@dataclass(frozen=True, slots=True)
class TooManyLines:
    """There are more lines than one statement shows."""


@dataclass(frozen=True, slots=True)
class NotInCore:
    """The core does not have the account (any more)."""


def accounts_of(services: RetailServices) -> tuple[NamedAccount, ...]:
    """Return the accounts of the contract, by kind (ordinary first), branch and number."""
    kinds = list(AccountKind)
    named = [_named(services, account) for account in services.contract.accounts]
    return tuple(
        sorted(named, key=lambda each: (kinds.index(each.kind), each.branch_code, each.number))
    )


def find_account(services: RetailServices, name: str) -> NamedAccount | None:
    """Return the contract's account of that name; without one, the first that money moves on."""
    accounts = accounts_of(services)
    if not name:
        moving = [each for each in accounts if each.kind is not AccountKind.TIME_DEPOSIT]
        return next(iter((*moving, *accounts)), None)
    for account in accounts:
        if name in _names(services, account.account_id):
            return account
    return None


async def show_account(services: RetailServices, account: NamedAccount) -> AccountShown:
    """Return what is in the account. Raises `CoreUnavailable`."""
    read = await services.core.balances(services.core_call(), account.account_id)
    if read is None:
        return AccountShown(account, "unknown")
    moved_to = await _moved_to(services, read)
    return AccountShown(
        account, read.status.value, read.ledger, read.available, read.as_of, moved_to
    )


async def time_deposits(services: RetailServices) -> list[TimeDeposit]:
    """Return the deposits in the contract's time deposit accounts. Raises `CoreUnavailable`.

    None where the core does not offer them.
    """
    mine = {
        account.account_id
        for account in services.contract.accounts
        if account.kind == AccountKind.TIME_DEPOSIT
    }
    call, core = services.core_call(), services.core
    if not mine or Capability.TIME_DEPOSITS not in await core.capabilities(call):
        return []
    found = await core.time_deposits(call, services.contract.holder_id)
    return [deposit for deposit in found if deposit.account_id in mine]


async def read_lines(
    services: RetailServices, account: NamedAccount, first: date, last: date
) -> LinesRead | TooManyLines | NotInCore:
    """Return every line from `first` to `last`, page after page. Raises `CoreUnavailable`."""
    lines: list[Transaction] = []
    cursor: str | None = None
    while True:
        page = await services.core.transactions(
            services.core_call(), account.account_id, first, last,
            cursor=cursor, limit=LARGEST_PAGE,
        )  # fmt: skip
        if page is None:
            return NotInCore()
        if not isinstance(page, TransactionPage):
            raise BrokenInvariant("the core does not take its own cursor")
        lines += page.transactions
        if len(lines) > MOST_LINES:
            return TooManyLines()
        cursor = page.next_cursor
        if cursor is None:
            return LinesRead(page.status, tuple(lines))


async def opening_balance(
    services: RetailServices, account: NamedAccount, read: LinesRead, days: Range
) -> Yen | TooManyLines | NotInCore:
    """Return the balance before the first of `read`, the lines of a period that ends in `days`.

    Where nothing was booked in the period (`days` then begins after it), the balance is what was
    there before the next line, or what is there now.
    """
    if read.lines:
        return balance_before(read.lines[-1])
    if days.first <= days.last:
        later = await read_lines(services, account, days.first, days.last)
        if not isinstance(later, LinesRead):
            return later
        if later.lines:
            return balance_before(later.lines[-1])
    shown = await services.core.balances(services.core_call(), account.account_id)
    return NotInCore() if shown is None else shown.ledger


async def _moved_to(services: RetailServices, read: Balances) -> NamedAccount | None:
    """Return the account that follows a moved one, where it is the same customer's."""
    if read.moved_to is None:
        return None
    new = await services.core.account(services.core_call(), read.moved_to)
    if new is None or new.holder_id != services.contract.holder_id:
        return None
    account = ContractAccount(new.id, new.branch_code, new.kind.value, new.number)
    return _named(services, account)


def _named(services: RetailServices, account: ContractAccount) -> NamedAccount:
    branch = services.institution.branch(account.branch_code)
    return NamedAccount(
        name=_name(keyed_hash(services.ports.keys, "index", *_parts(services, account.account_id))),
        account_id=account.account_id,
        branch_code=account.branch_code,
        branch_name=branch.name if branch else account.branch_code,
        kind=AccountKind(account.kind),
        number=account.number,
    )


def _names(services: RetailServices, account_id: str) -> list[str]:
    """Return the account's names under every version of the key: older addresses still lead."""
    hashes = keyed_hashes(services.ports.keys, "index", *_parts(services, account_id))
    return [_name(each) for each in hashes]


def _parts(services: RetailServices, account_id: str) -> tuple[str, ...]:
    return ("bank-account", services.institution.code, services.contract.id, account_id)


def _name(hashed: bytes) -> str:
    return hashed.hex()[:NAME_LENGTH]
