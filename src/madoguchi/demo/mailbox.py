"""The demo's mailbox: a real SMTP server that keeps every mail in a file of its own (MAIL-02)."""

import asyncio
import os
import re
import socket
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from aiosmtpd.smtp import SMTP, Envelope, Session

from madoguchi.kernel.clock import Clock, in_japan

LARGEST_MAIL_BYTES = 1_000_000
NAME = re.compile(r"[0-9]{8}")
RECEIVED = "X-Demo-Received"
DELIVERED_TO = "X-Demo-Delivered-To"
REFUSED_DOMAIN = "@bounce.example.jp"
LATER_DOMAIN = "@busy.example.jp"


@dataclass(frozen=True, slots=True)
class Mail:
    """One mail. `sender` and `subject` are decoded headers, `to` the envelope's address(es)."""

    id: str
    sender: str
    to: str
    subject: str
    text: str
    html: str
    received_at: datetime

    def as_json(self) -> dict[str, str]:
        """Return the mail as the demo's contract shows it."""
        return {
            "id": self.id,
            "from": self.sender,
            "to": self.to,
            "subject": self.subject,
            "text": self.text,
            "html": self.html,
            "received_at": in_japan(self.received_at).isoformat(),
        }


class Mailbox:
    """The mails in `directory`: `00000001.eml`, `00000002.eml` … in the order of their arrival."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)

    def add(self, content: bytes, recipients: list[str], received_at: datetime) -> str:
        """Keep a mail for good; return its id. Only one process may add."""
        name = f"{int(next(self._names(), '0')) + 1:08}"
        head = f"{RECEIVED}: {received_at.isoformat()}\r\n"
        head += "".join(f"{DELIVERED_TO}: {address}\r\n" for address in recipients)
        half = self._directory / f".{name}"
        with half.open("wb") as file:
            file.write(head.encode() + content)
            file.flush()
            os.fsync(file.fileno())
        half.rename(self._directory / f"{name}.eml")
        return name

    def mails(self) -> list[Mail]:
        """Return all mails, the newest first."""
        return [mail for name in self._names() if (mail := self.find(name))]

    def find(self, name: str) -> Mail | None:
        """Return the mail of that id, or None."""
        if not NAME.fullmatch(name):
            return None
        try:
            content = (self._directory / f"{name}.eml").read_bytes()
        except FileNotFoundError:
            return None
        return _read(name, content)

    def _names(self) -> Iterator[str]:
        names = (path.stem for path in self._directory.glob("*.eml"))
        return iter(sorted((name for name in names if NAME.fullmatch(name)), reverse=True))


class MailboxServer:
    """The SMTP server in front of a mailbox.

    Mails to `@bounce.example.jp` are refused for good (550), those to `@busy.example.jp` for now
    (451), so that both can be tried.
    """

    def __init__(self, mailbox: Mailbox, clock: Clock) -> None:
        self._mailbox = mailbox
        self._clock = clock

    async def start(self, listening: socket.socket) -> asyncio.Server:
        """Answer on a socket that listens; whoever starts it closes what is returned."""
        loop = asyncio.get_running_loop()
        return await loop.create_server(self._connection, sock=listening)

    def _connection(self) -> SMTP:
        return SMTP(
            self,
            data_size_limit=LARGEST_MAIL_BYTES,
            enable_SMTPUTF8=True,
            hostname="localhost",
            ident="Madoguchi demo",
        )

    async def handle_RCPT(  # noqa: N802 -- aiosmtpd names its hooks and gives these
        self,
        server: SMTP,  # noqa: ARG002
        session: Session,  # noqa: ARG002
        envelope: Envelope,
        address: str,
        rcpt_options: list[str],  # noqa: ARG002
    ) -> str:
        """Take every recipient but those that are there to be refused."""
        if address.lower().endswith(REFUSED_DOMAIN):
            return "550 5.1.1 No such mailbox"
        if address.lower().endswith(LATER_DOMAIN):
            return "451 4.7.1 Try again later"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(  # noqa: N802 -- aiosmtpd names its hooks
        self,
        server: SMTP,  # noqa: ARG002
        session: Session,  # noqa: ARG002
        envelope: Envelope,
    ) -> str:
        """Keep the mail before saying that it was taken."""
        content = envelope.original_content or b""
        name = self._mailbox.add(content, list(envelope.rcpt_tos), self._clock.now())
        return f"250 2.0.0 OK: kept as {name}"


def _read(name: str, content: bytes) -> Mail:
    message: EmailMessage = message_from_bytes(content, policy=policy.default)
    return Mail(
        id=name,
        sender=str(message.get("From", "")),
        to=", ".join(str(address) for address in message.get_all(DELIVERED_TO, [])),
        subject=str(message.get("Subject", "")),
        text=_part(message, "plain"),
        html=_part(message, "html"),
        received_at=datetime.fromisoformat(str(message[RECEIVED])),
    )


def _part(message: EmailMessage, kind: str) -> str:
    body: Any = message.get_body((kind,))
    return str(body.get_content()) if body else ""
