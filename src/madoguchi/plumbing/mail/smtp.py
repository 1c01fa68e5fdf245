"""The adapter that hands mails to an SMTP server (RFC 5321)."""

import asyncio
import re
import ssl
from dataclasses import dataclass
from email.message import EmailMessage
from typing import Literal

import aiosmtplib

from madoguchi.plumbing.keys import KeyReferenceError, read_reference
from madoguchi.plumbing.mail.port import (
    Accepted,
    Delivery,
    PermanentFailure,
    TemporaryFailure,
    Uncertain,
)
from madoguchi.plumbing.observability import METRICS

TROUBLE = (aiosmtplib.SMTPException, OSError, TimeoutError)
ENHANCED_CODE = re.compile(r"\b[245]\.\d{1,3}\.\d{1,3}\b")


@dataclass(frozen=True, slots=True)
class SmtpServer:
    """Where and how mails are handed over.

    `password` is a reference (`file:/path` or `env:NAME`).
    """

    host: str
    port: int = 587
    security: Literal["starttls", "tls", "none"] = "starttls"
    username: str = ""
    password: str = ""
    timeout_seconds: float = 30.0
    local_hostname: str = ""
    ca_file: str = ""


class SmtpTransport:
    """Hands each mail over on a connection of its own."""

    def __init__(self, server: SmtpServer) -> None:
        self._server = server

    async def deliver(self, message: EmailMessage) -> Delivery:
        """Try once. What fails before the text is sent is temporary or refused, never uncertain."""
        delivery = await self._deliver(message)
        METRICS.mails.labels(type(delivery).__name__).inc()
        return delivery

    async def _deliver(self, message: EmailMessage) -> Delivery:
        try:
            smtp = self._client()
            await smtp.connect()
        except (*TROUBLE, KeyReferenceError) as error:
            return TemporaryFailure(_reason("connect", error))
        try:
            return await self._hand_over(smtp, message)
        finally:
            await _leave(smtp)

    async def _hand_over(self, smtp: aiosmtplib.SMTP, message: EmailMessage) -> Delivery:
        try:
            await smtp.mail(message["From"].addresses[0].addr_spec)
        except TROUBLE as error:
            # A refused sender is a mistake in the settings, not a bounce: wait for its repair.
            return TemporaryFailure(_reason("MAIL FROM", error))
        try:
            await smtp.rcpt(message["To"].addresses[0].addr_spec)
        except TROUBLE as error:
            return _refused("RCPT TO", error) or TemporaryFailure(_reason("RCPT TO", error))
        try:
            await smtp.data(message.as_bytes())
        except TROUBLE as error:
            return _refused("DATA", error) or Uncertain(_reason("DATA", error))
        return Accepted()

    def _client(self) -> aiosmtplib.SMTP:
        server = self._server
        secured = server.security != "none"
        context = ssl.create_default_context(cafile=server.ca_file or None) if secured else None
        return aiosmtplib.SMTP(
            hostname=server.host,
            port=server.port,
            use_tls=server.security == "tls",
            start_tls=server.security == "starttls",
            tls_context=context,
            username=server.username or None,
            password=read_reference(server.password) if server.password else None,
            timeout=server.timeout_seconds,
            local_hostname=server.local_hostname or "localhost",
        )


def _refused(command: str, error: Exception) -> Delivery | None:
    """Return what the server's answer means, or None where it gave none."""
    if not isinstance(error, aiosmtplib.SMTPResponseException) or not 400 <= error.code < 600:
        return None
    reason = _reason(command, error)
    return TemporaryFailure(reason) if error.code < 500 else PermanentFailure(reason)


def _reason(command: str, error: Exception) -> str:
    """Return the codes (RFC 3463) without the words, which may repeat the address."""
    if isinstance(error, aiosmtplib.SMTPResponseException):
        enhanced = ENHANCED_CODE.search(error.message)
        return f"{command}: {error.code} {enhanced[0] if enhanced else ''}".strip()
    chain = [error] if error.__cause__ is None else [error, error.__cause__]
    return f"{command}: {' from '.join(type(each).__name__ for each in chain)}"


async def _leave(smtp: aiosmtplib.SMTP) -> None:
    """Say good-bye; what becomes of the connection does not matter any more."""
    try:
        async with asyncio.timeout(5):
            await smtp.quit()
    except TROUBLE:
        smtp.close()
