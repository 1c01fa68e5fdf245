"""A transfer in words, row by row: what the customer reads is what the code is bound to (RET-18).

The mail with the code shows the same rows in the customer's language, so that a screen that lies
about the payee or the amount is found out. Names are half-width kana, or the directory's own;
nothing that a payee chose can turn or hide a character.
"""

from madoguchi.plumbing.templates.formats import format_date, format_yen
from madoguchi.retail.ground import RetailServices
from madoguchi.retail.transfer.own_accounts import branch_name
from madoguchi.transfers import Payee, Quote, Transfer

Rows = tuple[tuple[str, str], ...]


def rows(of: Quote | Transfer, services: RetailServices, language: str) -> Rows:
    """Return (label, text) of everything that is confirmed, in the order shown."""
    text, payer = _Words(services, language), of.order.payer
    own_branch = branch_name(services.institution, payer.branch_code)
    account = text("account", kind=text(f"kind.{payer.kind}"), number=payer.number)
    day = "day-reserved" if of.reserved else "day-today"
    return (
        (text("row.from"), f"{text.with_code(own_branch, payer.branch_code)} {account}"),
        *payee_rows(of.order.payee, services, language),
        (text("row.payer-name"), of.order.payer_name),
        (text("row.amount"), format_yen(of.order.amount, language)),
        (text("row.fee"), format_yen(of.fee, language)),
        (text("row.total"), format_yen(of.total, language)),
        (text("row.day"), text(day, date=format_date(of.executes_on, language))),
    )


def payee_rows(payee: Payee, services: RetailServices, language: str) -> Rows:
    """Return (label, text) of who is paid, in full."""
    text = _Words(services, language)
    account = text("account", kind=text(f"kind.{payee.kind}"), number=payee.number)
    return (
        (text("row.bank"), text.with_code(payee.bank_name, payee.bank_code)),
        (text("row.branch"), text.with_code(payee.branch_name, payee.branch_code)),
        (text("row.account"), account),
        (text("row.name"), payee.name_kana),
    )


def facts(quote: Quote, services: RetailServices) -> Rows:
    """Return what the one-time password is bound to, in the language that its mail is written in.

    That is the contract's, so that changing the language of the screen voids nothing.
    """
    return rows(quote, services, services.contract.language)


class _Words:
    """The texts of these screens in one language."""

    def __init__(self, services: RetailServices, language: str) -> None:
        self._texts = services.ports.texts
        self._language = language

    def __call__(self, key: str, **values: str) -> str:
        return self._texts(f"transfer.{key}", language=self._language, **values)

    def with_code(self, name: str, code: str) -> str:
        return self("with-code", name=name, code=code)
