"""What a visit of the login has proved so far."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from madoguchi.risk import Assessment
from madoguchi.sign_in import Stage

Why = Literal["", "idle", "absolute", "replaced", "logged-out", "stopped"]
"""Why somebody who was signed in stands before the login again."""


@dataclass(frozen=True, slots=True)
class EntranceVisit:
    """Where the person came from, and how far he is.

    `next` is a path inside this institution's internet banking, or "". `contract_id`, `assessment`,
    `question_key` and `password_set_at` are set once the password was right and a question is
    asked: it stays the same after a wrong answer. `stage` is the begun session's. `locked_until` is
    told at a lock.
    """

    why: Why = ""
    next: str = ""
    contract_id: str = ""
    assessment: Assessment | None = None
    question_key: str = ""
    password_set_at: datetime | None = None
    stage: Stage | None = None
    locked_until: datetime | None = None
