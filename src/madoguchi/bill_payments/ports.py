"""What paying bills needs from outside."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from madoguchi.bill_payments.rules import Bill, BillNumbers
from madoguchi.core_bank import CoreBank
from madoguchi.institutions import Institution
from madoguchi.kernel.clock import Clock
from madoguchi.kernel.entropy import Entropy
from madoguchi.kernel.money import Yen
from madoguchi.notices import Notices
from madoguchi.operations_log import OperationsLog
from madoguchi.plumbing.database import Database, Tx
from madoguchi.plumbing.keys import Keys


@dataclass(frozen=True, slots=True)
class NoSuchBill:
    """No biller, or no bill, has these numbers."""


@dataclass(frozen=True, slots=True)
class Expired:
    """The bill can no longer be paid this way."""


@dataclass(frozen=True, slots=True)
class NotAvailable:
    """The biller cannot be asked now."""


@dataclass(frozen=True, slots=True)
class Paid:
    """The biller has taken the payment. `at` is the biller's time, aware."""

    receipt_number: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Refused:
    """The biller has not taken the payment, and never will under this order id.

    `reason` is a code: `already-paid`, `amount-changed`, `expired`, `no-such-bill`, `by-biller`.
    """

    reason: str


@dataclass(frozen=True, slots=True)
class NoAnswer:
    """Perhaps taken, perhaps not: ask again."""


@dataclass(frozen=True, slots=True)
class NeverArrived:
    """The biller knows of no order of this id."""


ALREADY_PAID = "already-paid"
"""The reason of a refusal where the bill was paid through another channel."""


class BillerNetwork(Protocol):
    """The way to the billers (収納機関). It does not raise where it cannot be reached.

    An order id is an idempotency key that holds for ever within an institution: its first `Paid` or
    `Refused` is the answer to every later call with it.
    """

    async def inquire(
        self, institution: str, numbers: BillNumbers
    ) -> Bill | NoSuchBill | Expired | NotAvailable:
        """Return the bill as it stands now, also one that is paid already."""
        ...

    async def pay(
        self, institution: str, order_id: str, numbers: BillNumbers, amount: Yen
    ) -> Paid | Refused | NoAnswer:
        """Pay the bill; refused where it is no longer of this amount."""
        ...

    async def inquire_payment(
        self, institution: str, order_id: str
    ) -> Paid | Refused | NeverArrived | NoAnswer:
        """Return what became of an order."""
        ...


@dataclass(frozen=True)
class BillPaymentPorts:
    """What `BillPayments` is built from, once. Without a `network` the service is not offered."""

    database: Database
    core_of: Callable[[Institution], CoreBank]
    institution_of: Callable[[str], Institution]
    """The institution of a 4-digit code."""
    network: BillerNetwork | None
    notices: Notices
    log: OperationsLog
    texts: Callable[..., str]
    """The catalogue: `texts(key, language=…, **values)`."""
    keys: Keys
    entropy: Entropy
    clock: Clock
    day_limit: Callable[[Tx, Institution, str, datetime], Awaitable[Yen]]
    """What the contract of this id may pay on the Japan day of that moment, in yen."""
