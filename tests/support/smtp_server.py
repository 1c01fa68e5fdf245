"""A real SMTP server that does as a test tells it."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

from aiosmtpd.smtp import SMTP


@dataclass
class SampleSmtpServer:
    """Answers from lists, one answer for each try; where a list is empty, accepts.

    An answer of None cuts the connection, after what the answer would have been to was received.
    """

    port: int
    mail_answers: list[str | None] = field(default_factory=list)
    recipient_answers: list[str | None] = field(default_factory=list)
    data_answers: list[str | None] = field(default_factory=list)
    received: list[EmailMessage] = field(default_factory=list)
    envelopes: list[tuple[str, list[str]]] = field(default_factory=list)
    before_answer: Callable[[], Awaitable[None]] | None = None
    """Awaited when a mail has been received and not yet answered."""

    async def handle_MAIL(  # noqa: N802 - aiosmtpd's name
        self, server: Any, session: Any, envelope: Any, address: str, options: Any
    ) -> str:
        answer = self.mail_answers.pop(0) if self.mail_answers else "250 ok"
        if answer and answer.startswith("2"):
            envelope.mail_from = address
        return self._give(server, answer)

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self, server: Any, session: Any, envelope: Any, address: str, options: Any
    ) -> str:
        answer = self.recipient_answers.pop(0) if self.recipient_answers else "250 ok"
        if answer and answer.startswith("2"):
            envelope.rcpt_tos.append(address)
        return self._give(server, answer)

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        answer = self.data_answers.pop(0) if self.data_answers else "250 ok"
        if answer is None or answer.startswith("2"):
            message = message_from_bytes(envelope.content, policy=policy.default)
            self.received.append(message)
            self.envelopes.append((envelope.mail_from, list(envelope.rcpt_tos)))
        if self.before_answer:
            await self.before_answer()
        return self._give(server, answer)

    @staticmethod
    def _give(server: Any, answer: str | None) -> str:
        if answer is None:
            server.transport.abort()
            return "421 gone"
        return answer


@asynccontextmanager
async def smtp_server(port: int, **options: Any) -> AsyncIterator[SampleSmtpServer]:
    """Run the server on 127.0.0.1 in this event loop; `options` are aiosmtpd's (TLS, log-in)."""
    sample = SampleSmtpServer(port)
    loop = asyncio.get_running_loop()
    server = await loop.create_server(
        lambda: SMTP(sample, hostname="mail.example.jp", loop=loop, **options), "127.0.0.1", port
    )
    try:
        yield sample
    finally:
        server.close()
        await server.wait_closed()
