"""Every outcome in the table of the first login is produced, and leads where the table says."""

from collections.abc import Awaitable, Callable

import pytest

from madoguchi.customers import Contract, ContractState
from madoguchi.kernel.errors import must
from madoguchi.retail.first_login import FIRST_LOGIN
from madoguchi.sign_in import Made
from tests.support.bank_walk import last_step, visit_of
from tests.support.html_browser import HtmlBrowser
from tests.support.retail_world import (
    CONFIRMATION_PASSWORD,
    LOGIN_PASSWORD,
    Customer,
    RetailWorld,
)

Scene = Callable[[RetailWorld], Awaitable[HtmlBrowser]]
QUESTIONS = {
    "question_1": "first-school",
    "answer_1": "見本小学校",
    "question_2": "first-trip",
    "answer_2": "はこね",
    "question_3": "favourite-dish",
    "answer_3": "カレー",
    "noted": "1",
}
PASSWORDS = {
    "current_login": LOGIN_PASSWORD,
    "new_login": "Sakura77Gate",
    "new_login_again": "Sakura77Gate",
    "current_confirmation": CONFIRMATION_PASSWORD,
    "new_confirmation": "Kaede88Lock",
    "new_confirmation_again": "Kaede88Lock",
}
WRONG_PASSWORDS = {**PASSWORDS, "current_confirmation": "Wrong1Pass"}
DATA = {
    "email": "taro@example.jp",
    "email_again": "taro@example.jp",
    "dm_wanted": "no",
    "contact_phone": "090-0000-1234",
}
CHECK = {"confirmation_password": "Kaede88Lock"}
FORMS = {"questions": QUESTIONS, "passwords": PASSWORDS, "data": DATA, "check": CHECK, "done": {}}
PAIRS = [
    (screen.name, outcome.__name__) for screen in FIRST_LOGIN.screens for outcome in screen.outcomes
]
WAYS = {
    ("questions", "Proceed"): "passwords",
    ("questions", "Again"): "questions",
    ("questions", "Finished"): "done",
    ("passwords", "Proceed"): "data",
    ("passwords", "Again"): "passwords",
    ("passwords", "Finished"): "done",
    ("passwords", "Locked"): "locked",
    ("data", "Proceed"): "check",
    ("data", "Finished"): "done",
    ("check", "Proceed"): "done",
    ("check", "Again"): "check",
    ("check", "Correct"): "data",
    ("check", "Finished"): "done",
    ("check", "Locked"): "locked",
    ("done", "Proceed"): "finished",
    ("data", "NewByPost"): "passwords",
    ("check", "NewByPost"): "passwords",
    ("done", "NewByPost"): "passwords",
}


async def come(bank: RetailWorld) -> HtmlBrowser:
    """Log in for the first time."""
    return await bank.sign_in(await bank.customer(state="first-login"))


async def walk(browser: HtmlBrowser, to: str) -> HtmlBrowser:
    """Do every screen rightly from where the browser stands up to the one named."""
    while browser.screen != to:
        await browser.send("go", **FORMS[browser.screen])
    return browser


async def rightly(bank: RetailWorld, screen: str) -> HtmlBrowser:
    """Do a screen rightly."""
    browser = await walk(await come(bank), screen)
    await browser.send("go", **FORMS[screen])
    return browser


async def finished_elsewhere(bank: RetailWorld, screen: str) -> HtmlBrowser:
    """Another window finishes while this screen is shown, and stays on its last screen."""
    browser = await walk(await come(bank), screen)
    other = browser.copy()
    await other.open(bank.url("first-login"))
    await walk(other, "done")
    await browser.send("go", **FORMS[screen])
    return browser


async def unknown_question(bank: RetailWorld) -> HtmlBrowser:
    """A question that the institution does not offer."""
    browser = await come(bank)
    await browser.send(**{**QUESTIONS, "question_2": "mothers-name"})
    return browser


async def wrong_current_password(bank: RetailWorld) -> HtmlBrowser:
    """One current password is wrong."""
    browser = await walk(await come(bank), "passwords")
    await browser.send(**WRONG_PASSWORDS)
    return browser


async def wrong_current_passwords(bank: RetailWorld) -> HtmlBrowser:
    """The fifth wrong one locks."""
    browser = await wrong_current_password(bank)
    for _ in range(4):
        await browser.send(**WRONG_PASSWORDS)
    return browser


async def wrong_at_the_check(bank: RetailWorld) -> HtmlBrowser:
    """A wrong confirmation password."""
    browser = await walk(await come(bank), "check")
    await browser.send(confirmation_password=CONFIRMATION_PASSWORD)
    return browser


async def often_wrong_at_the_check(bank: RetailWorld) -> HtmlBrowser:
    """The fifth wrong one locks."""
    browser = await wrong_at_the_check(bank)
    for _ in range(4):
        await browser.send(confirmation_password=CONFIRMATION_PASSWORD)
    return browser


async def corrected(bank: RetailWorld) -> HtmlBrowser:
    """修正する."""
    browser = await walk(await come(bank), "check")
    await browser.send("correct")
    return browser


async def contract(bank: RetailWorld) -> Contract:
    """Return the one contract there is, as it stands."""
    async with bank.database.transaction() as tx:
        found = await bank.runtime.banking.customers.find_by_login_id(tx, bank.code, "mihon34567")
    return must(found)


async def reissue(bank: RetailWorld) -> Made:
    """Have the branch give new provisional passwords."""
    bank.clock.advance(1)
    async with bank.database.transaction() as tx:
        made = await bank.runtime.banking.contracts.reissue(
            tx, bank.institution, bank.runtime.core, bank._call(), (await contract(bank)).id,
            reason="letter-lost", by="staff-1", now=bank.clock.now(),
        )  # fmt: skip
    assert isinstance(made, Made)
    return made


async def log_in_again(bank: RetailWorld, browser: HtmlBrowser, made: Made) -> None:
    """Log in with the passwords of the new letter, in a window beside the one that is open."""
    beside = browser.copy()
    await bank.sign_in(Customer(made.contract, "mihon34567", made.login_password), beside)
    if beside.screen == "question":
        await beside.send(answer=answer_in(beside))
    assert "/first-login/" in beside.path, beside.text
    browser.cookies = beside.cookies


def answer_in(browser: HtmlBrowser) -> str:
    """Return the right answer to the question that is shown."""
    answers = (("小学校", "answer_1"), ("旅行", "answer_2"), ("料理", "answer_3"))
    return next(QUESTIONS[name] for word, name in answers if word in browser.text)


async def new_passwords_by_post(bank: RetailWorld, screen: str) -> HtmlBrowser:
    """Staff send new passwords while this screen is shown; it opens nothing before their change."""
    browser = await walk(await come(bank), screen)
    made = await reissue(bank)
    await log_in_again(bank, browser, made)
    form = {"data": DATA, "check": {"confirmation_password": made.confirmation_password}}
    await browser.send("go", **form.get(screen, {}))
    assert "新しいパスワードが発行されました" in browser.text
    assert (await contract(bank)).state is ContractState.FIRST_LOGIN
    beside = browser.copy()
    await beside.open(bank.url("balances"))
    assert "/first-login/" in beside.path
    return browser


SCENES: dict[tuple[str, str], Scene] = {
    ("questions", "Again"): unknown_question,
    ("passwords", "Again"): wrong_current_password,
    ("passwords", "Locked"): wrong_current_passwords,
    ("check", "Again"): wrong_at_the_check,
    ("check", "Correct"): corrected,
    ("check", "Locked"): often_wrong_at_the_check,
}
for each in FORMS:
    SCENES[each, "Proceed"] = lambda bank, screen=each: rightly(bank, screen)  # type: ignore[misc]
for each in ("questions", "passwords", "data", "check"):
    SCENES[each, "Finished"] = lambda bank, screen=each: finished_elsewhere(bank, screen)  # type: ignore[misc]
for each in ("data", "check", "done"):
    SCENES[each, "NewByPost"] = lambda bank, screen=each: new_passwords_by_post(bank, screen)  # type: ignore[misc]


def test_every_pair_of_the_first_login_has_its_scene() -> None:
    """The scenes are the table's pairs, no more and no less."""
    assert set(SCENES) == set(WAYS) == set(PAIRS)


@pytest.mark.requirement("RET-06", "RET-07")
@pytest.mark.parametrize(("screen", "outcome"), PAIRS)
async def test_each_first_login_outcome_leads_where_it_should(
    screen: str, outcome: str, bank: RetailWorld
) -> None:
    """Each pair of the table is played over HTTP, and ends on the screen meant for it."""
    browser = await SCENES[screen, outcome](bank)
    way = WAYS[screen, outcome]
    if way == "finished":
        assert browser.path.endswith("/bank/top"), browser.text
        return
    assert browser.screen == way, browser.text
    assert await last_step(bank, visit_of(browser)) == (screen, outcome, way)
