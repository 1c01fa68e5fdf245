"""The forms on which an address is changed: what is typed, and how it is read (RET-27)."""

import re
import unicodedata
from dataclasses import dataclass

from madoguchi.kernel.digits import normal_digits
from madoguchi.kernel.phone import normalise, valid
from madoguchi.plumbing.web import Invalid, typed
from madoguchi.retail.transfer.leaving import Leaving, button, forward
from madoguchi.retail.transfer.readers import as_typed

LONGEST_REST = 80
POSTAL_CODE_LENGTH = 7
_REST = re.compile(
    "[0-9A-Za-z\uff10-\uff19\uff21-\uff3a\uff41-\uff5a\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u024f"
    "\u3041-\u3096\u309d\u309e\u30a1-\u30fa\u30fc-\u30fe\uff66-\uff9f"  # kana, half width too
    "\u3005-\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U000323af"  # kanji
    "\u2160-\u217f"  # Roman numbers: the second building
    "\u2010-\u2015\u2212\uff0d"  # all that keyboards make of a hyphen
    " \\-・･（）()「」〒、。,.，．'’‘＇#＃&＆/／:：~〜～]+"
)
"""What addresses are written with: letters go on paper and into the core, emoji do not."""


def _postal_code(text: str) -> str | Invalid:
    digits = normal_digits(text.lstrip("〒"))
    right = digits is not None and len(digits) == POSTAL_CODE_LENGTH
    return digits if digits and right else Invalid("address.field.postal-code-wrong")


def _rest(text: str) -> str | Invalid:
    """Return one line of plain text, spaces made one each."""
    line = " ".join(unicodedata.normalize("NFC", text).split())
    if len(line) > LONGEST_REST:
        return Invalid("too-long", {"most": str(LONGEST_REST)})
    return line if _REST.fullmatch(line) else Invalid("address.field.rest-wrong")


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
