"""Listing and releasing locks."""

from typing import Any

import pytest

from madoguchi import lockout
from madoguchi.api_link import LOCK
from madoguchi.core_bank import CoreFailure, CoreUnavailable
from madoguchi.core_bank.embedded import EmbeddedCore
from madoguchi.lockout import Allowed, Policy
from madoguchi.plumbing.jobs import Worker
from madoguchi.plumbing.mail import Accepted, MailTransport
from tests.cli.conftest import (
    ACCOUNT,
    ACCOUNT_ID,
    ADDRESS,
    CODE,
    Installation,
    open_account,
)

POLICY = Policy(what=LOCK, limit=2, window="day", lock_until="next_midnight")
RELEASE = ("lock", "release", CODE)
HAND = ("--reason", "identity checked by phone", "--by", "suzuki")


async def lock(installation: Installation, account_id: str = ACCOUNT_ID) -> None:
    """Lock an account by wrong tries."""
    runtime = installation.runtime
    for _ in range(POLICY.limit):
        now = runtime.clock.now()
        tried = await lockout.attempt(runtime.counters, POLICY, CODE, account_id, now)
        assert isinstance(tried, Allowed)
        async with runtime.database.transaction() as tx:
            await lockout.failed(tx, tried, now)


async def is_locked(installation: Installation, account_id: str = ACCOUNT_ID) -> bool:
    runtime = installation.runtime
    async with runtime.database.transaction() as tx:
        now = runtime.clock.now()
        return await lockout.is_locked(tx, POLICY, CODE, account_id, now) is not None


class Mailbox:
    """Takes every mail."""

    def __init__(self) -> None:
        self.mails: list[Any] = []

    async def deliver(self, message: Any) -> Accepted:
        self.mails.append(message)
        return Accepted()


async def test_locks_are_listed_masked_unless_asked(installation: Installation) -> None:
    """A list names what is locked and until when; the account number in full only on request."""
    await lock(installation)
    (found,) = await installation.listed("lock", "list", CODE)
    assert found["account"] == "001-ordinary-****123"
    assert found["what"] == "api-link"
    assert found["until"] == "2026-11-21T00:00:00+09:00"
    (revealed,) = await installation.listed("lock", "list", "sample-shinkumi", "--reveal")
    assert revealed["account"] == ACCOUNT
    assert "0000123" not in await installation.run("lock", "list", CODE)


@pytest.mark.requirement("LOCK-03")
async def test_a_release_is_done_logged_and_mailed(installation: Installation) -> None:
    """After a release the account is free, the log says who did it, and the customer is told."""
    await lock(installation)
    said = await installation.run(*RELEASE, ACCOUNT, *HAND)
    assert "mailed" in said
    assert not await is_locked(installation)
    (row,) = await installation.log_rows("link:account:released")
    assert (row.actor, row.subject, row.reason) == (
        "staff:suzuki",
        ACCOUNT_ID,
        "identity checked by phone",
    )
    (mail,) = await installation.listed("notice", "list", CODE, "--to", ADDRESS)
    assert (mail["template"], mail["state"]) == ("lock-released", "queued")
    assert await installation.listed("notice", "list", CODE, "--to", "other@example.jp") == []


@pytest.mark.requirement("LOCK-03")
async def test_the_mail_of_a_release_can_be_written(installation: Installation) -> None:
    """The worker makes the mail of what the command queued, to the bank's address of the holder."""
    await lock(installation)
    await installation.run(*RELEASE, ACCOUNT, *HAND)
    mailbox = Mailbox()
    transport: MailTransport = mailbox
    await send_what_waits(installation, transport)
    (mail,) = mailbox.mails
    assert mail["To"] == ADDRESS
    assert "停止を解除" in mail["Subject"]
    assert "連携認証" in mail.get_body(("plain",)).get_content()


async def send_what_waits(installation: Installation, transport: MailTransport) -> None:
    """Run the outbox once."""
    runtime = installation.runtime
    kind = runtime.notices.mail_kind(runtime.database, transport)
    await Worker(runtime.database, runtime.clock, runtime.entropy, kinds=[kind]).run_due()


async def test_a_holder_without_a_mail_address_is_released_too(installation: Installation) -> None:
    """Where the bank knows no address, the command says so, and the log."""
    await open_account(installation.runtime, "account-2", "0000456", None)
    await lock(installation, "account-2")
    said = await installation.run(*RELEASE, "account-2", *HAND)
    assert "no mail address" in said
    (row,) = await installation.log_rows("link:account:released")
    assert row.detail == {"mailed": "no"}
    assert not await is_locked(installation, "account-2")


@pytest.mark.parametrize(
    ("words", "status", "why"),
    [
        ((ACCOUNT, *HAND), 1, "is not locked"),
        (("001-ordinary-9999999", *HAND), 1, "no account"),
        (("001-gold-0000123", *HAND), 1, "the kind is one of"),
        ((ACCOUNT, "--reason", "x"), 2, "--by"),
        ((ACCOUNT, "--by", "suzuki"), 2, "--reason"),
        ((ACCOUNT, "--reason", " ", "--by", "suzuki"), 2, "empty"),
        ((ACCOUNT, "--reason", "x", "--by", "a b"), 2, "letters, digits"),
    ],
)
async def test_what_cannot_be_released_is_refused(
    installation: Installation, words: tuple[str, ...], status: int, why: str
) -> None:
    """A refusal says why, ends with its status, and leaves no trace."""
    assert why in await installation.run(*RELEASE, *words, status=status)
    assert await installation.log_rows("link:account:released") == []


async def test_nothing_is_released_while_the_core_is_away(
    installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the customer's address cannot be asked for, the lock stays: released means told."""
    await lock(installation)

    async def away(*_: object) -> None:
        raise CoreUnavailable(CoreFailure.LINK_FAILED)

    monkeypatch.setattr(EmbeddedCore, "holder", away)
    assert "CoreUnavailable" in await installation.run(*RELEASE, ACCOUNT, *HAND, status=1)
    assert await is_locked(installation)
