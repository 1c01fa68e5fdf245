"""A bill in words, row by row: what is read is what the one-time password is bound to."""

from madoguchi.bill_payments import Bill, BillNumbers, BillPayer
from madoguchi.plumbing.templates.formats import format_date, format_yen
from madoguchi.retail.ground import RetailServices
from madoguchi.retail.transfer.own_accounts import branch_name

Rows = tuple[tuple[str, str], ...]


def bill_rows(bill: Bill, numbers: BillNumbers, services: RetailServices, language: str) -> Rows:
    """Return (label, text) of what the biller asks for, in the order shown."""
    texts = services.ports.texts

    def text(key: str, **values: str) -> str:
        return texts(f"bill.row.{key}", language=language, **values)

    category = ((text("category"), numbers.category),) if numbers.category else ()
    return (
        (text("biller"), text("biller.with-code", name=bill.biller_name, code=numbers.biller_code)),
        (text("what"), bill.what),
        (text("payer-name"), bill.payer_name),
        (text("payment-number"), numbers.payment_number),
        *category,
        (text("amount"), format_yen(bill.amount, language)),
        (text("fee"), text("fee.none")),
        (text("due"), format_date(bill.due, language)),
    )


def order_rows(
    bill: Bill, numbers: BillNumbers, payer: BillPayer, services: RetailServices, language: str
) -> Rows:
    """Return (label, text) of everything that is confirmed: the account first, then the bill."""
    texts = services.ports.texts
    kind = texts(f"transfer.kind.{payer.kind}", language=language)
    account = texts("transfer.account", language=language, kind=kind, number=payer.number)
    name = branch_name(services.institution, payer.branch_code)
    branch = texts("transfer.with-code", language=language, name=name, code=payer.branch_code)
    label = texts("bill.row.from", language=language)
    return ((label, f"{branch} {account}"), *bill_rows(bill, numbers, services, language))
