"""Japanese telephone numbers: as people type them, as networks carry them, as screens show them.

The product handles two forms: national digits (`09012345678`), which people see, and E.164
(`+819012345678`), which gateways speak. Whether a number is assigned is not asked: the core bank's
registered number decides (LINK-22).
"""

import re
import unicodedata

NATIONAL = re.compile(r"0[0-9]{9,10}")
E164 = re.compile(r"\+[1-9][0-9]{6,14}")
JAPAN_WITHOUT_PLUS = re.compile(r"81[0-9]{9,10}")
SEPARATORS = re.compile(r"[\s()./\u2010-\u2015\u2212\u30fc\uff70~-]+")
SHOWN_DIGITS = 4


def normalise(typed: str) -> str:
    """Return the national digits that `typed` means (LINK-05), or what cannot be read as it is.

    Full-width characters, spaces, hyphens of every kind, parentheses and a leading +81 are
    accepted.
    """
    digits = SEPARATORS.sub("", unicodedata.normalize("NFKC", typed))
    if digits.startswith("+81"):
        return "0" + digits.removeprefix("+81").removeprefix("0")
    return digits


def valid(digits: str) -> bool:
    """Tell whether `digits` is like a Japanese number: 10 or 11 digits, the first a zero."""
    return NATIONAL.fullmatch(digits) is not None


def to_e164(number: str) -> str | None:
    """Return `number` in E.164, or None where it is none.

    Takes what people type and what stands in the user part of a SIP or tel URI: `09012345678`,
    `+819012345678`, `819012345678`, parameters such as `;phone-context=+81` left aside. Foreign
    numbers need their plus sign.
    """
    digits = normalise(number.partition(";")[0])
    if valid(digits):
        return "+81" + digits[1:]
    if JAPAN_WITHOUT_PLUS.fullmatch(digits):
        return "+" + digits
    return digits if E164.fullmatch(digits) else None


def to_national(e164: str) -> str:
    """Return a Japanese E.164 number as national digits; a foreign one as it is."""
    return "0" + e164.removeprefix("+81") if e164.startswith("+81") else e164


def masked(digits: str) -> str:
    """Return `digits` with all but the last four masked: `******3333` (LINK-19)."""
    hidden = max(len(digits) - SHOWN_DIGITS, 0)
    return "*" * hidden + digits[hidden:]
