"""Accounts on the screen: top page, balances, statements and their files (RET-11, RET-15, RET-16).

Everything here only reads. Accounts are the contract's own, named in addresses by a keyed hash.
"""

from madoguchi.retail.accounts.balances import BALANCES
from madoguchi.retail.accounts.downloads import CSV, PDF, ZENGIN
from madoguchi.retail.accounts.month import MONTH
from madoguchi.retail.accounts.statement import PRINT, STATEMENTS
from madoguchi.retail.accounts.top import TOP

JOURNEYS = ()
PAGES = (TOP, BALANCES, STATEMENTS, PRINT, MONTH, CSV, PDF, ZENGIN)

__all__ = ["JOURNEYS", "PAGES"]
