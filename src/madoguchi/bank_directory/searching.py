"""Finding a bank or a branch by code, name, kana or initial."""

import unicodedata
from collections.abc import Iterable, Sequence
from typing import TypeVar

from madoguchi.bank_directory.national import national_banks, national_branches
from madoguchi.bank_directory.rules import Bank, BankBranch, fit, folded, folded_name

N = TypeVar("N", Bank, BankBranch)


def banks(*, query: str = "", initial: str = "", extra: Sequence[Bank] = ()) -> Sequence[Bank]:
    """Return the banks that the words fit, best first, or whose kana begins with `initial`.

    With neither, all of them.
    """
    return _found([*extra, *national_banks().values()], query, initial)


def branches(
    bank_code: str, *, query: str = "", initial: str = "", extra: Sequence[BankBranch] = ()
) -> Sequence[BankBranch]:
    """Return a bank's branches that the words fit, or whose kana begins with `initial`."""
    return _found([*extra, *national_branches(bank_code)], query, initial)


def _found(candidates: Iterable[N], query: str, initial: str) -> Sequence[N]:
    words, first = folded(query), folded(initial)
    if first:
        candidates = [each for each in candidates if _begins(each, first)]
    if not words:
        return tuple(candidates)
    fitting = [(fit(each, words), each) for each in candidates]
    ranked = [(how, each) for how, each in fitting if how is not None]
    return tuple(each for _, each in sorted(ranked, key=lambda pair: pair[0]))


def _begins(names: Bank | BankBranch, first: str) -> bool:
    """Tell whether the reading begins with this kana, with or without its voicing mark."""
    kana = folded_name(names.kana)
    return bool(kana) and _voiceless(kana[0]) == _voiceless(first[0])


def _voiceless(kana: str) -> str:
    return unicodedata.normalize("NFD", kana)[0]
