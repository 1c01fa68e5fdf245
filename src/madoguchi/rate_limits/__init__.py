"""How often somebody may do something, counted in the database for all processes (LINK-18, API-08).

Counts stand in an unlogged table: fast, and begun anew after a crash of the database.
"""

from madoguchi.rate_limits.outcomes import Allowed, Limited
from madoguchi.rate_limits.rules import Bucket
from madoguchi.rate_limits.service import give_back, purge, take

__all__ = ["Allowed", "Bucket", "Limited", "give_back", "purge", "take"]
