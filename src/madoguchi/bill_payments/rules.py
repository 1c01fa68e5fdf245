"""Bills and their payments: values, and what may be paid. Pure."""

from datetime import date, datetime, timedelta
from enum import StrEnum

import msgspec

from madoguchi.kernel.money import Yen

HOLD_LASTS = timedelta(days=60)
"""How long money may stay set aside: longer than the executor asks a silent biller."""


class BillNumbers(msgspec.Struct, frozen=True, kw_only=True):
    """What stands on a Pay-easy bill. Digits only, leading zeros count."""

    biller_code: str
    """収納機関番号, 5 digits."""
    payment_number: str
    """納付番号, お客様番号: up to 20 digits."""
    confirmation_number: str
    """確認番号, up to 6 digits: shows that the payer has the bill before him."""
    category: str = ""
    """納付区分, up to 10 digits; empty where the bill has none."""

    def __repr__(self) -> str:
        return f"BillNumbers({self.biller_code!r}, {self.payment_number!r}, …)"


class Bill(msgspec.Struct, frozen=True, kw_only=True):
    """A bill as the biller states it."""

    biller_name: str
    payer_name: str
    """Masked by the biller."""
    what: str
    amount: Yen
    due: date
    payable_until: date
    """The last Japan day on which it can be paid this way."""
    already_paid: bool = False


class BillPayer(msgspec.Struct, frozen=True, kw_only=True):
    """The account that pays, and whose contract it is under."""

    contract_id: str
    account_id: str
    """The core's id."""
    branch_code: str
    kind: str
    number: str


class BillOrder(msgspec.Struct, frozen=True, kw_only=True):
    """What the customer confirms: from which account he pays which bill, as it was shown."""

    payer: BillPayer
    numbers: BillNumbers
    bill: Bill


class BillSigns(msgspec.Struct, frozen=True, kw_only=True):
    """Where an order came from, and whom to tell. `email` is "" where no address is known."""

    source: str
    reference: str
    language: str
    email: str

    def __repr__(self) -> str:
        return f"BillSigns(reference={self.reference!r})"


class BillPaymentState(StrEnum):
    """How a payment stands. Nothing leads out of the last three but a person's work."""

    ACCEPTED = "accepted"
    PAID = "paid"
    FAILED = "failed"
    UNSETTLED = "unsettled"
    """The biller has the money, the core refused the debit: staff clear it up."""


class BillPayment(msgspec.Struct, frozen=True, kw_only=True):
    """One payment of a bill."""

    institution: str
    id: str
    receipt_number: str
    """What people quote: day and ten digits."""
    state: BillPaymentState
    payer: BillPayer
    numbers: BillNumbers
    bill: Bill
    signs: BillSigns
    made_at: datetime
    hold_id: str
    """The core's; "" before the money is set aside."""
    asked_at: datetime | None
    """When the biller was first asked to take the payment."""
    biller_receipt: str
    """The biller's own receipt number; "" until it has taken the payment."""
    acceptance_number: str
    """The core's 受付番号; "" until the money has moved."""
    reason: str
    """Why it failed, or is about to: a code of ours or of the biller's."""
    done_at: datetime | None


def is_over(bill: Bill, today: date) -> bool:
    """Say whether it is too late to pay on the Japan day `today`."""
    return today > bill.payable_until


def left_of(per_day: int, paid_today: int) -> Yen:
    """Return what may still be paid on a day, in yen; never below zero."""
    return Yen(max(0, per_day - paid_today))
