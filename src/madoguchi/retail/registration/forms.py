"""The forms of the registration: what is typed, and how it is read (RET-03, RET-04)."""

import unicodedata
from dataclasses import dataclass

from madoguchi.core_bank.port import AccountKind
from madoguchi.kernel.digits import normal_digits, zero_padded
from madoguchi.kernel.journey import FieldError
from madoguchi.plumbing.web import Invalid, typed
from madoguchi.retail import readers

KINDS = (AccountKind.ORDINARY, AccountKind.SAVINGS, AccountKind.CURRENT)
"""The kinds of account that a contract card can carry."""
LONGEST_LOGIN_ID = 64


def _branch_code(text: str) -> str | Invalid:
    digits = normal_digits(text)
    return digits if digits and len(digits) == 3 else Invalid("digits-3")


def _account_kind(text: str) -> str | Invalid:
    return text if text in KINDS else Invalid("choose")


def _account_number(text: str) -> str | Invalid:
    return zero_padded(text, 7) or Invalid("digits-7")


def _login_id(text: str) -> str | Invalid:
    if len(text) > LONGEST_LOGIN_ID:
        return Invalid("too-long", {"most": str(LONGEST_LOGIN_ID)})
    return unicodedata.normalize("NFKC", text)


@dataclass(frozen=True)
class CustomerDataForm:
    """ログインID取得(お客様情報入力). The passwords are in no representation of the form."""

    branch_code: str = typed(_branch_code)
    account_kind: str = typed(_account_kind)
    account_number: str = typed(_account_number)
    login_password: str = typed(readers.password, secret=True)
    confirmation_password: str = typed(readers.password, secret=True)

    def __repr__(self) -> str:
        return "CustomerDataForm(…)"


@dataclass(frozen=True, slots=True)
class LoginIdForm:
    """ログインID取得(登録情報入力). What the ID must be like is a setting: see `rules`."""

    login_id: str = typed(_login_id)
    login_id_again: str = typed(_login_id)

    def problems(self) -> tuple[FieldError, ...]:
        """Return that the two are not the same."""
        if self.login_id == self.login_id_again:
            return ()
        return (FieldError("login_id_again", "registration.error.id-differs"),)
