"""One-time passwords: the port that screens and transfers ask, and its filling by mailed codes.

A one-time password is good once, for one institution, owner, purpose, visit and set of facts: a
code for transfer X is refused on Y (RET-18, RET-19).
"""

from madoguchi.one_time_passwords.mailed import MailedCodes, Tell
from madoguchi.one_time_passwords.port import (
    Asked,
    Begun,
    CodeExpired,
    CodeLocked,
    CodeRight,
    CodeWrong,
    Judged,
    NoCode,
    OneTimePassword,
    TooManyCodes,
)
from madoguchi.one_time_passwords.rules import masked_address

__all__ = [
    "Asked",
    "Begun",
    "CodeExpired",
    "CodeLocked",
    "CodeRight",
    "CodeWrong",
    "Judged",
    "MailedCodes",
    "NoCode",
    "OneTimePassword",
    "Tell",
    "TooManyCodes",
    "masked_address",
]
