"""払込みの照会: the customer's payments of bills, and the receipt of each (RET-25)."""

from collections.abc import Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from madoguchi.retail.bills.receipt import SHOWN_AS, receipt
from madoguchi.retail.ground import BankPage, RetailServices


async def bills(services: RetailServices, request: Request) -> Mapping[str, Any]:
    """Show what was paid, newest first, and lead to paying another bill where that is offered."""
    del request
    payments = await services.ports.bill_payments.list_of(
        services.tx, services.institution.code, services.contract.id
    )
    return {
        "view": {
            "offered": services.ports.bill_payments.offered(),
            "payments": [(each, SHOWN_AS[each.state]) for each in payments],
            "new_url": services.url("bill-payment"),
            "url": services.url("bills"),
        }
    }


async def bill(services: RetailServices, request: Request) -> Mapping[str, Any] | Response:
    """Show the receipt of one payment; another customer's is as good as none."""
    found = await services.ports.bill_payments.find(
        services.tx,
        services.institution.code,
        services.contract.id,
        request.path_params["payment"],
    )
    return services.no_such_page() if found is None else {"view": receipt(found, services)}


BILLS = BankPage("bills", "BPE005", "retail.bills/bills", "retail-bill-payments", bills)
BILL = BankPage(
    "bills/{payment}",
    "BPE006",
    "retail.bills/bill-paid",
    "retail-bill-payments",
    bill,
    menu="bills",
)
