"""Composing a mail."""

from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from madoguchi.kernel.clock import in_japan
from madoguchi.plumbing.mail.addresses import Mailbox, one_line


def compose(
    *, sender: Mailbox, to: Mailbox, subject: str, text: str, html: str, message_id: str,
    at: datetime, language: str,
) -> EmailMessage:  # fmt: skip
    """Return a mail in text and HTML; no text given can add or change a header."""
    message = EmailMessage(policy=SMTP)
    message["From"] = sender
    message["To"] = to
    message["Subject"] = one_line(subject)
    message["Date"] = format_datetime(in_japan(at))
    message["Message-ID"] = one_line(message_id)
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834: no answers from holiday responders
    message["Content-Language"] = one_line(language)
    message.set_content(text, charset="utf-8", cte="base64")
    message.add_alternative(html, subtype="html", charset="utf-8", cte="base64")
    return message
