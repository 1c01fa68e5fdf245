"""The forms on which an address is changed: what is typed, and how it is read (RET-27)."""

import unicodedata
from dataclasses import dataclass

from madoguchi.kernel.digits import normal_digits
from madoguchi.kernel.phone import normalise, valid
from madoguchi.plumbing.web import Invalid, typed
from madoguchi.retail.transfer.leaving import Leaving, button, forward
from madoguchi.retail.transfer.readers import as_typed

LONGEST_REST = 80
POSTAL_CODE_LENGTH = 7


def _postal_code(text: str) -> str | Invalid:
    digits = normal_digits(text.lstrip("〒"))
    right = digits is not None and len(digits) == POSTAL_CODE_LENGTH
    return digits if digits and right else Invalid("address.field.postal-code-wrong")


def _rest(text: str) -> str | Invalid:
    """Return one line of plain text, spaces made one each."""
    line = " ".join(unicodedata.normalize("NFC", text).split())
    if len(line) > LONGEST_REST:
        return Invalid("too-long", {"most": str(LONGEST_REST)})
    return line if line.isprintable() else Invalid("address.field.rest-wrong")


def _phone(text: str) -> str | Invalid:
    digits = normalise(text)
    return digits if valid(digits) else Invalid("phone-wrong")


@dataclass(frozen=True, slots=True)
class PostalCodeForm:
    """BAD001: the postal code of the new address."""

    postal_code: str = typed(_postal_code)


@dataclass(frozen=True, slots=True)
class AddressForm(Leaving):
    """BAD002: which of the code's places, the rest of the address, a new phone."""

    area: str = forward(as_typed)
    rest: str = forward(_rest)
    phone: str = forward(_phone, required=False)
    back: str = button()
