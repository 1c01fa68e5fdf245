"""The demo's mailbox, over real SMTP."""

import socket
from collections.abc import AsyncIterator
from email.message import EmailMessage
from pathlib import Path

import aiosmtplib
import pytest

from madoguchi.demo.mailbox import Mailbox, MailboxServer
from tests.support.clock import MORNING, SettableClock


@pytest.fixture
def mailbox(tmp_path: Path) -> Mailbox:
    """An empty mailbox."""
    return Mailbox(tmp_path / "mailbox")


@pytest.fixture
async def port(mailbox: Mailbox, clock: SettableClock) -> AsyncIterator[int]:
    """The port of a server in front of it."""
    listening = socket.create_server(("127.0.0.1", 0))
    server = await MailboxServer(mailbox, clock).start(listening)
    yield int(listening.getsockname()[1])
    server.close()
    await server.wait_closed()


def a_mail(subject: str, to: str = "hanako@example.jp") -> EmailMessage:
    mail = EmailMessage()
    mail["From"] = "サンプル信用組合 <oshirase@sample-shinkumi.example.jp>"
    mail["To"] = to
    mail["Subject"] = subject
    mail.set_content("連携が完了しました。")
    mail.add_alternative("<p>連携が<b>完了</b>しました。</p>", subtype="html")
    return mail


async def send(mail: EmailMessage, port: int) -> None:
    await aiosmtplib.send(mail, hostname="127.0.0.1", port=port, start_tls=False)


@pytest.mark.requirement("MAIL-02")
async def test_a_mail_over_smtp_stands_in_the_mailbox(mailbox: Mailbox, port: int) -> None:
    """Text, HTML, addresses and subject come out as they were meant, with the demo's time."""
    await send(a_mail("API連携完了のお知らせ"), port)
    (mail,) = mailbox.mails()
    shown = mail.as_json()
    assert shown["to"] == "hanako@example.jp"
    assert shown["from"] == "サンプル信用組合 <oshirase@sample-shinkumi.example.jp>"
    assert shown["subject"] == "API連携完了のお知らせ"
    assert shown["text"].strip() == "連携が完了しました。"
    assert "<b>完了</b>" in shown["html"]
    assert shown["received_at"] == MORNING.isoformat()


async def test_the_newest_mail_comes_first(mailbox: Mailbox, port: int) -> None:
    """The order is that of arrival, newest first, whatever the clock says."""
    for subject in ("一", "二", "三"):
        await send(a_mail(subject), port)
    assert [mail.subject for mail in mailbox.mails()] == ["三", "二", "一"]
    assert mailbox.find("00000001") == mailbox.mails()[-1]


@pytest.mark.parametrize(
    ("address", "code"), [("somebody@bounce.example.jp", 550), ("somebody@busy.example.jp", 451)]
)
async def test_refusals_can_be_tried(mailbox: Mailbox, port: int, address: str, code: int) -> None:
    """Two domains refuse their mails, for good and for now, and nothing is kept."""
    with pytest.raises(aiosmtplib.SMTPRecipientsRefused) as refused:
        await send(a_mail("届かない", address), port)
    assert refused.value.recipients[0].code == code
    assert mailbox.mails() == []


@pytest.mark.parametrize("name", ["", "1", "../00000001", "00000009", "clock"])
def test_only_mails_are_found(mailbox: Mailbox, name: str) -> None:
    """No other file can be read through the mailbox."""
    assert mailbox.find(name) is None
