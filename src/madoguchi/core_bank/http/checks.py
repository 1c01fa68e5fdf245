"""What an answer must satisfy besides its form: a wrong one is worse than none (CORE-03). Pure."""

import re
from collections.abc import Iterable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, TypeVar

import msgspec

from madoguchi.core_bank.port import Account, AccountStatus, TimeDeposit, Transaction
from madoguchi.kernel.errors import Fault

T = TypeVar("T")

BRANCH_CODE = re.compile(r"[0-9]{3}")
ACCOUNT_NUMBER = re.compile(r"[0-9]{7}")


class NotSound(Fault):
    """The answer cannot be right. The text holds nothing of what was answered."""


def sound(value: T) -> T:
    """Return an answer with its instants in UTC. Raises `NotSound`."""
    checked: T = _sound(value)
    return checked


def _sound(value: Any) -> Any:
    match value:
        case datetime():
            _right(value.tzinfo is not None, "an instant without a zone")
            return value.astimezone(UTC)
        case Decimal():
            _right(value.is_finite(), "a decimal that is no number")
        case tuple():
            return tuple(_sound(each) for each in value)
        case msgspec.Struct():
            changes = _changes((name, getattr(value, name)) for name in value.__struct_fields__)
            value = msgspec.structs.replace(value, **changes) if changes else value
            _check(value)
    return value


def _changes(members: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    """Return the members that are others once checked."""
    checked = ((name, value, _sound(value)) for name, value in members)
    return {name: new for name, old, new in checked if new is not old}


def _check(value: msgspec.Struct) -> None:
    match value:
        case Account():
            _number(value.branch_code, value.number)
            moved = value.status is AccountStatus.MOVED
            _right(bool(value.moved_to) == moved, "`moved_to` where the account has not moved")
        case TimeDeposit():
            _number(value.branch_code, value.account_number)
        case Transaction():
            _right(value.amount > 0, "an amount that is not above zero")


def _number(branch_code: str, number: str) -> None:
    _right(bool(BRANCH_CODE.fullmatch(branch_code)), "a branch code of other than 3 digits")
    _right(bool(ACCOUNT_NUMBER.fullmatch(number)), "an account number of other than 7 digits")


def _right(condition: bool, what: str) -> None:
    if not condition:
        raise NotSound(what)
