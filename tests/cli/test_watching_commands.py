"""Mails, calls and jobs: what staff look at while the product runs."""

from madoguchi.notices import Notice, NoticeState, sender_of
from madoguchi.plumbing.telephone import IncomingCall
from tests.cli.conftest import ADDRESS, CODE, Installation

VALUES = {"what": "x", "at": "y"}


async def queue(installation: Installation, event: str, to: str = ADDRESS) -> NoticeState:
    runtime = installation.runtime
    notice = Notice(sender_of(installation.institution), event, "lock-released", "ja", to, VALUES)
    async with runtime.database.transaction() as tx:
        return await runtime.notices.send(tx, notice)


async def test_mails_are_listed_by_state_and_sent_again_once(installation: Installation) -> None:
    """A failed mail is found and queued again, which is logged; a queued one is left alone."""
    await queue(installation, "lock:1")
    await queue(installation, "lock:2", to="no address")
    (failed,) = await installation.listed("notice", "list", CODE, "--state", "failed")
    assert failed["event"] == "lock:2"
    resend = ("notice", "resend", CODE, "lock:2", "--by", "suzuki")
    await installation.run(*resend)
    (row,) = await installation.log_rows("notice:mail:sent-again")
    assert (row.actor, row.subject) == ("staff:suzuki", "notice:lock:2")
    assert "queued already" in await installation.run(*resend, status=1)
    assert len(await installation.listed("notice", "list", CODE, "--limit", "1")) == 1
    assert ADDRESS not in await installation.run("notice", "list", CODE)
    (jobs,) = await installation.listed("jobs", "count")
    assert jobs == {"institution": CODE, "kind": "notices-mail", "state": "waiting", "jobs": 2}


async def test_calls_that_confirmed_nobody_are_listed_without_the_caller(
    installation: Installation,
) -> None:
    """Staff see when a call came, to which number and why it did not count; never who called."""
    runtime = installation.runtime
    now = runtime.clock.now()
    async with runtime.database.transaction() as tx:
        for number, called in enumerate(("+81120000201", "+81120000999")):
            call = IncomingCall("sip", f"call-{number}", called, "+819000000001", now)
            await runtime.call_back.record_call(tx, call, now)
    (found,) = await installation.listed("calls", "list", CODE)
    assert (found["called"], found["reason"], found["gateway"]) == ("+81120000201", "nobody", "sip")
    assert "9000000001" not in await installation.run("calls", "list", CODE)
    assert await installation.listed("calls", "list", CODE, "--since", "2026-11-21") == []
