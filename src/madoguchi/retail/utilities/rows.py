"""An application in words, row by row."""

from collections.abc import Callable

from madoguchi.direct_debits import DebitAccount, NewApplication
from madoguchi.institutions import Institution
from madoguchi.retail.ground import RetailServices
from madoguchi.retail.transfer.own_accounts import branch_name
from madoguchi.retail.utilities.companies import company_name

Texts = Callable[..., str]


def wanted_rows(
    wanted: NewApplication, services: RetailServices, language: str
) -> tuple[tuple[str, str], ...]:
    """Return (label, text) of what is applied for, in the order shown."""
    texts, institution = services.ports.texts, services.institution

    def label(key: str) -> str:
        return texts(f"utility.row.{key}", language=language)

    return (
        (label("company"), company_name(institution, wanted.company_code, language)),
        (label("customer-number"), wanted.customer_number),
        (label("contractor"), wanted.contractor_kana),
        (label("account"), account_text(wanted.account, institution, texts, language)),
    )


def account_text(
    account: DebitAccount, institution: Institution, texts: Texts, language: str
) -> str:
    """Return the account in one line: `本店（001） 普通 1234567`."""
    name = branch_name(institution, account.branch_code)
    branch = texts("transfer.with-code", language=language, name=name, code=account.branch_code)
    kind = texts(f"transfer.kind.{account.kind}", language=language)
    number = texts("transfer.account", language=language, kind=kind, number=account.number)
    return f"{branch} {number}"
