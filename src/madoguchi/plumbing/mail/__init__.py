"""Mail: the port, and the adapter that hands mails to an SMTP server (MAIL-01)."""

from madoguchi.plumbing.mail.addresses import AddressUnusable, Mailbox, parse_address
from madoguchi.plumbing.mail.message import compose
from madoguchi.plumbing.mail.port import (
    Accepted,
    Delivery,
    MailTransport,
    PermanentFailure,
    TemporaryFailure,
    Uncertain,
)
from madoguchi.plumbing.mail.smtp import SmtpServer, SmtpTransport

__all__ = [
    "Accepted",
    "AddressUnusable",
    "Delivery",
    "MailTransport",
    "Mailbox",
    "PermanentFailure",
    "SmtpServer",
    "SmtpTransport",
    "TemporaryFailure",
    "Uncertain",
    "compose",
    "parse_address",
]
