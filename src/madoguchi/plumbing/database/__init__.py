"""PostgreSQL: the pool, the transaction with its typed helpers, and the migrations."""

from madoguchi.plumbing.database.migrate import MigrationError, migrate, pending_migrations
from madoguchi.plumbing.database.pool import Database, DatabaseUnavailable, Tx

__all__ = [
    "Database",
    "DatabaseUnavailable",
    "MigrationError",
    "Tx",
    "migrate",
    "pending_migrations",
]
