"""Registered data changed over HTTP, and what somebody in a taken-over session would try."""

import pytest

from madoguchi.notices import Sender
from madoguchi.notices.rendering import NoticeTemplates
from madoguchi.sign_in import Secret
from tests.retail.registered_data.conftest import (
    NEW_ADDRESS,
    OLD_ADDRESS,
    QUESTIONS,
    DataWalk,
)
from tests.support.bank_walk import events
from tests.support.retail_world import CONFIRMATION_PASSWORD, LOGIN_PASSWORD, RetailWorld

SENDER = Sender(
    "9901", "サンプル信用組合", "Sample Shinkumi", "oshirase@example.jp", "0120-000-101"
)


@pytest.mark.requirement("RET-28", "RET-31")
async def test_a_confirmed_address_is_changed_by_codes_to_both(walk: DataWalk) -> None:
    """First the old address proves itself, then the new one; both are told, and it is confirmed."""
    await walk.confirm_address()
    await walk.change_address()
    assert walk.screen == "old-code"
    assert walk.codes[-1][0].to == OLD_ADDRESS
    await walk.type_code()
    assert walk.screen == "new-code"
    assert walk.codes[-1][0].to == NEW_ADDRESS
    assert all(OLD_ADDRESS not in value for _, value in walk.codes[-1][0].facts)
    await walk.type_code()
    assert walk.screen == "mail-changed"
    contract = await walk.contract()
    assert (contract.email, contract.email_confirmed) == (NEW_ADDRESS, True)
    assert await walk.told(OLD_ADDRESS) == ["email-changed-old"]
    assert await walk.told(NEW_ADDRESS) == ["email-changed-new"]
    assert len(await events(walk.bank, "contract:email-changed")) == 1


@pytest.mark.requirement("RET-28")
async def test_the_address_of_the_first_login_is_confirmed(walk: DataWalk) -> None:
    """From the task on the top page to the end; then there is nothing to confirm any more."""
    await walk.open("top")
    await walk.browser.open(walk.browser.link("メールアドレスを確認する"))
    assert "画面ID: BRG010" in walk.text
    await walk.browser.open(walk.browser.link("メールアドレスを確認する"))
    await walk.send()
    await walk.type_code()
    assert walk.screen == "mail-confirmed"
    assert (await walk.contract()).email_confirmed
    await walk.open("mail-confirmation")
    assert walk.screen == "registered-data"
    assert "（確認済み）" in walk.text


@pytest.mark.requirement("RET-28")
async def test_what_is_registered_is_shown_with_nothing_secret(walk: DataWalk) -> None:
    """The address is masked, answers are nowhere; phone, wishes and questions are there."""
    await walk.open("registered-data")
    for text in ("m***@example.jp", "09000001234", "希望しない", "最初に通った小学校の名前は"):
        assert text in walk.text, walk.text
    assert OLD_ADDRESS not in walk.browser.html
    assert "見本小学校" not in walk.browser.html


@pytest.mark.requirement("RET-28", "RET-18")
async def test_a_code_for_another_address_is_worth_nothing(walk: DataWalk) -> None:
    """The code for address A does not register B, in the same visit or another, nor twice."""
    await walk.change_address("a@example.jp")
    first = walk.code
    await walk.send("back")
    await walk.send(
        email="b@example.jp", email_again="b@example.jp",
        confirmation_password=CONFIRMATION_PASSWORD,
    )  # fmt: skip
    await walk.type_code(first if first != walk.code else walk.wrong_code())
    assert walk.screen == "new-code"
    other = walk.in_another_tab()
    assert isinstance(other, DataWalk)
    await other.change_address("c@example.jp")
    stolen = walk.codes[-1][1]
    await walk.type_code(stolen)
    assert walk.screen == "new-code"
    assert (await walk.contract()).email == OLD_ADDRESS
    await other.type_code(stolen)
    assert (await walk.contract()).email == "c@example.jp"
    await walk.type_code(stolen)
    assert (await walk.contract()).email == "c@example.jp"


@pytest.mark.requirement("RET-28", "LOCK-01")
async def test_nothing_is_mailed_before_the_password(walk: DataWalk) -> None:
    """A wrong password mails no code to whatever address; too many lock, on every way."""
    for _ in range(walk.bank.institution.retail.confirmation_failures_limit):
        await walk.change_address(confirmation_password="Wrong1234")
    assert walk.screen == "locked"
    assert walk.codes == []
    await walk.change_passwords(new_login="Atarashi7x")
    assert walk.screen == "locked"
    assert await walk.told(NEW_ADDRESS) == []


@pytest.mark.requirement("RET-28", "RET-07", "RET-31", "SEC-01")
async def test_new_passwords_end_other_sessions_and_renew_this_one(walk: DataWalk) -> None:
    """The old secret of the cookie is dead, so is another session; this one goes on; mailed."""
    walk.bank.configure(retail={"one_session": False})
    walk.browser = await walk.bank.sign_in(walk.customer, walk.browser)
    other = await walk.bank.sign_in(walk.customer, walk.browser.copy())
    stolen = walk.browser.copy()
    await walk.change_passwords(new_login="Atarashi7x", new_confirmation="Betsuno8y")
    assert walk.screen == "passwords-changed", walk.text
    for dead in (other, stolen):
        await dead.open(walk.bank.url("balances"))
        assert dead.screen == "login"
    await walk.open("balances")
    assert walk.screen == "balances"
    assert "password-changed" in await walk.told(OLD_ADDRESS)
    sign_in, contract = walk.bank.runtime.banking.sign_in, await walk.contract()
    async with walk.bank.database.transaction() as tx:
        for secret, text, right in (
            (Secret.LOGIN_PASSWORD, "Atarashi7x", True),
            (Secret.LOGIN_PASSWORD, LOGIN_PASSWORD, False),
            (Secret.CONFIRMATION_PASSWORD, "Betsuno8y", True),
            (Secret.CONFIRMATION_PASSWORD, CONFIRMATION_PASSWORD, False),
        ):
            found = await sign_in.matches_secret(
                tx, walk.bank.code, contract, secret, text, walk.bank.clock.now()
            )
            assert found is right, (secret, text)


@pytest.mark.requirement("RET-07", "RET-28")
@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ({"new_login": LOGIN_PASSWORD}, "異なる"),
        ({"new_login": CONFIRMATION_PASSWORD}, "異なる"),
        ({"new_login": "Abc1"}, "6文字以上"),
        ({"new_login": "mihon34567"}, "ログインID"),
        ({"new_confirmation": "password1"}, "よく使われ"),
        ({"new_login": "Onaji77x", "new_confirmation": "Onaji77x"}, "異なる"),
        ({"new_login": "Atarashi7x", "new_login_again": "Chigau8y"}, "一致しません"),
        ({}, "新しいパスワードが入力されていません"),
        ({"new_login": "Atarashi7x", "current_confirmation": "Wrong1234"}, "誤りがあります"),
        ({"new_confirmation": "Betsuno8y", "current_login": "Wrong1234"}, "誤りがあります"),
    ],
)
async def test_a_password_that_cannot_be_is_told_precisely(
    typed: dict[str, str], says: str, walk: DataWalk
) -> None:
    """Each rule has its own words, and nothing is changed."""
    await walk.change_passwords(**typed)
    assert walk.screen == "passwords"
    assert says in walk.text, walk.text[:900]
    assert await walk.told(OLD_ADDRESS) == []


@pytest.mark.requirement("RET-28", "RET-31")
async def test_questions_are_changed_by_both_proofs(walk: DataWalk) -> None:
    """The mail of the code names the questions and no answer; then the old answers are wrong."""
    await walk.to_questions()
    facts = walk.codes[-1][0].facts
    assert len(facts) == 3
    assert not any(QUESTIONS[f"answer_{n}"] in value for n in (1, 2, 3) for _, value in facts)
    await walk.confirm(confirmation_password=LOGIN_PASSWORD)
    assert walk.screen == "confirm"
    await walk.confirm()
    assert walk.screen == "questions-changed"
    contract = await walk.contract()
    async with walk.bank.database.transaction() as tx:
        keys = await walk.bank.runtime.banking.sign_in.question_keys(tx, contract)
    assert keys == ("favourite-dish", "first-pet", "first-school")
    assert await walk.told(OLD_ADDRESS) == ["questions-changed"]


@pytest.mark.requirement("LOCK-03", "RET-31")
async def test_a_dead_code_is_logged_and_mailed_once(walk: DataWalk) -> None:
    """The fifth wrong code kills it: that is told once, however often it is tried afterwards."""
    await walk.to_questions()
    for _ in range(7):
        await walk.confirm(code=walk.wrong_code())
    assert "使えなくなりました" in walk.text
    (locked,) = await events(walk.bank, "bank:code-locked")
    assert locked["detail"] == {"purpose": "questions"}
    assert await walk.told(OLD_ADDRESS) == ["code-locked"]


@pytest.mark.requirement("RET-28", "RET-31")
async def test_contact_and_language_are_changed_and_mailed(walk: DataWalk) -> None:
    """The mail comes in the language chosen, and names what changed."""
    await walk.open("contact-change")
    await walk.confirm(contact_phone="０３-0000-9876", dm_wanted="yes", language="en")
    assert walk.screen == "contact-changed", walk.text
    contract = await walk.contract()
    assert (contract.contact_phone, contract.dm_wanted, contract.language) == (
        "0300009876", True, "en",
    )  # fmt: skip
    assert await walk.told(OLD_ADDRESS) == ["contact-changed"]
    await walk.open("contact-change")
    await walk.confirm(contact_phone="")
    assert (await walk.contract()).contact_phone is None


@pytest.mark.requirement("RET-28", "SEC-01")
async def test_a_change_takes_its_own_form_only(bank: RetailWorld, walk: DataWalk) -> None:
    """A forged token, and somebody else's session in the right form, change nothing."""
    await walk.open("contact-change")
    fields = walk.browser.filled_in(
        "go", dm_wanted="yes", confirmation_password=CONFIRMATION_PASSWORD
    )
    assert (await walk.browser.submit({**fields, "csrf": "x"})).status_code == 403
    thief = await bank.sign_in(await bank.customer("6789012"))
    assert (await thief.submit(fields, walk.browser.form.action)).status_code == 404
    assert not (await walk.contract()).dm_wanted


@pytest.mark.requirement("RET-31")
@pytest.mark.parametrize("language", ["ja", "en"])
@pytest.mark.parametrize(
    ("template", "values"),
    [
        ("email-changed-old", {"at": "A1", "email": "a***@example.jp"}),
        ("email-changed-new", {"at": "A1"}),
        ("password-changed", {"at": "A1", "what": ("W1", "W2")}),
        ("questions-changed", {"at": "A1"}),
        ("code-locked", {"at": "A1"}),
        ("contact-changed", {"at": "A1", "changes": ("C1", "C2")}),
        ("consent-revoked", {"at": "A1", "app": "APP"}),
    ],
)
def test_mails_say_all_and_what_to_do(
    template: str, values: dict[str, str | tuple[str, ...]], language: str
) -> None:
    """Text and HTML hold every value, the number to call, and no place left unfilled."""
    said = NoticeTemplates().render(template, language, SENDER, values)
    for body in (said.text, said.html):
        for value in values.values():
            for each in (value,) if isinstance(value, str) else value:
                assert each in body
        assert "0120-000-101" in body
        assert "{{" not in body
        assert "{%" not in body
    assert said.subject.strip()
