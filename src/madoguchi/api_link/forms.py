"""The forms of the six screens: what is typed, and how it is read (LINK-05, LINK-10, LINK-11)."""

from dataclasses import dataclass
from datetime import date

from madoguchi.api_link.visit import ChosenAccount, TypedCustomer
from madoguchi.core_bank.port import AccountKind
from madoguchi.kernel.digits import date_of, normal_digits, zero_padded
from madoguchi.kernel.errors import must
from madoguchi.kernel.journey import FieldError
from madoguchi.kernel.kana import UnreadableCharacters, to_half_width_kana
from madoguchi.kernel.phone import normalise, to_e164, valid
from madoguchi.plumbing.mail import AddressUnusable, parse_address
from madoguchi.plumbing.web import EmptyForm, Invalid, typed

__all__ = ["AccountForm", "ConsentForm", "CustomerForm", "EmptyForm", "PinForm"]

LONGEST_NAME = 48
LONGEST_EMAIL = 64
EARLIEST_BIRTH_YEAR = 1868
HALF_WIDTH = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}
"""Full-width letters, digits and signs to ASCII, as `str.translate` takes them."""


def _branch_code(text: str) -> str | Invalid:
    digits = normal_digits(text)
    return digits if digits and len(digits) == 3 else Invalid("digits-3")


def _account_number(text: str) -> str | Invalid:
    return zero_padded(text, 7) or Invalid("digits-7")


def _account_kind(text: str) -> str | Invalid:
    return text if text in {AccountKind.ORDINARY, AccountKind.SAVINGS} else Invalid("choose")


def _name(text: str) -> str | Invalid:
    kana = to_half_width_kana(text)
    if isinstance(kana, UnreadableCharacters):
        return Invalid("unreadable-kana")
    return kana if len(kana) <= LONGEST_NAME else Invalid("too-long", {"most": str(LONGEST_NAME)})


def _year(text: str) -> str | Invalid:
    digits = normal_digits(text)
    return digits if digits and len(digits) == 4 else Invalid("date-wrong")


def _date_part(text: str) -> str | Invalid:
    return normal_digits(text) or Invalid("date-wrong")


def _phone(text: str) -> str | Invalid:
    digits = normalise(text)
    return digits if valid(digits) else Invalid("phone-wrong")


def _email(text: str) -> str | Invalid:
    text = text.translate(HALF_WIDTH)
    if len(text) > LONGEST_EMAIL:
        return Invalid("too-long", {"most": str(LONGEST_EMAIL)})
    try:
        parse_address(text)
    except AddressUnusable:
        return Invalid("email-wrong")
    return text if text.isascii() else Invalid("email-wrong")


def _pin(text: str) -> str | Invalid:
    digits = normal_digits(text)
    return digits if digits and len(digits) == 4 else Invalid("digits-4")


def _ticked(_text: str) -> str:
    return "yes"


@dataclass(frozen=True, slots=True)
class AccountForm:
    """① ご利用口座情報入力."""

    branch_code: str = typed(_branch_code)
    account_kind: str = typed(_account_kind)
    account_number: str = typed(_account_number)

    def chosen(self) -> ChosenAccount:
        """Return the account typed."""
        return ChosenAccount(self.branch_code, AccountKind(self.account_kind), self.account_number)


@dataclass(frozen=True, slots=True)
class CustomerForm:
    """② お客様情報入力."""

    name_kana: str = typed(_name)
    birth_year: str = typed(_year)
    birth_month: str = typed(_date_part)
    birth_day: str = typed(_date_part)
    phone: str = typed(_phone)
    email: str = typed(_email)
    email_again: str = typed(_email)

    def problems(self) -> tuple[FieldError, ...]:
        """Return what concerns several fields: no such day, two different mail addresses."""
        found = []
        birth_date = self._birth_date()
        if birth_date is None or birth_date.year < EARLIEST_BIRTH_YEAR:
            found.append(FieldError("birth_year", "date-wrong"))
        if self.email != self.email_again:
            found.append(FieldError("email_again", "email-differs"))
        return tuple(found)

    def customer(self) -> TypedCustomer:
        """Return the customer's data as typed."""
        birth_date, phone = must(self._birth_date()), must(to_e164(self.phone))
        return TypedCustomer(self.name_kana, birth_date, phone, self.email)

    def _birth_date(self) -> date | None:
        return date_of(self.birth_year, self.birth_month, self.birth_day)


@dataclass(frozen=True)
class PinForm:
    """⑤ キャッシュカード暗証番号認証. The PIN is in no representation of the form."""

    card_pin: str = typed(_pin, secret=True)

    def __repr__(self) -> str:
        return "PinForm(card_pin=…)"


@dataclass(frozen=True, slots=True)
class ConsentForm:
    """⑥ 情報連携認可: the box must be ticked (LINK-29)."""

    agree: str = typed(_ticked)
