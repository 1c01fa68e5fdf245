"""What checking and entering come to. `until` is None where only a release ends the lock."""

from dataclasses import dataclass, field
from datetime import datetime

from madoguchi.customers import Contract
from madoguchi.sign_in.model import Why


@dataclass(frozen=True, slots=True)
class SecretRight:
    """The password typed is the customer's."""


@dataclass(frozen=True, slots=True)
class SecretWrong:
    """The password typed is not the customer's, or what went by post is too old."""


@dataclass(frozen=True, slots=True)
class SecretLocked:
    """Nothing was compared, or this wrong try was the last allowed."""

    until: datetime | None


@dataclass(frozen=True, slots=True)
class AnswerRight:
    """The answer typed is the customer's."""


@dataclass(frozen=True, slots=True)
class AnswerWrong:
    """The answer typed is not the customer's."""


@dataclass(frozen=True, slots=True)
class AnswerLocked:
    """Nothing was compared, or this wrong try was the last allowed."""

    until: datetime | None


@dataclass(frozen=True, slots=True)
class WrongLogin:
    """No such login ID, or not its password: which, is told to nobody (RET-09, LOCK-02)."""


@dataclass(frozen=True, slots=True)
class LoginLocked:
    """Too many wrong passwords for this login ID, whether it exists or not."""

    until: datetime | None


@dataclass(frozen=True, slots=True)
class LoginStopped:
    """The password was right, but the contract, or the risk of this login, does not let in."""


@dataclass(frozen=True, slots=True)
class PasswordChanged:
    """The password was right when it was typed, and is another one by now: it is asked for anew."""


@dataclass(frozen=True, slots=True)
class TooManyTries:
    """Too many wrong tries came from this address, or too much is to be hashed just now."""


@dataclass(frozen=True, slots=True)
class SessionOver:
    """There is no live session of that secret."""

    why: Why


@dataclass(frozen=True, slots=True)
class Made:
    """A contract with provisional passwords, readable here and never again: for the letter."""

    contract: Contract
    login_password: str = field(repr=False)
    confirmation_password: str = field(repr=False)
    until: datetime
    """When they can no longer be used."""


@dataclass(frozen=True, slots=True)
class NoSuchAccount:
    """The core has no account of this branch, kind and number."""


@dataclass(frozen=True, slots=True)
class NotEligible:
    """The account cannot be used. `why`: closed, moved, kind, not-a-person."""

    why: str


@dataclass(frozen=True, slots=True)
class NotHis:
    """The account (the core's id) is not an open one of the holder, or not under the contract."""

    account_id: str


@dataclass(frozen=True, slots=True)
class NoSuchContract:
    """The institution has no such contract."""


@dataclass(frozen=True, slots=True)
class ContractStopped:
    """The contract is stopped: resume it first."""

    contract: Contract


@dataclass(frozen=True, slots=True)
class ContractNotStopped:
    """There is nothing to resume."""

    contract: Contract
