"""How personal data are read wherever they are typed (RET-06, RET-28)."""

from madoguchi.kernel.phone import normalise, valid
from madoguchi.plumbing.mail import AddressUnusable, parse_address
from madoguchi.plumbing.web import Invalid

LONGEST_EMAIL = 64
LONGEST_PASSWORD = 64
"""The longest that any setting allows: whatever is longer is read no further."""
HALF_WIDTH = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}
"""Full-width letters, digits and signs to ASCII, as `str.translate` takes them."""


def password(text: str) -> str | Invalid:
    """Return a password as it is: also one that cannot be right is compared."""
    if len(text) > LONGEST_PASSWORD:
        return Invalid("too-long", {"most": str(LONGEST_PASSWORD)})
    return text


def email(text: str) -> str | Invalid:
    """Return a mail address in ASCII that mail can be sent to (RET-06)."""
    text = text.translate(HALF_WIDTH)
    if len(text) > LONGEST_EMAIL:
        return Invalid("too-long", {"most": str(LONGEST_EMAIL)})
    try:
        parse_address(text)
    except AddressUnusable:
        return Invalid("email-wrong")
    return text if text.isascii() else Invalid("email-wrong")


def yes_or_no(text: str) -> str | Invalid:
    """Return one of the two answers."""
    return text if text in ("yes", "no") else Invalid("choose")


def phone(text: str) -> str | Invalid:
    """Return the national digits of a telephone number."""
    digits = normalise(text)
    return digits if valid(digits) else Invalid("phone-wrong")
