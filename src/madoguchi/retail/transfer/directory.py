"""The banks and branches that can be paid: the national list, and this installation's own (RET-17).

A list that is short enough to be read is shown whole; of a longer one, its beginning.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from madoguchi import bank_directory
from madoguchi.bank_directory import Bank, BankBranch
from madoguchi.institutions import Institution
from madoguchi.retail.ground import RetailServices

T = TypeVar("T")
SHORT_LIST = 60
"""So many banks or branches are listed at once: more are searched more closely."""
INITIALS = (
    "アイウエオ",
    "カキクケコ",
    "サシスセソ",
    "タチツテト",
    "ナニヌネノ",
    "ハヒフヘホ",
    "マミムメモ",
    "ヤユヨ",
    "ラリルレロ",
    "ワ",
)
"""The Japanese syllabary, as people look names up."""


@dataclass(frozen=True, slots=True)
class Found(Generic[T]):
    """What a search found; `more` where only the beginning is in `shown`."""

    shown: tuple[T, ...]
    more: bool


def banks(services: RetailServices, query: str, initial: str) -> Found[Bank]:
    """Return the banks that the words fit, or whose kana begins with the initial."""
    if not (query or initial):
        return Found((), more=False)
    own = [_as_bank(each) for each in services.ports.institutions.all()]
    return _beginning(bank_directory.banks(query=query, initial=initial, extra=own))


def find_bank(services: RetailServices, code: str) -> Bank | None:
    """Return the bank of that code."""
    institution = services.ports.institutions.by_code(code)
    return _as_bank(institution) if institution else bank_directory.find_bank(code)


def branches(
    services: RetailServices, bank_code: str, query: str, initial: str
) -> Found[BankBranch]:
    """Return the branches of a bank that the words fit, or all of them without words."""
    own = _own_branches(services, bank_code)
    return _beginning(bank_directory.branches(bank_code, query=query, initial=initial, extra=own))


def find_branch(services: RetailServices, bank_code: str, code: str) -> BankBranch | None:
    """Return the branch of that code at the bank."""
    own = _own_branches(services, bank_code)
    if own:
        return next((each for each in own if each.code == code), None)
    return bank_directory.find_branch(bank_code, code)


def _beginning(found: Sequence[T]) -> Found[T]:
    return Found(tuple(found[:SHORT_LIST]), more=len(found) > SHORT_LIST)


def _as_bank(institution: Institution) -> Bank:
    return Bank(institution.code, institution.name, institution.name_kana)


def _own_branches(services: RetailServices, bank_code: str) -> list[BankBranch]:
    institution = services.ports.institutions.by_code(bank_code)
    if institution is None:
        return []
    return [BankBranch(each.code, each.name, each.kana) for each in institution.branches]
