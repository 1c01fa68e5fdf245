"""What a visit in login mode has proved so far."""

from dataclasses import dataclass
from datetime import datetime

from madoguchi.risk import Assessment


@dataclass(frozen=True, slots=True)
class LoginLinkVisit:
    """The app's request that this visit answers, and what the person has proved.

    `contract_id` is set once ID and password were right; `entered` once everything is proved that
    the risk asked for, by the ways in `how`; `password_set_at` is of the password that was right.
    """

    request_id: str
    client_id: str
    scopes: tuple[str, ...]
    redirect_uri: str
    contract_id: str = ""
    holder_id: str = ""
    assessment: Assessment | None = None
    question_key: str | None = None
    password_set_at: datetime | None = None
    how: tuple[str, ...] = ()
    entered: bool = False
    return_url: str = ""
