"""The national list, read once from its package."""

from collections.abc import Mapping, Sequence
from functools import lru_cache

from madoguchi.bank_directory.rules import Bank, BankBranch


def find_bank(code: str) -> Bank | None:
    """Return the bank of these 4 digits, or None."""
    return national_banks().get(code)


def find_branch(bank_code: str, branch_code: str) -> BankBranch | None:
    """Return the branch of these 3 digits at the bank, or None."""
    found = (each for each in national_branches(bank_code) if each.code == branch_code)
    return next(found, None)


@lru_cache(maxsize=1)
def national_banks() -> Mapping[str, Bank]:
    """Return all banks by code, in the order of their codes."""
    from zengin_code import Bank as Listed  # reads some megabytes

    banks = (Bank(each.code, each.name, each.kana, each.roma) for each in Listed.all.values())
    return {bank.code: bank for bank in sorted(banks, key=lambda bank: bank.code)}


@lru_cache(maxsize=64)
def national_branches(bank_code: str) -> Sequence[BankBranch]:
    """Return the branches of a bank in the order of their codes; none for an unknown bank."""
    from zengin_code import Bank as Listed

    bank = Listed.all.get(bank_code)
    if bank is None:
        return ()
    branches = (
        BankBranch(each.code, each.name, each.kana, each.roma) for each in bank.branches.values()
    )
    return tuple(sorted(branches, key=lambda branch: branch.code))
