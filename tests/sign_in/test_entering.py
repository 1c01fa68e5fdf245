"""Entering by ID and password, and what the risk of it leads to."""

from dataclasses import replace
from datetime import timedelta

import msgspec
import pytest

from madoguchi import risk
from madoguchi.institutions import RateLimit
from madoguchi.risk import Environment
from madoguchi.sign_in import (
    AnswerRight,
    AnswerWrong,
    Entered,
    LoginStopped,
    QuestionAnswer,
    Secret,
    SecretWrong,
    TooManyTries,
    WrongLogin,
)
from tests.support.sign_in_desk import (
    ANSWERS,
    ELSEWHERE,
    HOME,
    LOGIN_ID,
    PASSWORD,
    Desk,
    with_retail,
)


@pytest.mark.requirement("RET-09")
@pytest.mark.parametrize("login_id", [LOGIN_ID, LOGIN_ID.upper()])
async def test_id_and_password_let_in(desk: Desk, login_id: str) -> None:
    """The ID in any case and the password as it was chosen are right."""
    contract = await desk.customer()
    entered = await desk.enter(login_id=login_id)
    assert isinstance(entered, Entered)
    assert (entered.contract, entered.question_key) == (contract, None)


@pytest.mark.requirement("RET-09")
@pytest.mark.parametrize(
    ("login_id", "password"),
    [
        (LOGIN_ID, "Kaze19no"),
        (LOGIN_ID, ""),
        (LOGIN_ID, "umi47kara"),  # his confirmation password
        ("mihon02", PASSWORD),
        ("", ""),
        ("mihon01\0", PASSWORD),
        ("\ud800", "\ud800"),
        ("x" * 10_000, "x" * 10_000),
    ],
)
async def test_what_is_wrong_is_not_told(desk: Desk, login_id: str, password: str) -> None:
    """A wrong ID and a wrong password, however odd, come to the same."""
    await desk.customer()
    assert await desk.enter(password, login_id=login_id) == WrongLogin()


@pytest.mark.requirement("RET-14")
async def test_the_first_login_teaches_and_a_change_asks(desk: Desk) -> None:
    """After the first login the same environment is let in, another one asked a question."""
    await desk.customer()
    first = await desk.begin(await desk.enter())
    assert first.session.known_device
    mine = msgspec.structs.replace(HOME, device_id=first.session.device_id)
    usual = await desk.enter(env=mine)
    assert isinstance(usual, Entered)
    assert usual.question_key is None
    changed = await desk.enter(env=HOME)
    assert isinstance(changed, Entered)
    assert changed.question_key in ANSWERS
    assert changed.assessment.decision == "ask"


@pytest.mark.requirement("RET-14")
async def test_what_is_missing_lets_nobody_in_unasked(desk: Desk) -> None:
    """A request that tells nothing of itself is asked at least, by the defaults (case 14)."""
    await desk.customer()
    await desk.come_in()
    nothing = Environment(device_id="", network="", place="", browser="", language="")
    entered = await desk.enter(env=nothing)
    assert isinstance(entered, Entered)
    assert entered.question_key in ANSWERS


@pytest.mark.requirement("RET-14")
async def test_every_decision_is_recorded_with_its_reasons(desk: Desk) -> None:
    """Let in, asked and stopped: staff see each with score and reasons, and so does the log."""
    contract = await desk.customer()
    await desk.begin(await desk.enter())
    await desk.enter(env=HOME)
    desk.institution = with_retail(stop_at=60)
    assert await desk.enter(env=ELSEWHERE) == LoginStopped()
    async with desk.database.transaction() as tx:
        found = await risk.list_decisions(tx, "9901", desk.now, subject=contract.id)
    assert {each.assessment.decision for each in found} == {"allow", "ask", "stop"}
    assert all(each.assessment.reasons for each in found)
    logged = await desk.logged("sign-in:risk")
    assert {row.detail["decision_id"] for row in logged} == {each.id for each in found}
    assert sorted((row.result, row.reason) for row in logged) == [
        ("done", ""), ("done", ""), ("refused", "risk"),
    ]  # fmt: skip
    assert [row.subject for row in logged] == [contract.id] * 3


@pytest.mark.requirement("RET-14")
async def test_failures_just_before_count_as_unusual(desk: Desk) -> None:
    """Two wrong passwords before the right one stand among the reasons."""
    await desk.customer()
    await desk.come_in()
    for _ in range(2):
        await desk.enter("wrong99x")
    entered = await desk.enter()
    assert isinstance(entered, Entered)
    assert "several-failures" in entered.assessment.reasons


@pytest.mark.requirement("RET-14")
async def test_who_is_to_be_asked_and_has_no_question_is_stopped(desk: Desk) -> None:
    """An answer that cannot be asked for does not let in."""
    await desk.customer()
    await desk.come_in()
    async with desk.database.transaction() as tx:
        await tx.execute("DELETE FROM sign_in_answer")
    assert await desk.enter(env=ELSEWHERE) == LoginStopped()
    assert [row.reason for row in await desk.logged("sign-in:risk")].count("no-question") == 1


@pytest.mark.requirement("RET-06")
async def test_a_first_login_goes_on_from_another_device(desk: Desk) -> None:
    """Before the questions are chosen none is asked, and the session reaches the choice only."""
    await desk.customer(first_login=True)
    assert (await desk.come_in()).session.stage == "first-login"
    entered = await desk.enter(env=ELSEWHERE)
    assert isinstance(entered, Entered)
    assert entered.question_key is None
    assert (await desk.begin(entered, ELSEWHERE)).session.stage == "first-login"


async def test_a_stopped_contract_is_refused_to_who_knows_the_password(desk: Desk) -> None:
    """The right password finds the contract stopped; a wrong one learns nothing."""
    contract = await desk.customer()
    async with desk.database.transaction() as tx:
        await desk.customers.stop(tx, contract, reason="lost phone", by="staff", now=desk.now)
    assert await desk.enter("wrong99x") == WrongLogin()
    assert await desk.enter() == LoginStopped()
    async with desk.database.transaction() as tx:
        found = await risk.list_decisions(tx, "9901", desk.now, subject=contract.id)
        logins = await desk.sign_in.last_logins(tx, contract, 3)
    assert len(found) == 1
    assert sorted(each.result for each in logins) == ["stopped", "wrong"]
    assert [row.reason for row in await desk.logged("sign-in:risk")] == ["contract-stopped"]


@pytest.mark.requirement("RET-01")
async def test_passwords_from_the_post_grow_too_old(desk: Desk) -> None:
    """A provisional password is right until its day, and afterwards wrong like any other."""
    contract = await desk.customer(first_login=True)
    until = desk.now + timedelta(days=90)
    async with desk.database.transaction() as tx:
        await desk.sign_in.set_secret(
            tx, contract, Secret.LOGIN_PASSWORD, PASSWORD, provisional_until=until, now=desk.now
        )
    desk.clock.set(until - timedelta(seconds=1))
    assert isinstance(await desk.enter(), Entered)
    desk.clock.set(until)
    assert await desk.enter() == WrongLogin()
    assert await desk.check(contract, PASSWORD, Secret.LOGIN_PASSWORD) == SecretWrong()


async def test_only_wrong_tries_of_an_address_are_limited(desk: Desk) -> None:
    """Right logins take no turn from their address; wrong ones, on whatever IDs, run out."""
    desk.institution = with_retail(attempts_per_address=RateLimit(limit=3, per_seconds=600))
    await desk.customer()
    for _ in range(5):
        assert isinstance(await desk.enter(), Entered)
    for number in range(3):
        assert await desk.enter(login_id=f"guess{number}") == WrongLogin()
    assert await desk.enter() == TooManyTries()
    assert isinstance(await desk.enter(source="203.0.113.8"), Entered)


@pytest.mark.requirement("SEC-02")
async def test_a_flood_is_turned_away_before_anything_is_counted(desk: Desk) -> None:
    """While enough waits to be hashed nobody new is taken on, and no try is counted."""
    await desk.customer()
    desk.hasher._most_waiting = 0
    assert [await desk.enter("wrong99x") for _ in range(9)] == [TooManyTries()] * 9
    desk.hasher._most_waiting = 1
    assert isinstance(await desk.enter(), Entered)


@pytest.mark.requirement("RET-09")
async def test_each_of_the_three_answers_is_right_for_its_question(desk: Desk) -> None:
    """The answers as chosen are right in any writing, each for its own question only."""
    contract = await desk.customer()
    assert await desk.answer(contract, "しろ", "first-pet") == AnswerRight()
    assert await desk.answer(contract, "ｶﾚｰ", "favourite-dish") == AnswerRight()
    assert await desk.answer(contract, "カレー", "first-pet") == AnswerWrong()
    assert await desk.answer(contract, "カレー", "never-chosen") == AnswerWrong()


async def test_new_questions_take_the_place_of_the_old(desk: Desk) -> None:
    """After a change the old questions are neither asked nor answered; the order is kept."""
    contract = await desk.customer()
    new = [QuestionAnswer(key, "みほん") for key in ("first-trip", "first-work", "first-pet")]
    async with desk.database.transaction() as tx:
        await desk.sign_in.set_questions(tx, contract, new, desk.now)
        assert await desk.sign_in.question_keys(tx, contract) == tuple(each.key for each in new)
    assert await desk.answer(contract, "シロ", "first-pet") == AnswerWrong()
    assert await desk.answer(contract, "みほん", "first-pet") == AnswerRight()
    assert "シロ" not in repr(replace(new[0], answer="シロ"))
