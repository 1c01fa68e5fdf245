"""The forms of the screens on which a bill is paid: what is typed, and how it is read (RET-25)."""

from collections.abc import Callable
from dataclasses import dataclass

from madoguchi.bill_payments import BillNumbers
from madoguchi.kernel.digits import normal_digits
from madoguchi.plumbing.web import Invalid, typed
from madoguchi.retail.transfer.leaving import Leaving, button, forward
from madoguchi.retail.transfer.readers import as_typed

BILLER_CODE_LENGTH = 5
LONGEST_PAYMENT_NUMBER = 20
LONGEST_CONFIRMATION_NUMBER = 6
LONGEST_CATEGORY = 10


def _biller_code(text: str) -> str | Invalid:
    digits = normal_digits(text)
    right = digits is not None and len(digits) == BILLER_CODE_LENGTH
    return digits if digits and right else Invalid("bill.field.digits-5")


def _up_to(longest: int) -> Callable[[str], str | Invalid]:
    def read(text: str) -> str | Invalid:
        digits = normal_digits(text)
        if digits and len(digits) <= longest:
            return digits
        return Invalid("bill.field.digits-up-to", {"most": str(longest)})

    return read


@dataclass(frozen=True, slots=True)
class NumbersForm:
    """BPE001: what stands on the bill. Leading zeros count."""

    biller_code: str = typed(_biller_code)
    payment_number: str = typed(_up_to(LONGEST_PAYMENT_NUMBER))
    confirmation_number: str = typed(_up_to(LONGEST_CONFIRMATION_NUMBER))
    category: str = typed(_up_to(LONGEST_CATEGORY), required=False)

    def numbers(self) -> BillNumbers:
        """Return the numbers typed."""
        return BillNumbers(
            biller_code=self.biller_code,
            payment_number=self.payment_number,
            confirmation_number=self.confirmation_number,
            category=self.category,
        )


@dataclass(frozen=True, slots=True)
class BillForm(Leaving):
    """BPE002: the account that pays."""

    from_account: str = forward(as_typed)
    back: str = button()
