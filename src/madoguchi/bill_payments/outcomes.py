"""What is answered to a customer who wants to pay a bill."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from madoguchi.bill_payments.rules import BillPayment


class Why(StrEnum):
    """Why a bill cannot be paid now; the screens have a text for each."""

    NOT_OFFERED = "not-offered"
    NO_SUCH_BILL = "no-such-bill"
    EXPIRED = "expired"
    NOT_AVAILABLE = "not-available"
    """The biller does not answer now, or is closed."""
    ALREADY_PAID = "already-paid"
    UNDER_WAY = "under-way"
    """Somebody here is paying this very bill."""
    OVER_LIMIT = "over-limit"
    """`values`: `left`, what may still be paid today, in yen."""


@dataclass(frozen=True, slots=True)
class BillRefused:
    """Nothing has happened."""

    why: Why
    values: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class PaymentAccepted:
    """The payment stands, and will be executed: this one, or the first one of the same `once`."""

    payment: BillPayment
