"""What locks, for whom, until when, on which ways, and who is told (cases 3 to 7)."""

import asyncio
from datetime import datetime, timedelta

import pytest

from madoguchi import lockout
from madoguchi.customers import Contract
from madoguchi.kernel.clock import JAPAN
from madoguchi.plumbing.database import Database
from madoguchi.plumbing.keys import KeyUnavailable
from madoguchi.sign_in import (
    AnswerLocked,
    AnswerRight,
    AnswerWrong,
    Entered,
    Locks,
    LoginLocked,
    Secret,
    SecretLocked,
    SecretRight,
    SecretWrong,
    WrongLogin,
)
from tests.support.clock import SettableClock
from tests.support.institution_settings import login_institution
from tests.support.keys import FixedKeys
from tests.support.sign_in_desk import CONFIRMATION, PASSWORD, Desk, with_retail

MIDNIGHT = datetime(2026, 11, 21, tzinfo=JAPAN)


@pytest.mark.requirement("LOCK-01")
async def test_the_login_locks_for_the_day(desk: Desk) -> None:
    """The fifth wrong password locks until the next Japan midnight; then a right one enters."""
    await desk.customer()
    assert [await desk.enter("wrong99x") for _ in range(4)] == [WrongLogin()] * 4
    assert await desk.enter("wrong99x") == LoginLocked(MIDNIGHT)
    desk.clock.set(MIDNIGHT - timedelta(microseconds=1))
    assert await desk.enter() == LoginLocked(MIDNIGHT)
    desk.clock.set(MIDNIGHT)
    assert isinstance(await desk.enter(), Entered)


@pytest.mark.requirement("LOCK-01")
async def test_the_login_can_be_locked_until_released(desk: Desk) -> None:
    """By a setting no midnight ends the login's lock."""
    desk.institution = with_retail(login_lock="released", login_failures_limit=2)
    await desk.customer()
    assert [await desk.enter("wrong99x") for _ in range(2)] == [WrongLogin(), LoginLocked(None)]
    desk.clock.advance(400 * 86400)
    assert await desk.enter() == LoginLocked(None)


@pytest.mark.requirement("LOCK-01")
async def test_confirmation_and_answers_lock_until_released(desk: Desk) -> None:
    """Five wrong confirmation passwords, or three wrong answers, lock until staff release."""
    contract = await desk.customer()
    confirmations = [await desk.check(contract, "wrong99x") for _ in range(5)]
    assert confirmations == [SecretWrong()] * 4 + [SecretLocked(None)]
    answers = [await desk.answer(contract, "ちがう") for _ in range(3)]
    assert answers == [AnswerWrong()] * 2 + [AnswerLocked(None)]
    desk.clock.advance(400 * 86400)
    assert await desk.check(contract, CONFIRMATION) == SecretLocked(None)
    assert await desk.answer(contract, "シロ") == AnswerLocked(None)


@pytest.mark.requirement("LOCK-01")
@pytest.mark.parametrize("kind", ["login", "confirmation", "answer"])
async def test_many_wrong_at_once_are_not_all_compared(desk: Desk, kind: str) -> None:
    """Twenty wrong tries at once: as many hashes as the limit allows, and not one more (case 3)."""
    contract = await desk.customer()
    desk.hasher.costs.clear()
    tries = [
        {
            "login": lambda: desk.enter("wrong99x"),
            "confirmation": lambda: desk.check(contract, "wrong99x"),
            "answer": lambda: desk.answer(contract, "ちがう"),
        }[kind]()
        for _ in range(20)
    ]
    await asyncio.gather(*tries)
    assert len(desk.hasher.costs) == {"login": 5, "confirmation": 5, "answer": 3}[kind]
    assert (await desk.mails()) == ["sign-in-locked"]


@pytest.mark.requirement("LOCK-01")
async def test_without_the_count_before_the_comparison_all_would_be_compared(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The test above sees a guard that is not there: unguarded, twenty hashes are computed."""

    async def let_all_through(
        _database: object, policy: lockout.Policy, institution: str, subject: str, _now: datetime
    ) -> lockout.Allowed:
        return lockout.Allowed(policy, institution, subject, 1, 1)

    monkeypatch.setattr(lockout, "attempt", let_all_through)
    await desk.customer()
    desk.hasher.costs.clear()
    await asyncio.gather(*(desk.enter("wrong99x") for _ in range(20)))
    assert len(desk.hasher.costs) == 20


@pytest.mark.requirement("LOCK-01")
async def test_a_count_outlives_its_request(desk: Desk) -> None:
    """Requests that fail after a wrong try have used up their tries nonetheless (case 4)."""
    contract = await desk.customer()
    for _ in range(5):
        with pytest.raises(ZeroDivisionError):
            async with desk.database.transaction() as tx:
                await desk.sign_in.check_secret(
                    tx, desk.institution, contract, Secret.CONFIRMATION_PASSWORD, "wrong99x",
                    desk.now,
                )  # fmt: skip
                raise ZeroDivisionError
    assert await desk.check(contract, CONFIRMATION) == SecretLocked(None)


@pytest.mark.requirement("LOCK-01", "LOCK-03")
async def test_a_lock_after_a_crash_is_told_later(desk: Desk) -> None:
    """Where the locking request died, the next one tells the customer, once."""
    contract = await desk.customer()
    for number in range(5):
        try:
            async with desk.database.transaction() as tx:
                await desk.sign_in.check_secret(
                    tx, desk.institution, contract, Secret.CONFIRMATION_PASSWORD, "wrong99x",
                    desk.now,
                )  # fmt: skip
                1 / (4 - number)
        except ZeroDivisionError:
            pass
    desk.clock.advance(61)
    assert await desk.mails() == []
    assert await desk.check(contract, CONFIRMATION) == SecretLocked(None)
    assert await desk.check(contract, CONFIRMATION) == SecretLocked(None)
    assert await desk.mails() == ["sign-in-locked"]


@pytest.mark.requirement("LOCK-01")
async def test_a_lock_holds_on_every_way_in(desk: Desk) -> None:
    """A login password locked at the login is locked where it is asked for inside, and back."""
    contract = await desk.customer()
    for _ in range(3):
        await desk.enter("wrong99x")
    for _ in range(2):
        await desk.check(contract, "wrong99x", Secret.LOGIN_PASSWORD)
    assert await desk.check(contract, PASSWORD, Secret.LOGIN_PASSWORD) == SecretLocked(MIDNIGHT)
    assert await desk.enter() == LoginLocked(MIDNIGHT)


@pytest.mark.requirement("LOCK-01")
async def test_a_right_secret_clears_its_own_count_only(desk: Desk) -> None:
    """A right password, of whatever kind, gives no new tries at another secret (case 6)."""
    contract = await desk.customer()
    for _ in range(4):
        await desk.check(contract, "wrong99x")
    for _ in range(2):
        await desk.answer(contract, "ちがう")
    for _ in range(4):
        await desk.enter("wrong99x")
    assert isinstance(await desk.enter(), Entered)
    assert await desk.check(contract, "wrong99x") == SecretLocked(None)
    assert await desk.answer(contract, "ちがう") == AnswerLocked(None)
    assert [await desk.enter("wrong99x") for _ in range(4)] == [WrongLogin()] * 4


@pytest.mark.requirement("LOCK-01")
async def test_a_right_one_clears_its_own_count(desk: Desk) -> None:
    """Typing errors of years do not add up to a lock."""
    contract = await desk.customer()
    for _ in range(3):
        for _ in range(4):
            assert await desk.check(contract, "wrong99x") == SecretWrong()
        assert await desk.check(contract, CONFIRMATION) == SecretRight()
        for _ in range(2):
            assert await desk.answer(contract, "ちがう") == AnswerWrong()
        assert await desk.answer(contract, "シロ") == AnswerRight()


@pytest.mark.requirement("LOCK-01")
async def test_a_locked_secret_answers_right_and_wrong_alike(desk: Desk) -> None:
    """While locked nothing is hashed, and right and wrong come to the same (case 7)."""
    contract = await desk.customer()
    for _ in range(5):
        await desk.enter("wrong99x")
        await desk.check(contract, "wrong99x")
        await desk.answer(contract, "ちがう")
    desk.hasher.costs.clear()
    assert await desk.enter() == await desk.enter("wrong99x")
    assert await desk.check(contract, CONFIRMATION) == await desk.check(contract, "wrong99x")
    assert await desk.answer(contract, "シロ") == await desk.answer(contract, "ちがう")
    assert desk.hasher.costs == []


@pytest.mark.requirement("INST-04")
async def test_a_lock_is_its_customers_and_its_institutions(desk: Desk) -> None:
    """Another customer, and the same ID at another institution, have tries of their own."""
    await desk.customer()
    await desk.customer("mihon02", "7654321")
    for _ in range(5):
        await desk.enter("wrong99x")
    assert isinstance(await desk.enter(login_id="mihon02"), Entered)
    assert await desk.enter(institution=login_institution()) == WrongLogin()


@pytest.mark.requirement("LOCK-03")
async def test_a_lock_is_mailed_and_logged_once(desk: Desk) -> None:
    """Each lock comes with one mail and one row, tries after it with none."""
    contract = await desk.customer()
    for _ in range(8):
        await desk.enter("wrong99x")
        await desk.answer(contract, "ちがう")
    assert await desk.mails() == ["sign-in-locked"] * 2
    logged = await desk.logged("sign-in:locked")
    assert sorted(row.detail["lock"] for row in logged) == ["login-password", "security-question"]
    assert {row.subject for row in logged} == {contract.id}


@pytest.mark.requirement("LOCK-02", "LOCK-03")
async def test_the_lock_of_nobody_is_logged_and_mailed_to_nobody(desk: Desk) -> None:
    """The job of an unknown ID's lock ends well without a mail; the ID stands nowhere."""
    for _ in range(5):
        await desk.enter("wrong99x", login_id="mihon02")
    assert await desk.mails() == []
    [row] = await desk.logged("sign-in:locked")
    assert "mihon02" not in row.as_line()


@pytest.mark.requirement("LOCK-03")
async def test_staff_release_a_lock(desk: Desk) -> None:
    """A release opens the lock, is logged with who and why, and mailed; without a lock: nothing."""
    contract = await desk.customer()
    for _ in range(5):
        await desk.check(contract, "wrong99x")
    released = [await release(desk, contract) for _ in range(2)]
    assert released == [True, False]
    assert await desk.check(contract, CONFIRMATION) == SecretRight()
    assert sorted(await desk.mails()) == ["lock-released", "sign-in-locked"]
    [row] = await desk.logged("sign-in:released")
    assert (row.actor, row.subject, row.reason) == ("suzuki", contract.id, "came to the branch")


async def release(desk: Desk, contract: Contract) -> bool:
    """Release the confirmation password's lock."""
    async with desk.database.transaction() as tx:
        return await desk.sign_in.release_lock(
            tx, desk.institution, contract, Locks.CONFIRMATION_PASSWORD,
            by="suzuki", reason="came to the branch", now=desk.now,
        )  # fmt: skip


@pytest.mark.requirement("LOCK-01")
async def test_a_right_try_makes_nobody_wait(desk: Desk) -> None:
    """While a request that gave the right password goes on, other tries are judged at once."""
    contract = await desk.customer()
    async with desk.database.transaction() as tx:
        right = await desk.sign_in.check_secret(
            tx, desk.institution, contract, Secret.CONFIRMATION_PASSWORD, CONFIRMATION, desk.now
        )
        assert right == SecretRight()
        async with asyncio.timeout(5):
            others = [await desk.check(contract, CONFIRMATION) for _ in range(2)]
    assert others == [SecretRight()] * 2


@pytest.mark.requirement("SEC-02", "LOCK-01")
async def test_a_lost_pepper_locks_nobody(desk: Desk) -> None:
    """While the pepper's key is gone tries are faults, and none of them is counted."""
    contract = await desk.customer()
    await change_pepper_id(desk, "1", "9")
    for _ in range(6):
        for attempt in (
            desk.enter(),
            desk.check(contract, CONFIRMATION),
            desk.answer(contract, ""),
        ):
            with pytest.raises(KeyUnavailable):
                await attempt
    await change_pepper_id(desk, "9", "1")
    assert isinstance(await desk.enter(), Entered)
    assert await desk.check(contract, CONFIRMATION) == SecretRight()
    assert await desk.answer(contract, "シロ") == AnswerRight()


async def change_pepper_id(desk: Desk, old: str, new: str) -> None:
    """Have every record name another key of the pepper."""
    async with desk.database.transaction() as tx:
        for table in ("sign_in_secret", "sign_in_answer"):
            await tx.execute(
                f"UPDATE {table} SET record = replace(record, $1, $2)", f"id={old}$", f"id={new}$"
            )


@pytest.mark.requirement("LOCK-01")
async def test_two_processes_share_one_count(
    desk: Desk, clock: SettableClock, keys: FixedKeys
) -> None:
    """Wrong tries at once at two processes, each with pools and threads of its own: five hashes."""
    await desk.customer()
    url = desk.database.url
    pool, counters = await Database.connect(url), await Database.connect(url)
    other = Desk(pool, counters, clock, keys, seed=2)
    desk.hasher.costs.clear()
    await asyncio.gather(*(where.enter("wrong99x") for _ in range(10) for where in (desk, other)))
    assert len(desk.hasher.costs) + len(other.hasher.costs) == 5
    assert await other.enter() == await desk.enter() == LoginLocked(MIDNIGHT)
    other.hasher.close()
    await pool.close()
    await counters.close()
