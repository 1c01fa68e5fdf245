"""The screens on which a bill is paid (RET-25)."""

from collections.abc import Mapping

from madoguchi.kernel.journey import Journey, Screen
from madoguchi.retail.bills import steps
from madoguchi.retail.bills.receipt import show_done
from madoguchi.retail.bills.visit import BillVisit
from madoguchi.retail.ground import BankJourney, RetailServices
from madoguchi.retail.transfer.outcomes import Back, Changed, CodeSentAgain, Locked


async def begin(services: RetailServices, query: Mapping[str, str]) -> BillVisit | str:
    """Begin with nothing typed; where no bills can be paid, the list says so."""
    del query
    return BillVisit() if services.ports.bill_payments.offered() else services.url("bills")


JOURNEY = Journey(
    "bill-payment",
    screens=(
        Screen("numbers", "BPE001", steps.numbers, show=steps.show_numbers),
        Screen("bill", "BPE002", steps.bill, show=steps.show_bill, on={Back: "numbers"}),
        Screen(
            "confirm",
            "BPE003",
            steps.confirm,
            show=steps.show_confirm,
            on={Back: "bill", CodeSentAgain: "confirm", Changed: "confirm", Locked: "locked"},
        ),
    ),
    finish="done",
    endings=("cancelled", "locked", "expired"),
)

BILL_PAYMENT = BankJourney(
    journey=JOURNEY,
    path="bill-payment",
    menu="bills",
    visit=BillVisit,
    service="retail-bill-payments",
    folder="retail.bills",
    begin=begin,
    page_ids={"done": "BPE004", "cancelled": "BPE091", "locked": "BPE092", "expired": "BPE093"},
    views={"done": show_done},
)
