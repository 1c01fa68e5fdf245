"""The embedded core: a double-entry ledger of deposits on PostgreSQL (CORE-02).

`EmbeddedCore` is the port's adapter; `CoreAdministration` is what a branch's own terminals do in a
real core. The rules are the database's: read `migrations/0050_embedded_core.sql`.
"""

from madoguchi.core_bank.embedded.administration import CoreAdministration
from madoguchi.core_bank.embedded.core import EmbeddedCore

__all__ = ["CoreAdministration", "EmbeddedCore"]
