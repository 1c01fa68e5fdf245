"""What a notice is."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

import msgspec

from madoguchi.operations_log import Event

Value = str | tuple[str, ...]


class NoticeEvent(Event):
    """What the operations log says of notices."""

    MAIL = "notice:mail"
    BOUNCE = "notice:mail:bounced"
    RESEND = "notice:mail:sent-again"


class NoticeState(StrEnum):
    """What became of a notice; `unknown`: handed over, but the server's answer never came."""

    QUEUED = "queued"
    SENT = "sent"
    FAILED = "failed"
    BOUNCED = "bounced"
    UNKNOWN = "unknown"


class Sender(msgspec.Struct, frozen=True):
    """What a mail needs of its institution's settings; kept with the notice as it was then."""

    institution: str
    name: str
    name_en: str
    from_address: str
    contact_phone: str
    contact_hours: str = ""
    contact_hours_en: str = ""


@dataclass(frozen=True, slots=True)
class Notice:
    """One notice. `event_key` names the event it tells, and is told once; it holds ids only.

    `template` is the name of a group of files in `templates/`; `values` fill its placeholders, as
    texts in the customer's language.
    """

    sender: Sender
    event_key: str
    template: str
    language: str
    to: str = field(repr=False)
    values: Mapping[str, Value] = field(default_factory=dict, repr=False)


class Content(msgspec.Struct, frozen=True):
    """The sealed part of a notice."""

    sender: Sender
    to: str
    values: dict[str, str | tuple[str, ...]]


class SentNotice(msgspec.Struct, frozen=True):
    """A notice in the outbox, without its content."""

    institution: str
    event_key: str
    template: str
    language: str
    state: NoticeState
    reason: str
    sends: int
    message_id: str
    queued_at: datetime
    changed_at: datetime


class QueuedNotice(msgspec.Struct, frozen=True):
    """A notice that is to be sent, with its sealed content (None once purged)."""

    institution: str
    event_key: str
    template: str
    language: str
    state: str
    sends: int
    message_id: str
    content: bytes | None
