"""Whole yen: the only money there is here."""

from typing import NewType

Yen = NewType("Yen", int)
"""An amount in whole yen. There are no fractions of a yen in any account."""
