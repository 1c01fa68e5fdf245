"""The embedded core: a double-entry ledger of deposits on PostgreSQL (CORE-02).

`EmbeddedCore` is the port's adapter; `CoreAdministration` is what a branch's own terminals do in a real core. The
rules are the database's, in the schema `embedded_core`: read `migrations/0050_embedded_core.sql`.
"""

from madoguchi.core_bank.embedded.administration import CoreAdministration
from madoguchi.core_bank.embedded.books import (
    BankAccount,
    Books,
    BooksBroken,
    BooksVerified,
    BrokenRule,
    Closure,
    Journal,
    Move,
    NewAccount,
    NewCard,
    NewTimeDeposit,
    Posting,
)
from madoguchi.core_bank.embedded.core import EmbeddedCore

__all__ = [
    "BankAccount",
    "Books",
    "BooksBroken",
    "BooksVerified",
    "BrokenRule",
    "Closure",
    "CoreAdministration",
    "EmbeddedCore",
    "Journal",
    "Move",
    "NewAccount",
    "NewCard",
    "NewTimeDeposit",
    "Posting",
]
