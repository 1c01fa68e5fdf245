"""The job that sends one mail and records what came of it."""

from email.message import EmailMessage
from typing import Literal, assert_never

import msgspec

from madoguchi.kernel.clock import Clock
from madoguchi.notices import store
from madoguchi.notices.model import Content, NoticeEvent, NoticeState, QueuedNotice
from madoguchi.notices.rendering import NoticeTemplates
from madoguchi.operations_log import Entry, OperationsLog
from madoguchi.plumbing.database import Database, Tx
from madoguchi.plumbing.jobs import Dead, Done, Job, Kind, Outcome, Retry, Unknown
from madoguchi.plumbing.keys import Keys, unseal
from madoguchi.plumbing.mail import (
    Accepted,
    Delivery,
    MailTransport,
    PermanentFailure,
    TemporaryFailure,
    Uncertain,
    compose,
    parse_address,
)
from madoguchi.plumbing.observability import get_logger, span

MAIL_KIND = "notices-mail"

log = get_logger(__name__)


class Mailer:
    """Handles the jobs of the kind `notices-mail`."""

    def __init__(
        self, database: Database, transport: MailTransport, keys: Keys, clock: Clock,
        operations_log: OperationsLog, templates: NoticeTemplates,
    ) -> None:  # fmt: skip
        self._database = database
        self._transport = transport
        self._keys = keys
        self._clock = clock
        self._log = operations_log
        self._templates = templates

    def kind(self) -> Kind:
        """A mail whose worker vanished may have gone out: it is not sent again by itself."""
        return Kind(MAIL_KIND, self.handle, "unknown", given_up=self.give_up)

    async def handle(self, job: Job) -> Outcome:
        """Send the mail once. What fails before it is handed over is tried again."""
        try:
            message = await self._prepare(job)
        except Exception as error:
            log.exception("a notice could not be prepared", job_key=job.key)
            return Retry(f"preparing: {type(error).__name__}")
        if message is None:
            return Done()
        with span("send a mail"):
            delivery = await self._transport.deliver(message)
        return self._outcome(job, delivery)

    async def give_up(
        self, tx: Tx, job: Job, state: Literal["dead", "unknown"], reason: str
    ) -> None:
        """Mark the notice failed or unknown, for staff to see."""
        unknown = state == "unknown"
        fate = NoticeState.UNKNOWN if unknown else NoticeState.FAILED
        await self._settle(tx, job, fate, reason)

    async def _prepare(self, job: Job) -> EmailMessage | None:
        """Return the mail, or None where it is no longer to be sent."""
        async with self._database.transaction() as tx:
            event_key = job.payload["event_key"]
            notice = await tx.maybe(QueuedNotice, store.LOAD, job.institution, event_key)
        if notice is None or notice.content is None or notice.state != NoticeState.QUEUED:
            return None
        if notice.sends != job.payload["sends"]:
            return None
        return self._compose(notice, notice.content)

    def _compose(self, notice: QueuedNotice, sealed: bytes) -> EmailMessage:
        place = place_of(notice.institution, notice.event_key)
        content = msgspec.json.decode(
            unseal(self._keys, "personal-data", sealed, place), type=Content
        )
        sender = content.sender
        texts = self._templates.render(notice.template, notice.language, sender, content.values)
        name = sender.name if notice.language == "ja" else sender.name_en or sender.name
        return compose(
            sender=parse_address(sender.from_address, name),
            to=parse_address(content.to),
            subject=texts.subject,
            text=texts.text,
            html=texts.html,
            message_id=notice.message_id,
            at=self._clock.now(),
            language=notice.language,
        )

    def _outcome(self, job: Job, delivery: Delivery) -> Outcome:
        match delivery:
            case Accepted():
                return Done(lambda tx: self._settle(tx, job, NoticeState.SENT, ""))
            case TemporaryFailure(reason):
                return Retry(reason)
            case PermanentFailure(reason):
                return Dead(reason, lambda tx: self._settle(tx, job, NoticeState.BOUNCED, reason))
            case Uncertain(reason):
                return Unknown(reason)
            case _:
                assert_never(delivery)

    async def _settle(self, tx: Tx, job: Job, state: NoticeState, reason: str) -> None:
        """Write the notice's state and its row in the log, unless it is settled already."""
        event_key, sends = job.payload["event_key"], job.payload["sends"]
        now = self._clock.now()
        if not await tx.execute(
            store.SETTLE, job.institution, event_key, sends, state, reason, now
        ):
            return
        bounced = state == NoticeState.BOUNCED
        entry = Entry(
            job.institution,
            NoticeEvent.BOUNCE if bounced else NoticeEvent.MAIL,
            "done" if state == NoticeState.SENT else "failed",
            subject=f"notice:{event_key}",
            reason=reason,
            detail={"state": state},
        )
        self._log.append(tx, entry)


def place_of(institution: str, event_key: str) -> bytes:
    """Return the context that a notice's seal is bound to."""
    return f"notice|{institution}|{event_key}".encode()
