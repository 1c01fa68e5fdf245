"""Registered payees: the list, and keeping, renaming and forgetting one (RET-23)."""

from madoguchi.retail.payees.journey import (
    LIST,
    PAYEE_REGISTER,
    PAYEE_REMOVE,
    PAYEE_RENAME,
    REGISTERING,
    REMOVING,
    RENAMING,
)

JOURNEYS = (REGISTERING, RENAMING, REMOVING)
PAGES = (LIST,)

__all__ = ["JOURNEYS", "PAGES", "PAYEE_REGISTER", "PAYEE_REMOVE", "PAYEE_RENAME"]
