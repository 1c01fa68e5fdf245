"""Notices: once per event, sent over a real SMTP server, whatever dies."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest

from madoguchi.notices import Notice, Notices, NoticeState, NoticeTemplates, Sender
from madoguchi.operations_log import OperationsLog
from madoguchi.plumbing.database import Database
from madoguchi.plumbing.jobs import Worker
from madoguchi.plumbing.mail import SmtpServer, SmtpTransport
from tests.support.clock import SettableClock
from tests.support.entropy import SeededEntropy
from tests.support.keys import FixedKeys
from tests.support.smtp_server import SampleSmtpServer, smtp_server

pytestmark = pytest.mark.requirement("MAIL-01")

SENDER = Sender(
    institution="9901",
    name="サンプル信用組合",
    name_en="Sample Credit Cooperative",
    from_address="info@sample.example.jp",
    contact_phone="0120-000-000",
    contact_hours="平日 9:00-17:00",
    contact_hours_en="weekdays 9:00-17:00",
)
VALUES: dict[str, Any] = {
    "link-completed": {
        "app": "見本家計簿",
        "accounts": ("普通 ****567", "貯蓄 ****890"),
        "mode": "login",
        "what": ("口座情報", "明細情報"),
        "until": "2026年12月20日",
    },
    "link-locked": {"what": "暗証番号", "at": "11月20日 9:00", "until": "11月21日 0:00"},
    "lock-released": {"what": "アプリとの連携", "at": "11月20日 9:00"},
    "contract-changed": {"what": "ご利用を停止しました", "at": "11月20日 9:00"},
}


def notice(event_key: str = "link:1", template: str = "link-completed", **more: Any) -> Notice:
    given = {
        "language": "ja",
        "to": "taro@example.jp",
        "values": VALUES[template],
        "sender": SENDER,
    }
    return Notice(event_key=event_key, template=template, **(given | more))


@pytest.fixture
async def server(free_port: int) -> AsyncIterator[SampleSmtpServer]:
    """A running SMTP server."""
    async with smtp_server(free_port) as running:
        yield running


class Post:
    """Notices with a worker that sends them to the test's server."""

    def __init__(
        self, database: Database, clock: SettableClock, keys: FixedKeys, port: int
    ) -> None:
        self.database, self.clock = database, clock
        self.log = OperationsLog(keys, clock)
        self.notices = Notices(keys, clock, self.log)
        self.transport = SmtpTransport(
            SmtpServer("127.0.0.1", port, security="none", timeout_seconds=2)
        )
        self.worker = self.new_worker(1)

    def new_worker(self, seed: int) -> Worker:
        kind = self.notices.mail_kind(self.database, self.transport)
        return Worker(
            self.database, self.clock, SeededEntropy(seed), kinds=[kind], poll_seconds=0.05
        )

    async def send(self, *notices: Notice) -> list[NoticeState]:
        async with self.database.transaction() as tx:
            return [await self.notices.send(tx, each) for each in notices]

    async def states(self, institution: str = "9901") -> list[tuple[str, str]]:
        async with self.database.transaction() as tx:
            found = await self.notices.find(tx, institution)
        return [(each.state.value, each.reason) for each in found]


@pytest.fixture
def post(
    database: Database, clock: SettableClock, keys: FixedKeys, server: SampleSmtpServer
) -> Post:
    """Notices and a worker."""
    return Post(database, clock, keys, server.port)


async def test_a_notice_is_sent_once_per_event(post: Post, server: SampleSmtpServer) -> None:
    """A notice queued twice for one event, in any transactions, arrives once.

    And the log says so.
    """
    assert await post.send(notice(), notice()) == [NoticeState.QUEUED, NoticeState.QUEUED]
    await post.worker.run_due()
    assert await post.send(notice()) == [NoticeState.SENT]
    await post.worker.run_due()
    assert len(server.received) == 1
    assert await post.states() == [("sent", "")]
    async with post.database.transaction() as tx:
        [row] = await post.log.search(tx, "9901")
    assert (row.event, row.result, row.subject) == ("notice:mail", "done", "notice:link:1")


async def test_many_are_queued_as_one_by_one(post: Post, server: SampleSmtpServer) -> None:
    """Many at once: each is sent once, what was told is not told again, a bad address fails."""
    await post.send(notice("link:1"))
    many = [
        notice("link:1"), notice("link:2"), notice("link:2"), notice("link:3", to="nobody"),
        notice("link:4", to="hanako@example.jp"),
    ]  # fmt: skip
    async with post.database.transaction() as tx:
        await post.notices.send_many(tx, "9901", many)
        await post.notices.send_many(tx, "9901", [])
    assert await post.worker.run_due() == 3
    assert len(server.received) == 3
    expected = [("failed", "address unusable"), ("sent", ""), ("sent", ""), ("sent", "")]
    assert sorted(await post.states()) == expected
    async with post.database.transaction() as tx:
        rows = await post.log.search(tx, "9901")
    told = [(row.subject, row.result) for row in rows]
    assert sorted(told) == [
        (f"notice:link:{n}", "failed" if n == 3 else "done") for n in (1, 2, 3, 4)
    ]  # fmt: skip


async def test_a_rolled_back_notice_is_never_sent(post: Post, server: SampleSmtpServer) -> None:
    """No mail tells of what did not happen."""
    with pytest.raises(ZeroDivisionError):
        async with post.database.transaction() as tx:
            await post.notices.send(tx, notice())
            raise ZeroDivisionError
    assert await post.worker.run_due() == 0


@pytest.mark.requirement("LINK-30", "LOCK-03")
@pytest.mark.parametrize("language", ["ja", "en"])
@pytest.mark.parametrize("template", list(VALUES))
async def test_each_template_says_what_it_must(
    post: Post, server: SampleSmtpServer, template: str, language: str
) -> None:
    """Each mail names the institution, every value, what to do, and whom to call.

    In both of its texts.
    """
    await post.send(notice(template=template, language=language))
    await post.worker.run_due()
    [received] = server.received
    name = SENDER.name if language == "ja" else SENDER.name_en
    assert name in received["Subject"]
    for kind in ("plain", "html"):
        body = received.get_body((kind,))
        assert body
        text = body.get_content()
        values = [value for key, value in VALUES[template].items() if key != "mode"]
        flat = [item for value in values for item in ([value] if isinstance(value, str) else value)]
        for expected in (name, "0120-000-000", *flat):
            assert expected in text
        assert ("心当たり" if language == "ja" else "If it was not you") in text
        for remote in ("http:", "https:", "src=", "url(", "{{", "{%"):
            assert remote not in text


async def test_values_cannot_break_the_html(post: Post, server: SampleSmtpServer) -> None:
    """A name with HTML in it is shown as text."""
    values = VALUES["link-completed"] | {"app": "<img src=x>&\r\nBcc: a@example.com"}
    await post.send(notice(values=values))
    await post.worker.run_due()
    [received] = server.received
    body = received.get_body(("html",))
    assert body
    assert "<img" not in body.get_content()
    assert received["Bcc"] is None


async def test_a_busy_server_gets_it_later(post: Post, server: SampleSmtpServer) -> None:
    """After a 4xx the mail is tried again with the same Message-ID, and arrives once."""
    server.data_answers = ["451 4.3.0 later"]
    await post.send(notice())
    await post.worker.run_due()
    assert await post.states() == [("queued", "")]
    post.clock.advance(10)
    await post.worker.run_due()
    assert await post.states() == [("sent", "")]
    assert len(server.received) == 1


async def test_a_refused_recipient_is_a_bounce(post: Post, server: SampleSmtpServer) -> None:
    """A 5xx is noted as a bounce and not tried again; staff find it by the address."""
    server.recipient_answers = ["550 5.1.1 no such user"]
    await post.send(notice())
    await post.worker.run_due()
    post.clock.advance(1e6)
    assert await post.worker.run_due() == 0
    assert await post.states() == [("bounced", "RCPT TO: 550 5.1.1")]
    async with post.database.transaction() as tx:
        assert len(await post.notices.find(tx, "9901", to="TARO@example.jp")) == 1
        assert await post.notices.find(tx, "9901", to="jiro@example.jp") == []
        assert await post.notices.find(tx, "9902") == []


async def test_a_server_that_dies_after_the_data_is_not_asked_again(
    post: Post, server: SampleSmtpServer
) -> None:
    """Where the server may have taken the mail, the notice is unknown, in the log.

    And not sent again by itself.
    """
    server.data_answers = [None]
    await post.send(notice())
    await post.worker.run_due()
    post.clock.advance(1e6)
    assert await post.worker.run_due() == 0
    assert await post.states() == [("unknown", "DATA: SMTPServerDisconnected")]
    assert len(server.received) == 1
    async with post.database.transaction() as tx:
        [row] = await post.log.search(tx, "9901", event="notice:mail")
    assert (row.result, row.detail) == ("failed", {"state": "unknown"})


async def test_a_person_may_have_it_sent_again(post: Post, server: SampleSmtpServer) -> None:
    """Staff send an unknown notice again.

    It bears the same Message-ID, and the log says who decided.
    """
    server.data_answers = [None]
    await post.send(notice())
    await post.worker.run_due()
    async with post.database.transaction() as tx:
        assert await post.notices.resend(tx, "9901", "link:1", actor="staff:7")
        assert not await post.notices.resend(tx, "9902", "link:1", actor="staff:7")
    await post.worker.run_due()
    assert await post.states() == [("sent", "")]
    first, second = server.received
    assert first["Message-ID"] == second["Message-ID"]
    async with post.database.transaction() as tx:
        assert len(await post.log.search(tx, "9901", actor="staff:7")) == 1


async def test_no_server_means_later(post: Post, server: SampleSmtpServer) -> None:
    """While nobody listens the notice waits; in the end it is failed, and said so."""
    post.transport._server = SmtpServer("127.0.0.1", 1, security="none")
    await post.send(notice())
    for _ in range(21):
        await post.worker.run_due()
        post.clock.advance(3601)
    [(state, reason)] = await post.states()
    assert state == "failed"
    assert reason.startswith("connect: ")


async def test_an_unusable_address_harms_nobody(post: Post, server: SampleSmtpServer) -> None:
    """A notice to an address that is none stands as failed; the caller's transaction goes on."""
    assert await post.send(notice(to="taro@example.jp\r\nBcc: x")) == [NoticeState.FAILED]
    assert await post.worker.run_due() == 0
    assert await post.states() == [("failed", "address unusable")]


async def test_two_workers_never_send_twice(post: Post, server: SampleSmtpServer) -> None:
    """Three workers on the same forty notices: each arrives exactly once."""
    await post.send(*(notice(f"link:{number}") for number in range(40)))
    workers = [post.new_worker(seed) for seed in (1, 2, 3)]
    for _ in range(8):
        await asyncio.gather(*(worker.run_due() for worker in workers))
    ids = [message["Message-ID"] for message in server.received]
    assert len(ids) == len(set(ids)) == 40


@pytest.mark.requirement("SEC-03")
async def test_address_and_values_are_sealed_and_purged(
    post: Post, server: SampleSmtpServer
) -> None:
    """No row shows the address.

    After the purge nothing of it is left, and the notice cannot be resent.
    """
    await post.send(notice())
    async with post.database.transaction() as tx:
        shown = str(await tx.value("SELECT string_agg(n::text, '') FROM notices_outbox n"))
        shown += str(await tx.value("SELECT string_agg(j::text, '') FROM jobs_queue j"))
    for private in ("taro", "見本家計簿"):
        assert private not in shown
        assert private.encode().hex() not in shown
    await post.worker.run_due()
    async with post.database.transaction() as tx:
        assert await post.notices.purge(tx, post.clock.now()) == 0
        assert await post.notices.purge(tx, post.clock.now() + timedelta(seconds=1)) == 1
        assert await post.notices.find(tx, "9901", to="taro@example.jp") == []
        assert not await post.notices.resend(tx, "9901", "link:1", actor="staff:7")
    assert await post.states() == [("sent", "")]


@pytest.mark.requirement("INST-04")
async def test_one_event_key_serves_two_institutions(post: Post, server: SampleSmtpServer) -> None:
    """The same key in two institutions makes two notices with two Message-IDs."""
    other = msgspec.structs.replace(SENDER, institution="9902", name="見本信用金庫")
    await post.send(notice(), notice(sender=other))
    await post.worker.run_due()
    assert len({message["Message-ID"] for message in server.received}) == 2
    assert await post.states("9902") == [("sent", "")]


async def test_a_bounce_that_comes_later_is_noted(post: Post, server: SampleSmtpServer) -> None:
    """A delivery status notification marks the sent notice.

    One of another institution is not ours.
    """
    await post.send(notice())
    await post.worker.run_due()
    message_id = server.received[0]["Message-ID"]
    async with post.database.transaction() as tx:
        assert not await post.notices.note_bounce(tx, "9902", message_id, "5.1.1")
        assert await post.notices.note_bounce(tx, "9901", message_id, "5.1.1")
    assert await post.states() == [("bounced", "5.1.1")]


async def test_an_institution_has_its_own_templates(
    post: Post, server: SampleSmtpServer, tmp_path: Path
) -> None:
    """A template in the institution's folder goes before the product's.

    Others keep the product's.
    """
    (tmp_path / "9901").mkdir()
    (tmp_path / "9901" / "lock-released.ja.subject").write_text(
        "当組合だけの件名 {{ institution }}"
    )
    templates = NoticeTemplates(tmp_path)
    values = VALUES["lock-released"]
    own = templates.render("lock-released", "ja", SENDER, values)
    assert own.subject == "当組合だけの件名 サンプル信用組合"
    assert "停止していた" in own.text


async def test_a_template_that_fails_is_tried_again(post: Post, server: SampleSmtpServer) -> None:
    """A missing value or template sends nothing and waits for its repair."""
    await post.send(notice(values={}), notice("link:2", language="fr"))
    await post.worker.run_due()
    assert [state for state, _ in await post.states()] == ["queued", "queued"]
    assert server.received == []
