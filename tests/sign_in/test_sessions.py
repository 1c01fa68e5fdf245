"""Sessions: how they begin, live and end (cases 9, 10, 18)."""

import asyncio
import hashlib
from dataclasses import replace
from datetime import timedelta
from typing import Any

import msgspec
import pytest

from madoguchi.kernel.errors import BrokenInvariant
from madoguchi.plumbing.database import Database
from madoguchi.sign_in import (
    ENDED_OTHER,
    Began,
    Entered,
    LoginStopped,
    PasswordChanged,
    Secret,
    Session,
    SessionOver,
    Why,
)
from tests.support.institution_settings import login_institution
from tests.support.sign_in_desk import ELSEWHERE, HOME, SOURCE, Desk, with_retail

MICROSECOND = timedelta(microseconds=1)


@pytest.mark.requirement("RET-12")
async def test_a_session_lives_while_it_is_used(desk: Desk) -> None:
    """Ten idle minutes end it to the second; each use begins them anew; a mere look does not."""
    await desk.customer()
    began = await desk.come_in()
    assert began.session.stage == "full"
    desk.clock.advance(9 * 60)
    looked = await desk.find(began.secret, touch=False)
    assert isinstance(looked, Session)
    assert looked.idle_ends_at == began.session.idle_ends_at
    desk.clock.set(began.session.idle_ends_at - MICROSECOND)
    used = await desk.find(began.secret)
    assert isinstance(used, Session)
    assert used.idle_ends_at == desk.now + timedelta(minutes=10)
    desk.clock.set(used.idle_ends_at)
    assert await desk.find(began.secret, touch=False) == SessionOver("idle")
    assert await desk.find(began.secret) == SessionOver("idle")


@pytest.mark.requirement("RET-12")
async def test_a_session_ends_however_much_it_is_used(desk: Desk) -> None:
    """The absolute limit stands, and idle time never reaches beyond it."""
    desk.institution = with_retail(absolute_minutes=12)
    await desk.customer()
    began = await desk.come_in()
    desk.clock.advance(9 * 60)
    used = await desk.find(began.secret)
    assert isinstance(used, Session)
    assert used.idle_ends_at == used.ends_at == began.session.started_at + timedelta(minutes=12)
    desk.clock.set(used.ends_at)
    assert await desk.find(began.secret) == SessionOver("absolute")


@pytest.mark.requirement("RET-12")
async def test_a_use_is_one_statement(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Knowing a session and beginning its idle time anew is one round trip."""
    await desk.customer()
    began = await desk.come_in()
    async with desk.database.transaction() as tx:
        ran: list[str] = []
        original = tx.maybe

        async def noting(kind: Any, sql: str, *args: object) -> Any:
            ran.append(sql.split(maxsplit=1)[0])
            return await original(kind, sql, *args)

        monkeypatch.setattr(tx, "maybe", noting)
        await desk.sign_in.find_session(tx, desk.institution, began.secret, desk.now, touch=True)
    assert ran == ["UPDATE"]


@pytest.mark.requirement("SEC-01")
async def test_the_secret_is_hashed_at_rest(desk: Desk) -> None:
    """256 random bits go to the browser; in the database stands their SHA-256 only."""
    await desk.customer()
    began = await desk.come_in()
    assert len(began.secret) == 43
    async with desk.database.transaction() as tx:
        row = await tx.value("SELECT row_to_json(s)::text FROM sign_in_session s")
        kept = await tx.value("SELECT secret_hash FROM sign_in_session")
    assert kept == hashlib.sha256(began.secret.encode()).digest()
    assert began.secret not in row
    assert began.secret not in repr(began)


@pytest.mark.requirement("RET-12")
async def test_a_new_login_ends_the_older_and_says_so_to_both(desk: Desk) -> None:
    """The newer session is told once that it ended another one, the older one why it is over."""
    await desk.customer()
    older, newer = await desk.come_in(), await desk.come_in()
    assert (older.ended_other, newer.ended_other) == (False, True)
    assert await desk.find(older.secret) == SessionOver("replaced")
    shown = await desk.find(newer.secret)
    assert isinstance(shown, Session)
    assert shown.notice == ENDED_OTHER
    async with desk.database.transaction() as tx:
        await desk.sign_in.notice_shown(tx, shown)
    again = await desk.find(newer.secret)
    assert isinstance(again, Session)
    assert again.notice == ""


@pytest.mark.requirement("RET-12")
async def test_an_older_session_that_was_over_is_not_told_of(desk: Desk) -> None:
    """A session that had idled out is no other session, and keeps its own reason."""
    await desk.customer()
    older = await desk.come_in()
    desk.clock.set(older.session.idle_ends_at)
    newer = await desk.come_in()
    assert not newer.ended_other
    assert await desk.find(older.secret) == SessionOver("idle")


@pytest.mark.requirement("RET-12")
async def test_of_logins_at_once_one_session_is_left(desk: Desk) -> None:
    """Six logins at once: all begin a session, five of them are ended by another."""
    await desk.customer()
    entered = [await desk.enter() for _ in range(6)]
    began = await asyncio.gather(*(desk.begin(each) for each in entered))
    found = [await desk.find(each.secret) for each in began]
    assert sum(isinstance(each, Session) for each in found) == 1
    assert found.count(SessionOver("replaced")) == 5


@pytest.mark.requirement("RET-12")
async def test_the_database_itself_keeps_one_session(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without holding the contract, logins at once would collide in the unique index, not pass."""
    await desk.customer()
    entered = [await desk.enter() for _ in range(6)]
    monkeypatch.setattr(desk.customers, "find_locked", desk.customers.find)
    came = await asyncio.gather(*(desk.begin(each) for each in entered), return_exceptions=True)
    assert any(isinstance(each, Exception) for each in came)
    assert await live(desk.database) == 1


@pytest.mark.requirement("RET-12")
async def test_several_sessions_where_the_institution_allows(desk: Desk) -> None:
    """By a setting a login leaves the older session alone."""
    desk.institution = with_retail(one_session=False)
    await desk.customer()
    older, newer = await desk.come_in(), await desk.come_in()
    assert not newer.ended_other
    assert isinstance(await desk.find(older.secret), Session)
    assert isinstance(await desk.find(newer.secret), Session)


@pytest.mark.requirement("SEC-01")
async def test_a_rise_of_privilege_changes_the_secret(desk: Desk) -> None:
    """When the first login is finished the session gets a new secret; the old one is dead."""
    await desk.customer(first_login=True)
    began = await desk.come_in()
    assert began.session.stage == "first-login"
    async with desk.database.transaction() as tx:
        renewed = await desk.sign_in.renew_session(tx, began.session, desk.now, stage="full")
    assert await desk.find(began.secret) == SessionOver("unknown")
    found = await desk.find(renewed)
    assert isinstance(found, Session)
    assert (found.id, found.stage) == (began.session.id, "full")


@pytest.mark.requirement("SEC-01")
async def test_no_secret_from_outside_becomes_a_session(desk: Desk) -> None:
    """A secret that an attacker planted before the login opens nothing after it (case 18)."""
    await desk.customer()
    planted = "A" * 43
    assert await desk.find(planted) == SessionOver("unknown")
    began = await desk.come_in()
    assert began.secret != planted
    assert await desk.find(planted) == SessionOver("unknown")
    assert await desk.find("\ud800\0") == SessionOver("unknown")


@pytest.mark.requirement("SEC-01", "RET-14")
async def test_no_session_before_the_second_proof(desk: Desk) -> None:
    """Where the risk asked a question, a session without its answer is refused to any door."""
    await desk.customer()
    await desk.come_in()
    entered = await desk.enter(env=ELSEWHERE)
    assert isinstance(entered, Entered)
    assert entered.question_key
    with pytest.raises(BrokenInvariant):
        await desk.begin(entered, ELSEWHERE)
    assert (await desk.begin(entered, ELSEWHERE, ("password", "question"))).session.how == (
        "password",
        "question",
    )
    stopped = msgspec.structs.replace(entered.assessment, decision="stop")
    judged = replace(entered, assessment=stopped)
    with pytest.raises(BrokenInvariant):
        await desk.begin(judged, ELSEWHERE, ("question",))


@pytest.mark.requirement("INST-04")
async def test_a_session_is_its_institutions(desk: Desk) -> None:
    """The secret of one institution's session is unknown to another (case 10)."""
    await desk.customer()
    began = await desk.come_in()
    found = await desk.find(began.secret, institution=login_institution())
    assert found == SessionOver("unknown")


async def test_an_answer_is_its_customers(desk: Desk) -> None:
    """One customer's answer, even moved to another's row, is wrong there (case 10)."""
    first = await desk.customer()
    second = await desk.customer("mihon02", "7654321")
    async with desk.database.transaction() as tx:
        await tx.execute(
            "UPDATE sign_in_answer SET record = (SELECT record FROM sign_in_answer"
            " WHERE contract_id = $1 AND question_key = 'first-pet') WHERE contract_id = $2",
            first.id,
            second.id,
        )
    assert type(await desk.answer(second, "シロ")).__name__ == "AnswerWrong"


@pytest.mark.parametrize("why", ["logged-out", "stopped"])
async def test_an_ended_session_says_why(desk: Desk, why: Why) -> None:
    """A session that was ended stays ended, with its first reason, and is logged once."""
    await desk.customer()
    began = await desk.come_in()
    for reason in (why, "idle"):
        async with desk.database.transaction() as tx:
            await desk.sign_in.end_session(tx, began.session, reason, desk.now)
    assert await desk.find(began.secret) == SessionOver(why)
    [row] = await desk.logged("sign-in:session:ended")
    assert (row.subject, row.reason) == (began.session.id, why)
    async with desk.database.transaction() as tx:
        with pytest.raises(BrokenInvariant):
            await desk.sign_in.renew_session(tx, began.session, desk.now)


async def test_stopping_ends_every_session_and_lets_none_begin(desk: Desk) -> None:
    """A contract stopped between the password and the session is let in no more."""
    contract = await desk.customer()
    began, entered = await desk.come_in(), await desk.enter()
    assert isinstance(entered, Entered)
    async with desk.database.transaction() as tx:
        await desk.customers.stop(tx, contract, reason="lost", by="staff", now=desk.now)
        assert await desk.sign_in.end_all_sessions(tx, contract, "stopped", desk.now) == 1
    assert await desk.find(began.secret) == SessionOver("stopped")
    async with desk.database.transaction() as tx:
        came = await desk.sign_in.begin_session(
            tx, desk.institution, entered.contract, how=("password",), env=HOME,
            assessment=entered.assessment, password_set_at=entered.password_set_at,
            source=SOURCE, now=desk.now,
        )  # fmt: skip
    assert came == LoginStopped()


@pytest.mark.requirement("RET-28", "SEC-01")
async def test_a_former_password_begins_nothing(desk: Desk) -> None:
    """A password that was right when it was typed lets nobody in once it is another one."""
    contract = await desk.customer()
    entered = await desk.enter()
    assert isinstance(entered, Entered)
    desk.clock.advance(1)
    given: dict[str, Any] = {
        "how": ("password",),
        "env": HOME,
        "assessment": entered.assessment,
        "password_set_at": entered.password_set_at,
        "source": SOURCE,
        "now": desk.now,
    }
    async with desk.database.transaction() as tx:
        await desk.sign_in.set_secret(
            tx, contract, Secret.LOGIN_PASSWORD, "tsubaki3", provisional_until=None, now=desk.now
        )
        for enters in (desk.sign_in.begin_session, desk.sign_in.pass_through):
            assert await enters(tx, desk.institution, contract, **given) == PasswordChanged()
    assert isinstance(await desk.begin(await desk.enter("tsubaki3")), Began)


@pytest.mark.requirement("RET-14", "RET-31")
async def test_a_new_device_is_mailed_a_known_one_is_not(desk: Desk) -> None:
    """The first login's device is known from then on; another one comes with one mail."""
    await desk.customer()
    first = await desk.come_in()
    mine = msgspec.structs.replace(HOME, device_id=first.session.device_id)
    assert (await desk.come_in(mine)).session.known_device
    assert await desk.mails() == []
    other = await desk.begin(await desk.enter(env=ELSEWHERE), ELSEWHERE, ("password", "question"))
    assert not other.session.known_device
    assert other.session.device_id not in ("", first.session.device_id)
    assert await desk.mails() == ["login-new-device"]


@pytest.mark.requirement("RET-11")
async def test_the_history_of_logins(desk: Desk) -> None:
    """The last lines, newest first: when, from where, how, and wrong passwords too."""
    contract = await desk.customer()
    await desk.come_in()
    desk.clock.advance(60)
    await desk.enter("wrong99x", env=ELSEWHERE)
    async with desk.database.transaction() as tx:
        wrong, done = await desk.sign_in.last_logins(tx, contract, 2)
    assert (wrong.result, wrong.origin, wrong.device) == ("wrong", "US", "Firefox on Linux")
    assert (done.result, done.how, done.origin) == ("done", ("password",), "JP-13")
    assert wrong.at - done.at == timedelta(seconds=60)


async def test_what_nobody_needs_is_deleted(desk: Desk) -> None:
    """Sessions go two days after their latest end, lines of the history after 400 days."""
    await desk.customer()
    began = await desk.come_in()
    for at, rows in ((began.session.ends_at + timedelta(days=2) - MICROSECOND, 0),
                     (began.session.ends_at + timedelta(days=2), 1),
                     (began.session.started_at + timedelta(days=400), 1)):  # fmt: skip
        async with desk.database.transaction() as tx:
            assert await desk.sign_in.purge(tx, at) == rows


async def live(database: Database) -> int:
    """Return how many sessions are not ended."""
    async with database.transaction() as tx:
        found: int = await tx.value("SELECT count(*) FROM sign_in_session WHERE ended_at IS NULL")
    return found


def test_a_beginning_tells_no_secret() -> None:
    """What stands in a technical log of a `Began` is not the secret."""
    assert "kept" not in repr(Began(None, "kept", ended_other=False))  # type: ignore[arg-type]
