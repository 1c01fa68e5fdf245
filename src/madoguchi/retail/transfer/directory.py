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
    """Return the banks whose name or code the words, or whose kana the initial, begins."""
    if not (query or initial):
        return Found((), more=False)
    own = [_as_bank(each) for each in services.ports.institutions.all()]
    return _beginning(bank_directory.banks(query=query, initial=initial, extra=own))


def find_bank(services: RetailServices, code: str) -> Bank | None:
    """Return the bank of that code."""
    institution = services.ports.institutions.by_code(code)
    return _as_bank(institution) if institution else bank_directory.find_bank(code)


def branches(services: RetailServices, bank_code: str, words: str) -> Found[BankBranch]:
    """Return the branches of a bank that the words find; all of them without words."""
    institution = services.ports.institutions.by_code(bank_code)
    own = (
        [BankBranch(each.code, each.name, each.kana) for each in institution.branches]
        if institution
        else []
    )
    return _beginning(bank_directory.branches(bank_code, query=words, extra=own))


def find_branch(services: RetailServices, bank_code: str, code: str) -> BankBranch | None:
    """Return the branch of that code at the bank."""
    found = branches(services, bank_code, code)
    return next((each for each in found.shown if each.code == code), None)


def _beginning(found: Sequence[T]) -> Found[T]:
    return Found(tuple(found[:SHORT_LIST]), more=len(found) > SHORT_LIST)


def _as_bank(institution: Institution) -> Bank:
    return Bank(institution.code, institution.name, institution.name_kana)
