"""Notices to customers by mail (MAIL-01).

`Notices.send` writes a notice and its job in the caller's transaction, once per event key. A worker
renders and hands over the mail; what became of it stands in the outbox. A mail whose fate is not
known is never sent again by itself: staff see it as `unknown` and may `resend` it. Address and
values are sealed at rest, and purged after a time.
"""

from madoguchi.notices.model import Notice, NoticeEvent, NoticeState, Sender, SentNotice
from madoguchi.notices.rendering import NoticeTemplates, NoticeText
from madoguchi.notices.senders import sender_of
from madoguchi.notices.sending import MAIL_KIND
from madoguchi.notices.service import Notices

__all__ = [
    "MAIL_KIND",
    "Notice",
    "NoticeEvent",
    "NoticeState",
    "NoticeTemplates",
    "NoticeText",
    "Notices",
    "Sender",
    "SentNotice",
    "sender_of",
]
