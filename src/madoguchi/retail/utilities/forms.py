"""The forms on which a direct debit is applied for: what is typed, and how it is read (RET-26)."""

from dataclasses import dataclass

from madoguchi.kernel.digits import normal_digits
from madoguchi.plumbing.web import Invalid, typed
from madoguchi.retail.transfer.leaving import Leaving, button, forward
from madoguchi.retail.transfer.readers import as_typed, party_name


def _digits(text: str) -> str | Invalid:
    return normal_digits(text) or Invalid("utility.field.digits-only")


@dataclass(frozen=True, slots=True)
class CompanyForm:
    """BUT002: the company."""

    company: str = typed(as_typed)


@dataclass(frozen=True, slots=True)
class DetailsForm(Leaving):
    """BUT003: the customer number, the contractor's name, the account to be debited."""

    customer_number: str = forward(_digits)
    contractor_kana: str = forward(party_name)
    from_account: str = forward(as_typed)
    back: str = button()
