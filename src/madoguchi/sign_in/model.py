"""What signing in works with: secrets by kind, questions, sessions, logins."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Literal

import msgspec

from madoguchi.customers import Contract
from madoguchi.risk import Assessment

Stage = Literal["first-login", "full"]
Why = Literal["idle", "absolute", "replaced", "logged-out", "stopped", "unknown"]
LoginResult = Literal["done", "wrong", "stopped"]
ENDED_OTHER = "ended-other"
"""The notice of a session whose beginning ended an older one (RET-12)."""


class Secret(StrEnum):
    """The passwords that a customer chooses."""

    LOGIN_PASSWORD = "login-password"  # noqa: S105 -- its name
    CONFIRMATION_PASSWORD = "confirmation-password"  # noqa: S105 -- its name


@dataclass(frozen=True, slots=True)
class QuestionAnswer:
    """One of a customer's three questions, by its key in the settings, with his answer."""

    key: str
    answer: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Entered:
    """ID and password were right. Where `question_key` is not None, that question is still asked.

    It is drawn once for each entering: the caller keeps it, so that a failure changes nothing. Also
    `password_set_at`, which the beginning of the session asks for: who knows a former password is
    not let in by it, however long ago it was judged.
    """

    contract: Contract
    assessment: Assessment
    question_key: str | None
    password_set_at: datetime


class Session(msgspec.Struct, frozen=True, kw_only=True):
    """A live session; its secret is with the browser only. Times are aware UTC.

    `how` names what was proved, in order. `notice` is what is still to be told ("ended-other", "").
    """

    institution: str
    id: str
    contract_id: str
    stage: Stage
    how: tuple[str, ...]
    device_id: str
    known_device: bool
    started_at: datetime
    idle_ends_at: datetime
    ends_at: datetime
    notice: str


@dataclass(frozen=True, slots=True)
class Began:
    """A session that has begun. `secret` goes into the browser's cookie and nowhere else."""

    session: Session
    secret: str = field(repr=False)
    ended_other: bool


class Login(msgspec.Struct, frozen=True):
    """A line of a customer's history of logins (RET-11).

    `origin` is a place, or a network where no place is known; `device` the kind of browser.
    """

    at: datetime
    how: tuple[str, ...]
    origin: str
    device: str
    result: LoginResult
