"""The mails of signing in, as customers get them."""

from email.message import EmailMessage
from typing import Literal

import pytest

from madoguchi.plumbing.jobs import Worker
from madoguchi.plumbing.mail import Accepted
from madoguchi.sign_in import Locks
from tests.support.entropy import SeededEntropy
from tests.support.sign_in_desk import ELSEWHERE, Desk, with_retail

SAYS = {
    "ja": {
        "login": ("インターネットバンキングのログイン", "2026年11月21日(土) 0時00分"),
        "answer": ("秘密の質問", "下記の連絡先までお電話ください"),
        "device": ("Firefox on Linux", "US", "2026年11月20日(金) 9時00分"),
        "released": ("確認用パスワード", "2026年11月20日(金) 9時00分"),
        "not you": ("お心当たりのない場合",),
    },
    "en": {
        "login": ("Logging in to internet banking", "21 November 2026, 0:00 (Japan time)"),
        "answer": ("security questions", "call us at the number below"),
        "device": ("Firefox on Linux", "US", "20 November 2026, 9:00 (Japan time)"),
        "released": ("confirmation password", "20 November 2026, 9:00 (Japan time)"),
        "not you": ("If it was not you",),
    },
}


class Letterbox:
    """A `MailTransport` that keeps what it is given."""

    def __init__(self) -> None:
        self.received: list[EmailMessage] = []

    async def deliver(self, message: EmailMessage) -> Accepted:
        self.received.append(message)
        return Accepted()


async def delivered(desk: Desk) -> list[tuple[str, str, str]]:
    """Run every job; return address, text and HTML of each mail."""
    box = Letterbox()
    by_code = {desk.institution.code: desk.institution}
    kinds = [
        *desk.sign_in.kinds(desk.database, by_code.get),
        desk.notices.mail_kind(desk.database, box),
    ]
    worker = Worker(desk.database, desk.clock, SeededEntropy(2), kinds=kinds, poll_seconds=0.05)
    while await worker.run_due():
        pass
    return [(str(mail["to"]), *_texts(mail)) for mail in box.received]


def _texts(mail: EmailMessage) -> tuple[str, str]:
    parts = {part.get_content_type(): part for part in mail.walk()}
    return parts["text/plain"].get_content(), parts["text/html"].get_content()


@pytest.mark.requirement("LOCK-03", "RET-31")
@pytest.mark.parametrize("language", ["ja", "en"])
@pytest.mark.parametrize("about", ["login", "answer", "device", "released"])
async def test_each_mail_says_what_it_must(
    desk: Desk, about: str, language: Literal["ja", "en"]
) -> None:
    """What, when, until when or how to go on, and what to do if it was not you: in both forms."""
    desk.institution = with_retail(
        login_failures_limit=1, question_failures_limit=1, confirmation_failures_limit=1
    )
    contract = await desk.customer(language=language)
    await desk.come_in()
    match about:
        case "login":
            await desk.enter("wrong99x")
        case "answer":
            await desk.answer(contract, "ちがう")
        case "device":
            await desk.come_in(ELSEWHERE)
        case "released":
            await desk.check(contract, "wrong99x")
            async with desk.database.transaction() as tx:
                await desk.sign_in.release_lock(
                    tx, desk.institution, contract, Locks.CONFIRMATION_PASSWORD,
                    by="suzuki", reason="", now=desk.now,
                )  # fmt: skip
    mails = await delivered(desk)
    assert {to for to, *_ in mails} == {"mihon01@example.jp"}
    wanted = (*SAYS[language][about], *SAYS[language]["not you"])
    for part in (1, 2):
        texts = ["".join(mail[part].split()) for mail in mails]
        assert any(all("".join(word.split()) in text for word in wanted) for text in texts)
