"""What a transfer is: who pays whom how much, on which day, at what fee (RET-17 to RET-24)."""

from datetime import date, datetime
from enum import StrEnum
from typing import Literal

import msgspec

from madoguchi.institutions import Limits
from madoguchi.kernel.money import Yen

Destination = Literal["own", "same_branch", "other_branch", "other_bank"]
WhyLater = Literal["", "current-account-cut-off", "interbank-closed"]


class TransferState(StrEnum):
    """How a transfer stands."""

    ACCEPTED = "accepted"
    """For now; the core has not been asked yet."""
    AWAITING_REVIEW = "awaiting-review"
    """Held for staff (RET-24); no money is set aside yet."""
    RESERVED = "reserved"
    """For a later day (予約扱い), or waiting for its hour on that day."""
    EXECUTING = "executing"
    """The core is being asked: told to people as "being processed"."""
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"
    REFUSED_BY_STAFF = "refused-by-staff"
    RETURNED = "returned"
    """The money went out, and the other bank sent it back."""


FINAL = frozenset(
    (
        TransferState.DONE,
        TransferState.FAILED,
        TransferState.CANCELLED,
        TransferState.REFUSED_BY_STAFF,
        TransferState.RETURNED,
    )
)
"""States in which no more is held at the core for the transfer."""


class Payer(msgspec.Struct, frozen=True, kw_only=True):
    """The account that pays, of the contract that orders it."""

    contract_id: str
    holder_id: str
    account_id: str
    branch_code: str
    kind: str
    number: str
    name_kana: str
    member: bool


class Payee(msgspec.Struct, frozen=True, kw_only=True):
    """The account that is paid. `holder_id` is known for accounts of this institution only."""

    bank_code: str
    bank_name: str
    branch_code: str
    branch_name: str
    kind: str
    number: str
    name_kana: str
    name_checked: bool
    """Whether the bank that keeps the account gave the name; else the customer typed it."""
    account_id: str | None = None
    """The core's id; None at another bank."""
    holder_id: str = ""


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """What the customer asks for. `on` None: today (当日扱い); else the day reserved (予約扱い)."""

    payer: Payer
    payee: Payee
    amount: Yen
    on: date | None = None
    payer_name: str
    """振込依頼人名: what the payee's passbook shows, half-width kana."""


class Quote(msgspec.Struct, frozen=True, kw_only=True):
    """What the customer is shown before he confirms; `accept` refuses where it no longer holds."""

    order: Order
    destination: Destination
    fee: Yen
    fees_valid_from: date
    """Which dated table the fee is from."""
    total: Yen
    executes_on: date
    """Japan day."""
    reserved: bool
    """Whether it waits for a later day, by wish or because it is too late today."""
    why_later: WhyLater
    needs_code: bool
    """Whether a one-time password is asked for: today, and for whoever is not known (RET-19)."""

    def facts(self) -> tuple[tuple[str, str], ...]:
        """Return exactly what is confirmed, for the one-time password to be bound to."""
        payer, payee = self.order.payer, self.order.payee
        return (
            ("from", f"{payer.branch_code}-{payer.kind}-{payer.number}"),
            ("bank", payee.bank_code),
            ("branch", payee.branch_code),
            ("account", f"{payee.kind}-{payee.number}"),
            ("name", payee.name_kana),
            ("payer_name", self.order.payer_name),
            ("amount", str(self.order.amount)),
            ("fee", str(self.fee)),
            ("total", str(self.total)),
            ("day", self.executes_on.isoformat()),
        )


class Signs(msgspec.Struct, frozen=True, kw_only=True):
    """How the order came in: feeds the fraud score, the log, and the mails."""

    known_device: bool
    source: str
    """The source address."""
    reference: str
    """The reference number of the request."""
    language: Literal["ja", "en"]
    email: str


class Transfer(msgspec.Struct, frozen=True, kw_only=True):
    """One accepted order and what became of it. Instants are aware, in UTC."""

    institution: str
    id: str
    receipt_number: str
    """受付番号 of this platform, 12 digits: what the customer is told at once."""
    state: TransferState
    order: Order
    destination: Destination
    fee: Yen
    fees_valid_from: date
    made_at: datetime
    executes_on: date
    runs_at: datetime
    """From when on it is executed."""
    begins_until: datetime
    """From then on it is too late to begin."""
    reserved: bool
    why_later: WhyLater
    language: Literal["ja", "en"]
    reference: str
    score: int
    """The fraud score (RET-24)."""
    score_reasons: tuple[str, ...]
    reason: str = ""
    """Why it failed, was refused or came back: a stable code."""
    done_at: datetime | None = None
    """When it came to its present final state."""
    decided_by: str = ""
    """Which member of staff approved or refused it."""
    acceptance_number: str = ""
    """The core's own number, once the money has moved."""
    transaction_id: str = ""
    hold_id: str = ""
    hold_expires_at: datetime | None = None
    sealed_email: bytes = b""

    @property
    def total(self) -> Yen:
        """The amount and the fee."""
        return Yen(self.order.amount + self.fee)

    @property
    def is_final(self) -> bool:
        """Whether nothing more will be done by the platform."""
        return self.state in FINAL


class ContractLimits(msgspec.Struct, frozen=True, kw_only=True):
    """A contract's limits today, and those that take over on a later Japan day (RET-22)."""

    now: Limits
    later: Limits | None = None
    later_from: date | None = None
    highest: Limits


class RegisteredPayee(msgspec.Struct, frozen=True, kw_only=True):
    """A payee that the customer keeps, under a name of his own (RET-23)."""

    id: str
    nickname: str
    payee: Payee
    registered_at: datetime
