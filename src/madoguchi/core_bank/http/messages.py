"""The bodies that go over the wire, both ways. Accounts, holders, transfers … are the port's own.

Amounts are whole yen as JSON integers; account numbers, branch codes and rates are text; days are
`2026-11-20`; instants carry their zone. Who reads tolerates members that it does not know.
"""

from datetime import date
from typing import Annotated, Literal, TypeAlias

from msgspec import Meta, Struct

from madoguchi.core_bank.port import (
    LARGEST_PAGE,
    Account,
    AccountKind,
    Balances,
    CoreEvent,
    Holder,
    ReleaseReason,
    TimeDeposit,
    TransactionPage,
)
from madoguchi.kernel.money import Yen

PageLimit = Annotated[int, Meta(ge=1, le=LARGEST_PAGE)]


class Nothing(Struct, frozen=True):
    """The operation needs nothing but the headers."""


class AccountNumber(Struct, frozen=True, kw_only=True):
    """An account, named as people name it."""

    branch_code: str
    kind: AccountKind
    number: str


class AccountId(Struct, frozen=True, kw_only=True):
    """An account, by the core's id."""

    account_id: str


class HolderId(Struct, frozen=True, kw_only=True):
    """A customer, by the core's id."""

    holder_id: str


class TypedPin(Struct, frozen=True, kw_only=True):
    """A PIN that somebody typed for the account's card."""

    account_id: str
    pin: str


class TransactionRange(Struct, frozen=True, kw_only=True):
    """Which transactions: both days are included; `cursor` is a page's `next_cursor`."""

    account_id: str
    from_day: date
    to_day: date
    cursor: str | None = None
    limit: PageLimit = 100


class PayeeNumber(Struct, frozen=True, kw_only=True):
    """An account at any bank."""

    bank_code: str
    branch_code: str
    kind: AccountKind
    number: str


class HoldId(Struct, frozen=True, kw_only=True):
    """A hold, by the core's id."""

    hold_id: str


class Release(Struct, frozen=True, kw_only=True):
    """Which hold is to end, and why."""

    hold_id: str
    reason: ReleaseReason


class Inquiry(Struct, frozen=True, kw_only=True):
    """Which write is asked about: its idempotency key."""

    idempotency_key: str


class EventsSince(Struct, frozen=True, kw_only=True):
    """From where on: `since` is a page's `next_cursor`; null is the start."""

    since: str | None = None
    limit: PageLimit = 100


class CapabilityList(Struct, frozen=True, kw_only=True):
    """What the core offers to the institution. Words that the platform does not know are left."""

    capabilities: tuple[str, ...]


class BusinessDate(Struct, frozen=True, kw_only=True):
    """The day that the core books on."""

    business_date: date


class FoundAccount(Struct, frozen=True, kw_only=True):
    """The account, or null where there is none."""

    account: Account | None


class FoundHolder(Struct, frozen=True, kw_only=True):
    """The customer, or null where there is none."""

    holder: Holder | None


class AccountList(Struct, frozen=True, kw_only=True):
    """The holder's accounts."""

    accounts: tuple[Account, ...]


class PinJudged(Struct, frozen=True, kw_only=True):
    """`no_card`: no such account, or no card in use on it."""

    result: Literal["right", "wrong", "no_card"]


class FoundBalances(Struct, frozen=True, kw_only=True):
    """The balances, or null where there is no such account."""

    balances: Balances | None


class Page(Struct, frozen=True, kw_only=True, tag_field="answer", tag="page"):
    """The account's transactions."""

    page: TransactionPage


class NoSuchAccount(Struct, frozen=True, tag_field="answer", tag="no_such_account"):
    """There is no such account."""


class CursorRejected(Struct, frozen=True, tag_field="answer", tag="bad_cursor"):
    """The cursor was not given out for this, or not by this core."""


class TimeDepositList(Struct, frozen=True, kw_only=True):
    """The holder's time deposits."""

    time_deposits: tuple[TimeDeposit, ...]


class NameFound(Struct, frozen=True, kw_only=True, tag_field="answer", tag="name"):
    """The account exists and may be paid into."""

    name_kana: str


class NobodyFound(Struct, frozen=True, tag_field="answer", tag="no_such_payee"):
    """No account that may be paid into has this number."""


class NameNotOffered(Struct, frozen=True, tag_field="answer", tag="not_offered"):
    """The core cannot look up names at this bank."""


class EventList(Struct, frozen=True, kw_only=True, tag_field="answer", tag="events"):
    """Events, oldest first; `next_cursor` is where to go on, also when none came."""

    events: tuple[CoreEvent, ...]
    next_cursor: str


class HeldAnswer(Struct, frozen=True, kw_only=True, tag_field="answer", tag="held"):
    """The amount and the fee are set aside."""

    hold_id: str
    held: Yen


class SettledAnswer(Struct, frozen=True, kw_only=True, tag_field="answer", tag="settled"):
    """The money has moved."""

    hold_id: str
    transaction_id: str
    acceptance_number: str
    posted_on: date


class ReleasedAnswer(Struct, frozen=True, kw_only=True, tag_field="answer", tag="released"):
    """The hold is gone and no money moved."""

    hold_id: str
    reason: ReleaseReason


class AddressChangeAnswer(
    Struct, frozen=True, kw_only=True, tag_field="answer", tag="address_change_accepted"
):
    """The request lies with the bank."""

    reference: str


class RefusedAnswer(Struct, frozen=True, kw_only=True, tag_field="answer", tag="refused"):
    """The write was refused, and nothing has changed: number and name as in the problem."""

    number: int
    name: str


class UnknownAnswer(Struct, frozen=True, tag_field="answer", tag="unknown"):
    """Perhaps done, perhaps not: the platform will ask again."""


class NeverSeenAnswer(Struct, frozen=True, tag_field="answer", tag="never_seen"):
    """No write with this key has arrived: it was not done."""


TransactionsAnswer: TypeAlias = Page | NoSuchAccount | CursorRejected
PayeeAnswer: TypeAlias = NameFound | NobodyFound | NameNotOffered
EventsAnswer: TypeAlias = EventList | CursorRejected
InquiryAnswer: TypeAlias = (
    HeldAnswer
    | SettledAnswer
    | ReleasedAnswer
    | AddressChangeAnswer
    | RefusedAnswer
    | UnknownAnswer
    | NeverSeenAnswer
)
