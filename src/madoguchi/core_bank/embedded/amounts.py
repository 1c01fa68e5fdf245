"""Amounts as the ledger is given them."""

from madoguchi.core_bank.port import LARGEST_AMOUNT
from madoguchi.kernel.errors import BrokenInvariant


def within_range(amount: int, *, lowest: int) -> int:
    """Return `amount`, or one below the range where the database could not even take it."""
    if not isinstance(amount, int):
        raise BrokenInvariant("yen are whole")
    return amount if lowest <= amount <= LARGEST_AMOUNT else lowest - 1
