"""What is written into a core's books, and what an audit of them says. Values only."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

import msgspec

from madoguchi.core_bank.port import AccountKind, Holder, Renewal, TransactionKind
from madoguchi.kernel.money import Yen


class BankAccount(StrEnum):
    """The bank's own accounts, the other side of what customers do."""

    CASH = "cash"
    INTERBANK = "interbank"
    """Due to and from other banks, for transfers."""
    BILLS = "bills"
    """Due to billers, for bills that were paid."""
    FEES = "fees"
    INTEREST = "interest"
    TAX = "tax"
    """Withheld for the tax office."""
    CARD = "card"
    DIRECT_DEBITS = "direct_debits"
    SUSPENSE = "suspense"


class Posting(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One side of a journal, on a customer's account or one of the bank's own."""

    amount: int
    """Whole yen. Above zero raises what the bank owes (credit), below zero lowers it (debit)."""
    kind: TransactionKind
    remarks: str
    account: str | None = None
    bank: BankAccount | None = None


class Journal(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One event in the books: two or more postings whose amounts sum to zero."""

    day: date
    postings: tuple[Posting, ...]
    value_day: date | None = None
    """`day` where None."""
    at: datetime | None = None
    """The ledger's clock where None; given only when history is loaded."""
    reverses: int | None = None
    """The journal that this one takes back."""


class NewAccount(msgspec.Struct, frozen=True, kw_only=True):
    """An account to be opened, with nothing in it."""

    id: str
    holder_id: str
    branch_code: str
    kind: AccountKind
    number: str
    opened_on: date
    passbook_withdrawal: bool = False
    overdraft_limit: Yen = Yen(0)


class NewCard(msgspec.Struct, frozen=True, kw_only=True):
    """A cash card to be issued."""

    id: str
    account_id: str
    pin: str

    def __repr__(self) -> str:
        return f"NewCard(id={self.id!r}, account_id={self.account_id!r})"


class NewTimeDeposit(msgspec.Struct, frozen=True, kw_only=True):
    """A deposit on a time deposit account; its money is posted apart."""

    account_id: str
    deposit_number: str
    principal: Yen
    rate_percent: Decimal
    opened_on: date
    matures_on: date
    renewal: Renewal


class Move(msgspec.Struct, frozen=True, kw_only=True):
    """An account whose money has gone to another one, under a new branch and number (移管)."""

    account_id: str
    moved_to: str
    happened_at: datetime


class Closure(msgspec.Struct, frozen=True, kw_only=True):
    """An account that was emptied and ended (解約)."""

    account_id: str
    happened_at: datetime


class Books(msgspec.Struct, frozen=True, kw_only=True):
    """Everything of a new institution at once. Journals stand in the order of time."""

    holders: tuple[Holder, ...]
    accounts: tuple[NewAccount, ...]
    cards: tuple[NewCard, ...]
    time_deposits: tuple[NewTimeDeposit, ...]
    journals: tuple[Journal, ...]
    moves: tuple[Move, ...] = ()
    closures: tuple[Closure, ...] = ()


@dataclass(frozen=True)
class BooksVerified:
    """The books keep every rule."""

    accounts: int
    journals: int
    digest: str
    """Of every account's last line: noted elsewhere, it shows later that nothing was cut off."""


@dataclass(frozen=True)
class BrokenRule:
    """A rule of the books, and where it is broken."""

    rule: str
    place: str


@dataclass(frozen=True)
class BooksBroken:
    """The books break rules."""

    findings: tuple[BrokenRule, ...]


def moving_journal(account_id: str, to: NewAccount, balance: Yen) -> Journal:
    """Return the journal that carries the whole balance of a moving account to its new number."""
    kind, remarks = TransactionKind.OTHER, "ｲｶﾝ"
    postings = (
        Posting(account=account_id, amount=-balance, kind=kind, remarks=remarks),
        Posting(account=to.id, amount=balance, kind=kind, remarks=remarks),
    )
    return Journal(day=to.opened_on, postings=postings)
