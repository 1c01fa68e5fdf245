"""The forms of the transfer's screens: what is typed, and how it is read (RET-17 to RET-19)."""

from dataclasses import dataclass
from typing import ClassVar

from madoguchi.kernel.errors import must
from madoguchi.kernel.journey import FieldError
from madoguchi.plumbing.web import Invalid, typed
from madoguchi.retail.transfer import readers
from madoguchi.retail.transfer.leaving import Leaving, button, forward
from madoguchi.retail.transfer.readers import as_typed


@dataclass(frozen=True, slots=True)
class PartiesForm:
    """BTR001: the account to pay from, and whom to pay."""

    from_account: str = typed(as_typed)
    to: str = typed(as_typed)


@dataclass(frozen=True, slots=True)
class BankForm(Leaving):
    """BTR002: a search, or a bank chosen from what was found."""

    buttons: ClassVar = ("back", "search", "initial")
    query: str = typed(as_typed, required=False)
    bank: str = forward(as_typed)
    search: str = button()
    initial: str = button()
    back: str = button()


@dataclass(frozen=True, slots=True)
class BranchForm(Leaving):
    """BTR003: a search, or a branch chosen from what was found."""

    buttons: ClassVar = ("back", "search", "initial")
    query: str = typed(as_typed, required=False)
    branch: str = forward(as_typed)
    search: str = button()
    initial: str = button()
    back: str = button()


@dataclass(frozen=True, slots=True)
class AccountForm(Leaving):
    """BTR004: kind and number of the payee's account."""

    account_kind: str = forward(readers.account_kind)
    account_number: str = forward(readers.account_number)
    back: str = button()


@dataclass(frozen=True, slots=True)
class NameForm(Leaving):
    """BTR005: the payee's name, where it cannot be looked up."""

    name_kana: str = forward(readers.party_name)
    back: str = button()


def _when(text: str) -> str | Invalid:
    return text if text in {"today", "reserved"} else Invalid("choose")


@dataclass(frozen=True, slots=True)
class AmountForm(Leaving):
    """BTR006: how much, when, and under which name."""

    amount: str = forward(readers.amount)
    when: str = forward(_when)
    on: str = forward(readers.day, required=False)
    on_typed: str = forward(readers.day, required=False)
    payer_name: str = forward(readers.party_name)
    back: str = button()

    def problems(self) -> tuple[FieldError, ...]:
        """Return what is wrong; a reserved transfer needs its day, typed or chosen."""
        found = Leaving.problems(self)
        dayless = self.when == "reserved" and not (self.on or self.on_typed)
        if dayless and not self.pressed():
            return (*found, FieldError("on", "required"))
        return found


@dataclass(frozen=True, repr=False)
class ConfirmForm(Leaving):
    """BTR007 and its sisters: what proves the customer. Neither is in any representation of it."""

    buttons: ClassVar = ("back", "resend")
    confirmation_password: str = forward(as_typed, secret=True)
    code: str = forward(readers.code, required=False, secret=True)
    resend: str = button()
    back: str = button()

    def __repr__(self) -> str:
        return f"{type(self).__name__}(…)"


def chosen_day(form: AmountForm) -> str:
    """Return the day of a reserved transfer, `2026-11-24`: what is typed beats what is chosen."""
    return must(form.read("on_typed") or form.read("on"))
