"""The call from the registered phone: proves that who sits at the screen holds that phone.

`begin` draws the number that the screen shows; a gateway's call goes to `record_call`; the screen
asks `status` and uses a confirmed attempt up with `spend`. One call confirms one attempt, and where
it could be meant for two it confirms neither (LINK-20 to LINK-25).
"""

from madoguchi.call_back.outcomes import (
    Ambiguous,
    Confirmed,
    Matched,
    NotMatched,
    Reason,
    Status,
    TooLate,
    Waiting,
)
from madoguchi.call_back.rules import Attempt, State
from madoguchi.call_back.service import CallBack, Opening, UnmatchedCall

__all__ = [
    "Ambiguous",
    "Attempt",
    "CallBack",
    "Confirmed",
    "Matched",
    "NotMatched",
    "Opening",
    "Reason",
    "State",
    "Status",
    "TooLate",
    "UnmatchedCall",
    "Waiting",
]
