"""One mechanism that locks any secret after wrong tries (LOCK-01 to LOCK-03).

`attempt` counts a try before its comparison, in a transaction of its own; then `succeeded` or
`failed`. Ids of subjects are the caller's and mean nothing here; they must not be personal data.
"""

from madoguchi.lockout.outcomes import Allowed, Lock, Locked, NowLocked, StillAllowed
from madoguchi.lockout.rules import Policy
from madoguchi.lockout.service import (
    attempt,
    claim_telling,
    failed,
    is_locked,
    list_locks,
    purge,
    release,
    succeeded,
)

__all__ = [
    "Allowed",
    "Lock",
    "Locked",
    "NowLocked",
    "Policy",
    "StillAllowed",
    "attempt",
    "claim_telling",
    "failed",
    "is_locked",
    "list_locks",
    "purge",
    "release",
    "succeeded",
]
