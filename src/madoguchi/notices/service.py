"""Queueing notices, sending them, and looking after them."""

from collections.abc import Sequence
from datetime import datetime

import msgspec

from madoguchi.kernel.clock import Clock
from madoguchi.notices import store
from madoguchi.notices.model import (
    Content,
    Notice,
    NoticeEvent,
    NoticeState,
    SentNotice,
)
from madoguchi.notices.rendering import NoticeTemplates
from madoguchi.notices.sending import MAIL_KIND, Mailer, place_of
from madoguchi.operations_log import Entry, OperationsLog
from madoguchi.plumbing.database import Database, Tx
from madoguchi.plumbing.jobs import Kind, enqueue, enqueue_many
from madoguchi.plumbing.keys import Keys, keyed_hash, keyed_hashes, seal
from madoguchi.plumbing.mail import AddressUnusable, MailTransport, parse_address


class Notices:
    """The outbox of notices, with its keys, clock and log; made once in `app`."""

    def __init__(
        self, keys: Keys, clock: Clock, log: OperationsLog, templates: NoticeTemplates | None = None
    ) -> None:
        self._keys = keys
        self._clock = clock
        self._log = log
        self._templates = templates or NoticeTemplates()

    async def send(self, tx: Tx, notice: Notice) -> NoticeState:
        """Have the notice sent if `tx` commits; return its state.

        A second notice of one event key does nothing and returns the first one's state. An address
        that cannot be written to makes no fault: the notice stands as failed, for staff to see.
        """
        sender, now = notice.sender, self._clock.now()
        row = self._row(notice)
        state, reason = NoticeState(row[3]), row[4]
        added = await tx.execute(store.INSERT, sender.institution, *row, now)
        if not added:
            return NoticeState(await tx.value(store.STATE, sender.institution, notice.event_key))
        if state == NoticeState.QUEUED:
            await _enqueue(tx, sender.institution, notice.event_key, 1, now)
        else:
            self._log.append(tx, _failure(sender.institution, notice.event_key, reason))
        return state

    async def send_many(self, tx: Tx, institution: str, notices: Sequence[Notice]) -> None:
        """Do as `send` does for each of an institution's notices, in two statements for all."""
        now = self._clock.now()
        rows = [self._row(notice) for notice in notices]
        columns = [list(column) for column in zip(*rows, strict=True)]
        if not columns:
            return
        added = await tx.many(dict, store.INSERT_MANY, institution, *columns, now)
        jobs = {}
        for row in added:
            if row["state"] == NoticeState.QUEUED:
                jobs[f"{row['event_key']}#1"] = {"event_key": row["event_key"], "sends": 1}
            else:
                self._log.append(tx, _failure(institution, row["event_key"], row["reason"]))
        await enqueue_many(tx, institution=institution, kind=MAIL_KIND, payloads=jobs, run_at=now)

    def mail_kind(self, database: Database, transport: MailTransport) -> Kind:
        """Return the kind of job by which a `Worker` sends the mails."""
        mailer = Mailer(database, transport, self._keys, self._clock, self._log, self._templates)
        return mailer.kind()

    async def note_bounce(self, tx: Tx, institution: str, message_id: str, reason: str) -> bool:
        """Note that a mail came back (a delivery status notification); return if it was ours."""
        event_key = await tx.value(store.BOUNCE, institution, message_id, reason, self._clock.now())
        if event_key is None:
            return False
        subject = f"notice:{event_key}"
        self._log.append(
            tx, Entry(institution, NoticeEvent.BOUNCE, "failed", subject=subject, reason=reason)
        )
        return True

    async def resend(self, tx: Tx, institution: str, event_key: str, *, actor: str) -> bool:
        """Send a notice once more by a person's decision.

        False where it is queued, purged or unknown to us.
        """
        now = self._clock.now()
        sends: int | None = await tx.value(store.SEND_AGAIN, institution, event_key, now)
        if sends is None:
            return False
        await _enqueue(tx, institution, event_key, sends, now)
        self._log.append(
            tx,
            Entry(
                institution, NoticeEvent.RESEND, "done", actor=actor, subject=f"notice:{event_key}"
            ),
        )
        return True

    async def find(
        self, tx: Tx, institution: str, *, state: NoticeState | None = None, to: str | None = None,
        since: datetime | None = None, limit: int = 100,
    ) -> list[SentNotice]:  # fmt: skip
        """Return the institution's notices that match all that is given, newest first."""
        hashes = None if to is None else list(self._hashes_of(institution, to))
        rows = await tx.many(SentNotice, store.FIND, institution, state, hashes, since, limit)
        return [msgspec.structs.replace(row, state=NoticeState(row.state)) for row in rows]

    async def purge(self, tx: Tx, before: datetime) -> int:
        """Remove address and values of notices settled before `before`; return how many."""
        return await tx.execute(store.PURGE, before)

    def _row(self, notice: Notice) -> tuple[str, str, str, str, str, str, bytes, bytes]:
        state, reason, message_id = self._judge(notice)
        return (
            notice.event_key, notice.template, notice.language, state, reason, message_id,
            self._seal(notice), self._hash_of(notice.sender.institution, notice.to),
        )  # fmt: skip

    def _judge(self, notice: Notice) -> tuple[NoticeState, str, str]:
        """Return the first state, the reason, and the Message-ID: one for one event."""
        institution = notice.sender.institution
        unique = keyed_hash(self._keys, "index", "notice", institution, notice.event_key).hex()[:32]
        domain = parse_address(notice.sender.from_address).domain
        message_id = f"<{unique}@{domain}>"
        try:
            parse_address(notice.to)
        except AddressUnusable:
            return NoticeState.FAILED, "address unusable", message_id
        return NoticeState.QUEUED, "", message_id

    def _seal(self, notice: Notice) -> bytes:
        content = Content(notice.sender, notice.to, dict(notice.values))
        place = place_of(notice.sender.institution, notice.event_key)
        return seal(self._keys, "personal-data", msgspec.json.encode(content), place)

    def _hash_of(self, institution: str, to: str) -> bytes:
        return keyed_hash(self._keys, "index", "mail", institution, _folded(to))

    def _hashes_of(self, institution: str, to: str) -> tuple[bytes, ...]:
        return keyed_hashes(self._keys, "index", "mail", institution, _folded(to))


async def _enqueue(tx: Tx, institution: str, event_key: str, sends: int, now: datetime) -> None:
    await enqueue(
        tx, institution=institution, kind=MAIL_KIND, key=f"{event_key}#{sends}", run_at=now,
        payload={"event_key": event_key, "sends": sends},
    )  # fmt: skip


def _failure(institution: str, event_key: str, reason: str) -> Entry:
    subject = f"notice:{event_key}"
    return Entry(institution, NoticeEvent.MAIL, "failed", subject=subject, reason=reason)


def _folded(to: str) -> str:
    return to.strip().lower()
