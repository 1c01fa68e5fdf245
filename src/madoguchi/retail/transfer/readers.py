"""How amounts, days, names and numbers are read on the screens that move money (RET-17, RET-19).

Each takes what was typed, stripped, and returns it in the one form that is kept, or `Invalid`.
"""

import re
import unicodedata

from madoguchi.core_bank.port import LARGEST_AMOUNT, AccountKind
from madoguchi.kernel.digits import HYPHENS, date_of, normal_digits, zero_padded
from madoguchi.kernel.kana import UnreadableCharacters, to_half_width_kana
from madoguchi.plumbing.web import Invalid

LONGEST_NAME = 48
"""Characters of a party's name in half-width kana, as Zengin records hold it."""
LONGEST_NICKNAME = 30
PAYABLE_KINDS = (AccountKind.ORDINARY, AccountKind.CURRENT, AccountKind.SAVINGS)
"""The kinds of account that a transfer goes to, in the order in which they are offered."""

_AMOUNT = re.compile(r"¥?([0-9]+|[0-9]{1,3}(?:,[0-9]{3})+)円?")
_DAY = re.compile(r"([0-9]{4})[-/.年]([0-9]{1,2})[-/.月]([0-9]{1,2})日?(?:\([月火水木金土日]\))?")
_DAY_IN_ONE = re.compile(r"([0-9]{4})([0-9]{2})([0-9]{2})")
_TURNING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f\u061c")


def amount(text: str) -> str | Invalid:
    """Return whole yen, 1 or more, as digits: `１，０００円` is 1000.

    A sign, a point or a comma in a strange place is not guessed at.
    """
    read = whole_yen(text)
    return Invalid("transfer.field.amount-zero") if read == "0" else read


def whole_yen(text: str) -> str | Invalid:
    """Return whole yen, 0 or more, as digits."""
    # folding would read 10² as 102, and ① as 1
    drawn = any(char.isnumeric() and not char.isdecimal() for char in text)
    found = _AMOUNT.fullmatch("".join(_folded(text).split()))
    if drawn or found is None:
        return Invalid("transfer.field.amount-wrong")
    digits = found[1].replace(",", "").lstrip("0") or "0"
    if len(digits) > len(str(LARGEST_AMOUNT)):
        return Invalid("transfer.field.amount-huge")
    return digits


def day(text: str) -> str | Invalid:
    """Return a day as `2026-11-24`: typed in that form, with slashes, or as 2026年11月24日."""
    plain = "".join(_folded(text).split())
    found = _DAY.fullmatch(plain) or _DAY_IN_ONE.fullmatch(plain)
    read = date_of(*found.groups()) if found else None
    return read.isoformat() if read else Invalid("transfer.field.day-wrong")


def party_name(text: str) -> str | Invalid:
    """Return a name in half-width kana, the only form in which it is shown and sent."""
    kana = to_half_width_kana(text)
    if isinstance(kana, UnreadableCharacters):
        return Invalid("unreadable-kana")
    return kana if len(kana) <= LONGEST_NAME else Invalid("too-long", {"most": str(LONGEST_NAME)})


def nickname(text: str) -> str | Invalid:
    """Return a nickname: any text of one line in which nothing turns the direction of reading."""
    if len(text) > LONGEST_NICKNAME:
        return Invalid("too-long", {"most": str(LONGEST_NICKNAME)})
    if any(char in _TURNING or not (char.isprintable() or char == "\u3000") for char in text):
        return Invalid("transfer.field.nickname-wrong")
    return text


def account_kind(text: str) -> str | Invalid:
    """Return a kind of account that transfers go to."""
    return text if text in PAYABLE_KINDS else Invalid("choose")


def account_number(text: str) -> str | Invalid:
    """Return an account number of 7 digits; leading zeros may be left out.

    No account has zeros only, and what begins with a minus is no number of one.
    """
    digits = zero_padded(text, 7)
    if digits is None:
        return Invalid("digits-7")
    signed = text.lstrip()[:1] in HYPHENS
    return Invalid("transfer.field.number-wrong") if signed or not int(digits) else digits


def code(text: str) -> str | Invalid:
    """Return a one-time password of 6 digits."""
    digits = normal_digits(text)
    return digits if digits and len(digits) == 6 else Invalid("transfer.field.code-wrong")


def as_typed(text: str) -> str:
    """Return the text as it is: a choice that the step looks up, or a password."""
    return text


def _folded(text: str) -> str:
    return unicodedata.normalize("NFKC", text)
