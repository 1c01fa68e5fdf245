"""The receipt: how the payment of a bill stands now, each time it is looked at."""

from collections.abc import Mapping
from typing import Any

from madoguchi.bill_payments import BillPayment, BillPaymentState, reason_key
from madoguchi.kernel.errors import must
from madoguchi.retail.bills.rows import order_rows
from madoguchi.retail.bills.visit import BillVisit
from madoguchi.retail.ground import RetailServices

SHOWN_AS = {
    BillPaymentState.ACCEPTED: "under-way",
    BillPaymentState.PAID: "paid",
    BillPaymentState.FAILED: "failed",
    # the bill is paid; what is left to be done is the bank's own
    BillPaymentState.UNSETTLED: "under-way",
}
"""What a customer is told of each state."""


async def show_done(visit: BillVisit, services: RetailServices) -> Mapping[str, Any]:
    """Return the receipt of the payment that the visit wrote down."""
    found = await services.ports.bill_payments.find(
        services.tx, services.institution.code, services.contract.id, visit.payment_id
    )
    return receipt(must(found, "the payment written down"), services)


def receipt(payment: BillPayment, services: RetailServices) -> Mapping[str, Any]:
    """Return what a receipt shows."""
    shown = SHOWN_AS[payment.state]
    language = services.context.language
    reason = services.ports.texts(reason_key(payment), language=language)
    return {
        "payment": payment,
        "shown": shown,
        "rows": order_rows(payment.bill, payment.numbers, payment.payer, services, language),
        "reason": reason if shown == "failed" else "",
        "urls": {
            "detail": services.url(f"bills/{payment.id}"),
            "list": services.url("bills"),
            "new": services.url("bill-payment"),
        },
    }
