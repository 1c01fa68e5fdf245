"""What a visit of the registration has proved so far."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class RegistrationVisit:
    """`contract_id` is set once its data are proved, `login_id` once it is the contract's.

    `locked_until` is told where too many tries locked.
    """

    contract_id: str = ""
    login_id: str = ""
    locked_until: datetime | None = None
