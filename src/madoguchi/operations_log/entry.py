"""What is written into the operations log, and how it reads."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Literal, Self

import msgspec

from madoguchi.kernel.errors import BrokenInvariant

GRAMMAR = re.compile(r"[a-z-]+(:[a-z-]+){1,2}")
SECRET_NAMES = frozenset(
    (
        *("password", "login_password", "confirmation_password", "one_time_password", "otp", "pin"),
        *("card_pin", "answer", "secret", "client_secret", "token", "access_token", "code"),
        *("refresh_token", "code_verifier", "private_key", "cookie", "session_id"),
    )
)
CONTROLS, SURROGATES = r"\x00-\x1f\x7f-\x9f", r"\ud800-\udfff"
LINE_SEPARATORS = r"\u2028\u2029"
BIDI_CONTROLS = r"\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"
HARMFUL = re.compile(f"[{CONTROLS}{SURROGATES}{LINE_SEPARATORS}{BIDI_CONTROLS}]")

Result = Literal["done", "refused", "failed"]


class Event(StrEnum):
    """Base of the contexts' event names.

    `<context>:<thing>[:<what happened>]`, lower case and hyphens.

    The grammar is checked when the class is made, so a wrong name stops the import.
    """

    def __new__(cls, value: str) -> Self:
        """Check the grammar of a member."""
        if not GRAMMAR.fullmatch(value):
            raise TypeError(
                f"{cls.__name__}: {value!r} is no event name (<context>:<thing>[:<happened>])"
            )
        member = str.__new__(cls, value)
        member._value_ = value
        return member


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that happened. Control characters are made visible, texts cut at 500 characters.

    `subject` is an id of what it happened to; `personal` is for what names a person, and is sealed
    at rest. Raises `BrokenInvariant` where a key of `detail` or `personal` is the name of a secret.
    """

    institution: str
    event: Event
    result: Result
    actor: str = ""
    subject: str = ""
    reason: str = ""
    source: str = ""
    reference: str = ""
    journey: str = ""
    detail: Mapping[str, str] = field(default_factory=dict)
    personal: Mapping[str, str] = field(default_factory=dict, repr=False)

    def __post_init__(self) -> None:
        named = SECRET_NAMES & {*self.detail, *self.personal}
        if named:
            raise BrokenInvariant(f"{self.event}: {', '.join(sorted(named))} must not be logged")


class Row(msgspec.Struct, frozen=True):
    """One row of the log as it stands in the database.

    `personal` is sealed (see `OperationsLog.reveal`).
    """

    institution: str
    lane: int
    number: int
    at: datetime
    event: str
    result: str
    actor: str
    subject: str
    reason: str
    source: str
    reference: str
    journey: str
    detail: dict[str, str]
    personal: bytes
    key_id: str
    hash: bytes

    def as_line(self) -> str:
        """Return the row as one line of JSON, without what is sealed and without the chain."""
        shown = msgspec.structs.asdict(self)
        for hidden in ("personal", "key_id", "hash"):
            del shown[hidden]
        return msgspec.json.encode(shown).decode()


def harmless(text: str) -> str:
    r"""Return `text` with control, direction and line characters written out as `\uXXXX`.

    What is left can forge no line, cell or column in any export of the log.
    """
    return HARMFUL.sub(lambda found: f"\\u{ord(found[0]):04x}", text)
