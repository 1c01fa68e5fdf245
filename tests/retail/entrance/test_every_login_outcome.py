"""Every outcome in the table of the login is produced, and leads where the table says."""

from collections.abc import Awaitable, Callable

import pytest

from madoguchi.retail.entrance import ENTRANCE
from madoguchi.sign_in import Secret
from tests.support.bank_walk import last_step, visit_of
from tests.support.html_browser import HtmlBrowser
from tests.support.retail_world import Customer, RetailWorld

Scene = Callable[[RetailWorld], Awaitable[tuple[HtmlBrowser, str]]]
PAIRS = [
    (screen.name, outcome.__name__) for screen in ENTRANCE.screens for outcome in screen.outcomes
]
WAYS = {
    ("login", "Proceed"): "question",
    ("login", "Again"): "login",
    ("login", "Unasked"): "entered",
    ("login", "Locked"): "locked",
    ("login", "Stopped"): "stopped",
    ("question", "Proceed"): "entered",
    ("question", "Again"): "question",
    ("question", "Anew"): "login",
    ("question", "Locked"): "locked",
    ("question", "Stopped"): "stopped",
}


async def log_in(
    bank: RetailWorld, customer: Customer, browser: HtmlBrowser | None = None, **typed: str
) -> tuple[HtmlBrowser, str]:
    """Type ID and password at a fresh login page; return the browser and the visit."""
    browser = browser or bank.browser()
    await browser.open(bank.url("login"))
    visit = visit_of(browser)
    usual = {"login_id": customer.login_id, "login_password": customer.login_password}
    await browser.send(**{**usual, **typed})
    return browser, visit


async def stop(bank: RetailWorld, customer: Customer) -> None:
    """Have staff stop the contract."""
    async with bank.database.transaction() as tx:
        await bank.runtime.banking.customers.stop(
            tx, customer.contract, reason="test", by="staff-1", now=bank.clock.now()
        )


async def asked(bank: RetailWorld) -> tuple[HtmlBrowser, str, Customer]:
    """Come from a device that is not known: a question is asked."""
    customer = await bank.customer()
    await bank.sign_in(customer)
    browser, visit = await log_in(bank, customer)
    return browser, visit, customer


def answer_to(browser: HtmlBrowser, customer: Customer) -> str:
    """Return the right answer to the question that is shown."""
    known = {
        "小学校": customer.answers["first-school"],
        "生き物": customer.answers["first-pet"],
        "料理": customer.answers["favourite-dish"],
    }
    return next(answer for word, answer in known.items() if word in browser.text)


async def a_question(bank: RetailWorld) -> tuple[HtmlBrowser, str]:
    """An unknown device."""
    return (await asked(bank))[:2]


async def no_question(bank: RetailWorld) -> tuple[HtmlBrowser, str]:
    """The first login of all."""
    return await log_in(bank, await bank.customer())


async def wrong_password(bank: RetailWorld) -> tuple[HtmlBrowser, str]:
    """A wrong password."""
    return await log_in(bank, await bank.customer(), login_password="Wrong1Pass")


async def five_wrong_passwords(bank: RetailWorld) -> tuple[HtmlBrowser, str]:
    """The fifth wrong password locks."""
    browser, visit = await wrong_password(bank)
    for _ in range(4):
        await browser.send(login_id="mihon34567", login_password="Wrong1Pass")
    return browser, visit


async def stopped_contract(bank: RetailWorld) -> tuple[HtmlBrowser, str]:
    """The right password of a contract that staff have stopped."""
    customer = await bank.customer()
    await stop(bank, customer)
    return await log_in(bank, customer)


async def right_answer(bank: RetailWorld) -> tuple[HtmlBrowser, str]:
    """The right answer."""
    browser, visit, customer = await asked(bank)
    await browser.send(answer=answer_to(browser, customer))
    return browser, visit


async def wrong_answer(bank: RetailWorld) -> tuple[HtmlBrowser, str]:
    """A wrong answer."""
    browser, visit, _ = await asked(bank)
    await browser.send(answer="ちがう")
    return browser, visit


async def three_wrong_answers(bank: RetailWorld) -> tuple[HtmlBrowser, str]:
    """The third wrong answer locks."""
    browser, visit = await wrong_answer(bank)
    for _ in range(2):
        await browser.send(answer="ちがう")
    return browser, visit


async def changed_at_the_question(bank: RetailWorld) -> tuple[HtmlBrowser, str]:
    """The customer changes his password elsewhere while the question is shown."""
    browser, visit, customer = await asked(bank)
    bank.clock.advance(1)
    async with bank.database.transaction() as tx:
        await bank.runtime.banking.sign_in.set_secret(
            tx, customer.contract, Secret.LOGIN_PASSWORD, "Sakura77Gate",
            provisional_until=None, now=bank.clock.now(),
        )  # fmt: skip
    await browser.send(answer=answer_to(browser, customer))
    assert "ログインパスワードが変更されました" in browser.text
    assert "__Host-bank-9901" not in browser.cookies
    return browser, visit


async def stopped_at_the_question(bank: RetailWorld) -> tuple[HtmlBrowser, str]:
    """Staff stop the contract while the question is shown."""
    browser, visit, customer = await asked(bank)
    await stop(bank, customer)
    await browser.send(answer=answer_to(browser, customer))
    return browser, visit


SCENES: dict[tuple[str, str], Scene] = {
    ("login", "Proceed"): a_question,
    ("login", "Again"): wrong_password,
    ("login", "Unasked"): no_question,
    ("login", "Locked"): five_wrong_passwords,
    ("login", "Stopped"): stopped_contract,
    ("question", "Proceed"): right_answer,
    ("question", "Again"): wrong_answer,
    ("question", "Locked"): three_wrong_answers,
    ("question", "Anew"): changed_at_the_question,
    ("question", "Stopped"): stopped_at_the_question,
}


def test_every_pair_of_the_login_has_its_scene() -> None:
    """The scenes are the table's pairs, no more and no less."""
    assert set(SCENES) == set(WAYS) == set(PAIRS)


@pytest.mark.requirement("RET-09", "RET-14")
@pytest.mark.parametrize(("screen", "outcome"), PAIRS)
async def test_each_login_outcome_leads_where_it_should(
    screen: str, outcome: str, bank: RetailWorld
) -> None:
    """Each pair of the table is played over HTTP, and ends on the screen meant for it."""
    browser, visit = await SCENES[screen, outcome](bank)
    way = WAYS[screen, outcome]
    assert await last_step(bank, visit) == (screen, outcome, way)
    assert browser.screen == ("top" if way == "entered" else way), browser.text
