"""Every outcome in the table of the registration is produced, and leads where the table says."""

from collections.abc import Awaitable, Callable

import pytest

from madoguchi.retail.registration import REGISTRATION
from tests.support.bank_walk import last_step, visit_of
from tests.support.html_browser import HtmlBrowser
from tests.support.retail_world import CONFIRMATION_PASSWORD, LOGIN_PASSWORD, RetailWorld

Scene = Callable[[RetailWorld], Awaitable[HtmlBrowser]]
CARD = {
    "branch_code": "001",
    "account_kind": "ordinary",
    "account_number": "1234567",
    "login_password": LOGIN_PASSWORD,
    "confirmation_password": CONFIRMATION_PASSWORD,
}
WRONG = {**CARD, "confirmation_password": "Wrong1Pass"}
NEW_ID = {"login_id": "Mihon2026", "login_id_again": "Mihon2026"}
PAIRS = [
    (screen.name, outcome.__name__)
    for screen in REGISTRATION.screens
    for outcome in screen.outcomes
]
WAYS = {
    ("customer-data", "Proceed"): "login-id",
    ("customer-data", "Again"): "customer-data",
    ("customer-data", "Locked"): "locked",
    ("login-id", "Proceed"): "done",
    ("login-id", "Again"): "login-id",
    ("login-id", "NotRegistrable"): "refused",
}


async def come(bank: RetailWorld) -> HtmlBrowser:
    """Open the first screen as somebody whose contract card has come by post."""
    await bank.customer(state="provisional")
    browser = bank.browser()
    await browser.open(bank.url("registration"))
    return browser


async def proved(bank: RetailWorld) -> HtmlBrowser:
    """Type the data rightly."""
    browser = await come(bank)
    await browser.send(**CARD)
    return browser


async def wrong(bank: RetailWorld) -> HtmlBrowser:
    """One of the two passwords is wrong."""
    browser = await come(bank)
    await browser.send(**WRONG)
    return browser


async def wrong_five_times(bank: RetailWorld) -> HtmlBrowser:
    """The fifth wrong try of a day locks."""
    browser = await come(bank)
    for _ in range(5):
        await browser.send(**WRONG)
    return browser


async def chosen(bank: RetailWorld) -> HtmlBrowser:
    """Choose an ID."""
    browser = await proved(bank)
    await browser.send(**NEW_ID)
    return browser


async def taken(bank: RetailWorld) -> HtmlBrowser:
    """Choose an ID that somebody else has, in other letters."""
    await bank.customer("2345678", login_id="mihon2026")
    browser = await proved(bank)
    await browser.send(**NEW_ID)
    return browser


async def chosen_elsewhere(bank: RetailWorld) -> HtmlBrowser:
    """Another window chooses another ID first."""
    browser = await proved(bank)
    other = bank.browser()
    await other.open(bank.url("registration"))
    await other.send(**CARD)
    await other.send(login_id="sooner1", login_id_again="sooner1")
    await browser.send(**NEW_ID)
    return browser


SCENES: dict[tuple[str, str], Scene] = {
    ("customer-data", "Proceed"): proved,
    ("customer-data", "Again"): wrong,
    ("customer-data", "Locked"): wrong_five_times,
    ("login-id", "Proceed"): chosen,
    ("login-id", "Again"): taken,
    ("login-id", "NotRegistrable"): chosen_elsewhere,
}


def test_every_pair_of_the_registration_has_its_scene() -> None:
    """The scenes are the table's pairs, no more and no less."""
    assert set(SCENES) == set(WAYS) == set(PAIRS)


@pytest.mark.requirement("RET-03", "RET-04", "RET-05")
@pytest.mark.parametrize(("screen", "outcome"), PAIRS)
async def test_each_registration_outcome_leads_where_it_should(
    screen: str, outcome: str, bank: RetailWorld
) -> None:
    """Each pair of the table is played over HTTP, and ends on the screen meant for it."""
    browser = await SCENES[screen, outcome](bank)
    way = WAYS[screen, outcome]
    assert browser.screen == way, browser.text
    assert await last_step(bank, visit_of(browser)) == (screen, outcome, way)
