"""Pay-easy (税金・各種料金の払込み): a bill is looked up, shown, and paid once (RET-25).

A payment is accepted in the transaction of the request, with a job. `execute` then sets the money
aside in the core, pays at the biller under the payment's own id, and lets the core move the money.
Each of the three has an idempotency key stored beforehand: it may be run again after any crash, and
by several at once, and the bill is paid and the account debited once or not at all.

There is no fee. What a customer pays in a Japan day is at most his own limit of a day, the one he
lowers and raises for transfers (RET-22); bills are counted apart from transfers.
"""

from madoguchi.bill_payments.events import BillEvent
from madoguchi.bill_payments.mails import reason_key
from madoguchi.bill_payments.outcomes import BillRefused, PaymentAccepted, Why
from madoguchi.bill_payments.ports import (
    ALREADY_PAID,
    BillerNetwork,
    BillPaymentPorts,
    Expired,
    NeverArrived,
    NoAnswer,
    NoSuchBill,
    NotAvailable,
    Paid,
    Refused,
)
from madoguchi.bill_payments.rules import (
    Bill,
    BillNumbers,
    BillOrder,
    BillPayer,
    BillPayment,
    BillPaymentState,
    BillSigns,
)
from madoguchi.bill_payments.service import BillPayments
from madoguchi.bill_payments.simulator import BillerSimulator

__all__ = [
    "ALREADY_PAID",
    "Bill",
    "BillEvent",
    "BillNumbers",
    "BillOrder",
    "BillPayer",
    "BillPayment",
    "BillPaymentPorts",
    "BillPaymentState",
    "BillPayments",
    "BillRefused",
    "BillSigns",
    "BillerNetwork",
    "BillerSimulator",
    "Expired",
    "NeverArrived",
    "NoAnswer",
    "NoSuchBill",
    "NotAvailable",
    "Paid",
    "PaymentAccepted",
    "Refused",
    "Why",
    "reason_key",
]
