"""What a contract of internet banking is. Pure."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Literal

import msgspec

Language = Literal["ja", "en"]
"""What the customer is written to in."""

Step = Literal["questions", "passwords"]
"""A step of the first login that was done for good (RET-06)."""


class ContractState(StrEnum):
    """How far a contract is."""

    PROVISIONAL = "provisional"
    """Made at the branch; no login ID yet."""
    FIRST_LOGIN = "first-login"
    """The login ID is chosen; the first login is not finished (RET-06)."""
    ACTIVE = "active"
    STOPPED = "stopped"
    """Nobody enters. Once resumed it is what it was before."""


class ContractAccount(msgspec.Struct, frozen=True):
    """An account under a contract.

    `account_id` is the core's; `kind` is a core's `AccountKind` as text.
    """

    account_id: str
    branch_code: str
    kind: str
    number: str


class Contract(msgspec.Struct, frozen=True, kw_only=True):
    """A contract as it stands, what is sealed opened.

    `branch_code`, `account_kind` and `account_number` stand on the contract card. `email`,
    `contact_phone` (national digits) and `dm_wanted` are None until the first login is finished,
    `contact_phone` also where the customer gave none. `questions_done` and `passwords_done` are
    the first login's steps, which goes on where it broke off (RET-06).
    """

    institution: str
    id: str
    holder_id: str
    state: ContractState
    login_id: str | None
    branch_code: str
    account_kind: str
    account_number: str
    accounts: tuple[ContractAccount, ...]
    email: str | None
    email_confirmed: bool
    contact_phone: str | None
    dm_wanted: bool | None
    language: Language
    questions_done: bool
    passwords_done: bool
    made_at: datetime
    stopped_at: datetime | None = None
    stop_reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewContract:
    """What a contract is made with at the branch (RET-01).

    `accounts` holds the contract card's account too.
    """

    holder_id: str
    branch_code: str
    account_kind: str
    account_number: str
    accounts: tuple[ContractAccount, ...]
    language: Language = "ja"

    def holds_card_account(self) -> bool:
        """Tell whether the contract card's account is among the accounts."""
        card = (self.branch_code, self.account_kind, self.account_number)
        return any(card == place_of(account) for account in self.accounts)


@dataclass(frozen=True, slots=True)
class ContactData:
    """お客様情報: how the customer is reached (RET-06). Checked by the screen before."""

    email: str
    contact_phone: str | None
    dm_wanted: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Search:
    """What staff look for; all that is given must fit. Empty texts do not count.

    `account_number` is of any account under the contract, `login_id` the whole one.
    """

    branch_code: str = ""
    account_kind: str = ""
    account_number: str = ""
    login_id: str = ""
    holder_id: str = ""
    email: str = ""
    contact_phone: str = ""
    state: ContractState | None = None


def place_of(account: ContractAccount) -> tuple[str, str, str]:
    """Return what names the account to people: branch, kind, number."""
    return account.branch_code, account.kind, account.number


def is_card_account(contract: Contract, account: ContractAccount) -> bool:
    """Tell whether the account is the one on the contract card."""
    card = (contract.branch_code, contract.account_kind, contract.account_number)
    return card == place_of(account)


def folded_login_id(typed: str) -> str:
    """Return the form in which login IDs are compared: upper and lower case are one (RET-04).

    Only ASCII letters are folded: a sign that merely looks like one names nobody.
    """
    return typed.lower() if typed.isascii() else typed


def folded_email(address: str) -> str:
    """Return the form in which mail addresses are looked up."""
    return address.strip().lower()


def state_of(stage: str, stopped_at: datetime | None) -> ContractState:
    """Return the state of a contract from how far it came and whether it is stopped."""
    return ContractState(stage) if stopped_at is None else ContractState.STOPPED
