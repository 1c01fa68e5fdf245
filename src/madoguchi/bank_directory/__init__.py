"""The banks and branches of Japan, as the national list has them (RET-17).

The list is that of the package `zengin_code`, read once, at the first question. Codes 9901 to 9999
are assigned to nobody. What the list does not have (the installation's own institutions) is passed
in as `extra`, and stands first where it fits as well.
"""

from madoguchi.bank_directory.national import find_bank, find_branch
from madoguchi.bank_directory.rules import Bank, BankBranch
from madoguchi.bank_directory.searching import banks, branches

__all__ = ["Bank", "BankBranch", "banks", "branches", "find_bank", "find_branch"]
