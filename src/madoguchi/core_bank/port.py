"""What the platform asks of a core banking system, and all that it knows of one (CORE-01).

An adapter is made for each core; the embedded core is one of them. Rules for every adapter:

- Account and holder ids are the core's own: opaque text, never shown to a customer or an app.
- Branch codes, account numbers and phones are text; leading zeros count. Money is whole yen.
- An account that moves to another branch gets a new id there; the old id stays, with status `moved`
  and the new id in `moved_to`.
- A read returns None for what does not exist, and raises `CoreUnavailable` where the core cannot be
  asked.
- A write names its idempotency key in its `Call`. It answers ok, `Refused`, or `Unknown` (perhaps
  done: `inquire`), and does not raise for a core that is down. Keys hold for ever, for one
  institution, over all kinds of writes: the same key with the same content gets the first answer
  again; with other content it is refused.
- Holds are pessimistic: a pending hold lowers what is available, also after its end, until it is
  released.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import IntEnum, StrEnum
from typing import Protocol, TypeAlias, runtime_checkable

import msgspec

from madoguchi.kernel.errors import Fault
from madoguchi.kernel.money import Yen

LARGEST_AMOUNT = Yen(999_999_999_999)
"""The largest amount of one movement, in yen."""
LARGEST_PAGE = 500
"""The most transactions that one page may hold."""


class Call(msgspec.Struct, frozen=True, kw_only=True):
    """What goes with every call to a core."""

    institution: str
    """The institution's 4-digit code."""
    correlation_id: str
    """The reference number that the call is found by in both systems' logs."""
    deadline: datetime
    """Aware, by the platform's clock: after it the caller no longer waits."""
    idempotency_key: str | None = None
    """Made and stored by the caller before the call; every write needs one, no read does."""


class CoreFailure(StrEnum):
    """Why a core could not be asked; the screens have a text for each (LINK-35)."""

    LINK_FAILED = "link_failed"
    """The core is down, or did not answer in time."""
    CANNOT_HANDLE = "cannot_handle"
    """The core answers, but cannot handle this now, or does not offer it."""


class CoreUnavailable(Fault):
    """The core cannot be asked. Raised by reads only."""

    def __init__(self, kind: CoreFailure, text: str = "") -> None:
        super().__init__(f"core {kind}: {text}" if text else f"core {kind}")
        self.kind = kind


class Capability(StrEnum):
    """What a core may offer beyond finding accounts and reading them."""

    CARD_PIN = "card_pin"
    TIME_DEPOSITS = "time_deposits"
    PAYEE_NAME = "payee_name"
    TRANSFERS = "transfers"
    INTERBANK = "interbank"
    """Transfers to other banks."""
    BILL_PAYMENTS = "bill_payments"
    ADDRESS_CHANGE = "address_change"
    EVENTS = "events"


class AccountKind(StrEnum):
    """科目."""

    ORDINARY = "ordinary"
    SAVINGS = "savings"
    CURRENT = "current"
    TIME_DEPOSIT = "time_deposit"


class AccountStatus(StrEnum):
    """How an account stands."""

    OPEN = "open"
    MOVED = "moved"
    CLOSED = "closed"


class Account(msgspec.Struct, frozen=True, kw_only=True):
    """One account, as the core has it."""

    id: str
    branch_code: str
    kind: AccountKind
    number: str
    """Always 7 digits."""
    status: AccountStatus
    moved_to: str | None
    """The id of the account that follows this one; set where the status is `moved`."""
    holder_id: str
    has_card: bool
    """Whether a cash card is issued and not lost."""
    passbook_withdrawal: bool
    """Whether money can be drawn with the passbook alone."""
    opened_on: date


class HolderKind(StrEnum):
    """Who holds an account."""

    PERSON = "person"
    COMPANY = "company"


class Holder(msgspec.Struct, frozen=True, kw_only=True):
    """The customer behind an account."""

    id: str
    kind: HolderKind
    name_kana: str
    """Half-width kana, as banks write it: `ﾐﾎﾝ ﾀﾛｳ`."""
    name: str
    birth_date: date | None
    """None for a company."""
    phones: tuple[str, ...]
    """All registered numbers, in E.164."""
    email: str | None
    member: bool
    """Whether the holder is a member (組合員, 会員)."""


@dataclass(frozen=True)
class PinRight:
    """The card PIN is right."""


@dataclass(frozen=True)
class PinWrong:
    """The card PIN is wrong."""


@dataclass(frozen=True)
class NoCard:
    """No such account, or no card in use on it."""


class Balances(msgspec.Struct, frozen=True, kw_only=True):
    """What is in an account, and how it stands, so that one call is enough for a reader."""

    account_id: str
    status: AccountStatus
    moved_to: str | None
    ledger: Yen
    available: Yen
    """What can be drawn: the ledger balance and the overdraft, less the pending holds."""
    as_of: datetime


class Direction(StrEnum):
    """Whether money came in or went out."""

    IN = "in"
    OUT = "out"


class TransactionKind(StrEnum):
    """What moved the money."""

    CASH = "cash"
    CASH_MACHINE = "cash_machine"
    TRANSFER = "transfer"
    DIRECT_DEBIT = "direct_debit"
    CARD = "card"
    FEE = "fee"
    INTEREST = "interest"
    TAX = "tax"
    CORRECTION = "correction"
    OTHER = "other"


class Transaction(msgspec.Struct, frozen=True, kw_only=True):
    """One booked line of an account."""

    id: str
    """Stable for ever and unique within the institution."""
    posted_on: date
    value_date: date
    direction: Direction
    amount: Yen
    """Always above zero."""
    balance_after: Yen
    kind: TransactionKind
    remarks: str
    """摘要, half-width kana."""


class TransactionPage(msgspec.Struct, frozen=True, kw_only=True):
    """Some of an account's transactions, newest first, and how the account stands."""

    account_id: str
    status: AccountStatus
    moved_to: str | None
    transactions: tuple[Transaction, ...]
    next_cursor: str | None
    """Gives the older ones. None where these were the last."""


@dataclass(frozen=True)
class BadCursor:
    """The cursor was not given out for this account, or not by this core."""


class Renewal(StrEnum):
    """What becomes of a time deposit when it matures."""

    PRINCIPAL_AND_INTEREST = "principal_and_interest"
    PRINCIPAL = "principal"
    NONE = "none"


class TimeDeposit(msgspec.Struct, frozen=True, kw_only=True):
    """One deposit of a time deposit account."""

    id: str
    account_id: str
    branch_code: str
    account_number: str
    deposit_number: str
    """預入番号, 3 digits, counted within the account."""
    principal: Yen
    rate_percent: Decimal
    """Per year, before tax."""
    opened_on: date
    matures_on: date
    renewal: Renewal


@dataclass(frozen=True)
class PayeeName:
    """The payee account exists and may be paid into."""

    name_kana: str


@dataclass(frozen=True)
class NoSuchPayee:
    """No account that may be paid into has this number."""


@dataclass(frozen=True)
class PayeeNotOffered:
    """The core cannot look up names at this bank: the customer types the name."""


class OwnPayee(msgspec.Struct, frozen=True, kw_only=True, tag="own"):
    """An account of the same institution."""

    account_id: str


class OtherBankPayee(msgspec.Struct, frozen=True, kw_only=True, tag="other_bank"):
    """An account at another institution."""

    bank_code: str
    branch_code: str
    kind: AccountKind
    number: str
    name_kana: str


class BillPayee(msgspec.Struct, frozen=True, kw_only=True, tag="bill"):
    """A biller whose bill is paid (Pay-easy). The bank settles with the billers' network."""

    biller_code: str
    """収納機関番号, 5 digits."""
    biller_name: str
    payment_number: str
    """納付番号, or the customer's number with the biller."""


class Transfer(msgspec.Struct, frozen=True, kw_only=True):
    """Money to be moved out of one account. The fee is worked out by the platform."""

    from_account: str
    payee: OwnPayee | OtherBankPayee | BillPayee
    amount: Yen
    """1 to `LARGEST_AMOUNT`."""
    fee: Yen = Yen(0)
    remarks: str
    """What the payer's passbook shows: usually the payee's name in half-width kana."""
    payee_remarks: str
    """What the payee's passbook shows: usually the payer's name in half-width kana."""
    expires_at: datetime
    """After it the hold can no longer be settled, only released."""


class KeyedTransfer(msgspec.Struct, frozen=True, kw_only=True):
    """A transfer to be held and settled, with the idempotency key of each of the two."""

    hold_key: str
    settle_key: str
    transfer: Transfer


class ReleaseReason(StrEnum):
    """Why a hold ends without money moving."""

    VOIDED = "voided"
    """Called off. Possible while the hold is pending."""
    EXPIRED = "expired"
    """Run out. Possible from the transfer's `expires_at` on."""


@dataclass(frozen=True)
class Held:
    """The amount and the fee are set aside."""

    hold_id: str
    held: Yen


@dataclass(frozen=True)
class Settled:
    """The money has moved."""

    hold_id: str
    transaction_id: str
    """The payer's transaction."""
    acceptance_number: str
    """受付番号: what people quote when they ask about a transfer."""
    posted_on: date


@dataclass(frozen=True)
class Released:
    """The hold is gone and no money moved."""

    hold_id: str
    reason: ReleaseReason


class Refusal(IntEnum):
    """Why a write was refused. The numbers are stable; the first that applies is the answer."""

    KEY_USED_FOR_OTHER_CONTENT = 1
    KEY_IN_FLIGHT = 2
    """The first call with this key has no answer yet."""
    NOT_OFFERED = 3
    AMOUNT_OUT_OF_RANGE = 10
    SAME_ACCOUNT = 11
    NO_SUCH_HOLD = 20
    ALREADY_SETTLED = 21
    ALREADY_VOIDED = 22
    ALREADY_EXPIRED = 23
    HOLD_EXPIRED = 24
    """Too late to settle; the hold waits to be released."""
    HOLD_NOT_EXPIRED = 25
    SETTLE_IN_FLIGHT = 26
    """The transfer is out with the other bank, which has not answered: nothing else can be done
    with the hold until it has. Settle again with the first key, or inquire."""
    ALREADY_REFUSED = 27
    """The payee's bank refused the transfer, and with that the hold ended."""
    NO_SUCH_ACCOUNT = 30
    ACCOUNT_MOVED = 31
    ACCOUNT_CLOSED = 32
    KIND_NOT_PERMITTED = 33
    """No money is drawn from a time deposit by transfer."""
    NO_SUCH_PAYEE = 40
    PAYEE_MOVED = 41
    PAYEE_CLOSED = 42
    PAYEE_KIND_NOT_PERMITTED = 43
    PAYEE_REFUSED = 44
    """The payee's bank refused the transfer. The core has released the hold."""
    NOT_ENOUGH_FUNDS = 50
    NO_SUCH_HOLDER = 60


@dataclass(frozen=True)
class Refused:
    """The core looked at it and said no; nothing has changed."""

    code: Refusal


@dataclass(frozen=True)
class Unknown:
    """The core did not answer: perhaps done, perhaps not. Ask again with `inquire`."""

    idempotency_key: str


@dataclass(frozen=True)
class NeverSeen:
    """The core has no write with this key: it was not done."""


class AddressChange(msgspec.Struct, frozen=True, kw_only=True):
    """A customer's new address; the bank checks it before it counts."""

    holder_id: str
    postal_code: str
    """7 digits."""
    address: str
    phone: str | None = None
    """A new phone in E.164, where that changes too."""


@dataclass(frozen=True)
class AddressChangeAccepted:
    """The request lies with the bank."""

    reference: str


WriteAnswer: TypeAlias = Held | Settled | Released | AddressChangeAccepted | Refused


class EventKind(StrEnum):
    """What happened in the core that the platform must know of."""

    ACCOUNT_MOVED = "account_moved"
    ACCOUNT_CLOSED = "account_closed"
    CARD_LOST = "card_lost"
    TRANSFER_RETURNED = "transfer_returned"
    """The payee's bank sent a settled transfer back, and the core has credited the amount."""


class CoreEvent(msgspec.Struct, frozen=True, kw_only=True):
    """Something that happened in the core."""

    id: str
    kind: EventKind
    account_id: str
    """Of a returned transfer: the account credited, the payer's or the one that follows it."""
    moved_to: str | None
    happened_at: datetime
    hold_id: str | None = None
    """The hold whose transfer was returned; None for other kinds."""
    amount: Yen | None = None
    """What was returned: the transfer's amount, without its fee; None for other kinds."""


class EventPage(msgspec.Struct, frozen=True, kw_only=True):
    """Events in the order they happened; `next_cursor` is where to go on, also when none came."""

    events: tuple[CoreEvent, ...]
    next_cursor: str


class CoreBank(Protocol):
    """A core banking system."""

    async def capabilities(self, call: Call) -> frozenset[Capability]:
        """Return what the core offers to this institution; for the rest it raises or refuses."""
        ...

    async def business_date(self, call: Call) -> date:
        """Return the day that the core books on now."""
        ...

    async def find_account(
        self, call: Call, branch_code: str, kind: AccountKind, number: str
    ) -> Account | None:
        """Return the account with these 3 and 7 digits, whatever its status."""
        ...

    async def account(self, call: Call, account_id: str) -> Account | None:
        """Return the account with this id, whatever its status."""
        ...

    async def holder(self, call: Call, holder_id: str) -> Holder | None:
        """Return the customer with this id."""
        ...

    async def accounts_of(self, call: Call, holder_id: str) -> Sequence[Account]:
        """Return all accounts of a holder, whatever their status, by branch, kind and number."""
        ...

    async def verify_card_pin(
        self, call: Call, account_id: str, pin: str
    ) -> PinRight | PinWrong | NoCard:
        """Compare a PIN with that of the account's card. Counting failures is the caller's."""
        ...

    async def balances(self, call: Call, account_id: str) -> Balances | None:
        """Return what is in the account."""
        ...

    async def transactions(
        self,
        call: Call,
        account_id: str,
        from_day: date,
        to_day: date,
        *,
        cursor: str | None = None,
        limit: int = 100,
    ) -> TransactionPage | BadCursor | None:
        """Return transactions posted from `from_day` to `to_day`, both included, newest first.

        `limit` is 1 to `LARGEST_PAGE`. Going on with `next_cursor` and the same days, new postings
        in between neither hide nor repeat a line.
        """
        ...

    async def time_deposits(self, call: Call, holder_id: str) -> Sequence[TimeDeposit]:
        """Return the holder's time deposits, by account and deposit number."""
        ...

    async def payee_name(
        self, call: Call, bank_code: str, branch_code: str, kind: AccountKind, number: str
    ) -> PayeeName | NoSuchPayee | PayeeNotOffered:
        """Look up whose account this is, so that the payer can check before paying."""
        ...

    async def hold(self, call: Call, transfer: Transfer) -> Held | Refused | Unknown:
        """Set the transfer's amount and fee aside."""
        ...

    async def settle(self, call: Call, hold_id: str) -> Settled | Refused | Unknown:
        """Move the money of a pending hold: all of it, once.

        To another bank: `Settled` only once that bank's side accepted; `PAYEE_REFUSED`, with the
        hold released, where it refused; `Unknown` while it is late. The same call again, or
        `inquire`, asks it anew. Once sent, an acceptance counts also after the hold's end.
        """
        ...

    async def release(
        self, call: Call, hold_id: str, reason: ReleaseReason
    ) -> Released | Refused | Unknown:
        """End a pending hold without moving money."""
        ...

    async def inquire(self, call: Call, idempotency_key: str) -> WriteAnswer | NeverSeen | Unknown:
        """Return the first answer to the write with this key; `Unknown` means ask again."""
        ...

    async def request_address_change(
        self, call: Call, change: AddressChange
    ) -> AddressChangeAccepted | Refused | Unknown:
        """Hand a change of address to the bank."""
        ...

    async def events(
        self, call: Call, since: str | None = None, limit: int = 100
    ) -> EventPage | BadCursor:
        """Return what happened after the cursor `since` (None: from the start), oldest first."""
        ...


@runtime_checkable
class MovesMany(Protocol):
    """What a core may do beside: hold and settle many transfers within the institution at once."""

    async def transfer_many(
        self, call: Call, transfers: Sequence[KeyedTransfer]
    ) -> Sequence[Settled | Refused | Unknown]:
        """Hold and settle each, in this order; return their answers in this order.

        One that is refused does not stand in the others' way. The keys are those of `hold` and
        `settle`, with the same contents: what was done here is answered there, and the other way
        round. `Refused`: the hold was refused, so that nothing is held. `Unknown`: perhaps done;
        call `hold` and `settle` with the keys, whose answers say how it stands. The call has no
        key of its own. Payees of other kinds than `OwnPayee` are a fault of the caller.
        """
        ...
