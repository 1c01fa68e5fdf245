"""Who is let in where, over HTTP: sessions, their end, the way back."""

from datetime import timedelta

import pytest

from madoguchi.kernel.errors import must
from tests.support.retail_world import RetailWorld


@pytest.mark.requirement("RET-09", "RET-11")
async def test_who_logs_in_stands_on_the_top_page(bank: RetailWorld) -> None:
    """The first login of a usual environment asks for nothing more than ID and password."""
    browser = await bank.sign_in(await bank.customer())
    assert browser.path.endswith("/bank/top"), browser.text
    assert "見本太郎" in browser.text


@pytest.mark.requirement("RET-12", "RET-09")
async def test_a_login_leads_back_to_page_and_query(bank: RetailWorld) -> None:
    """What was asked for stands there after the login; a change of language is not made again."""
    customer = await bank.customer()
    browser = await bank.sign_in(customer)
    bank.clock.advance(timedelta(minutes=10).total_seconds())
    asked = "statements?words=%E7%B5%A6%E4%B8%8E&in=1"
    browser.headers = {"accept": "*/*"}  # as of a program that the language is not switched for
    await browser.open(bank.url(f"{asked}&lang=en"))
    await browser.send("go", login_id=customer.login_id, login_password=customer.login_password)
    assert str(must(browser.page).url) == bank.url(asked)


@pytest.mark.requirement("RET-12", "RET-13")
async def test_a_form_that_met_a_dead_session_leads_to_its_screen(bank: RetailWorld) -> None:
    """The form is not sent again by the login: its visit stands where it stood."""
    customer = await bank.customer()
    browser = await bank.sign_in(customer)
    await browser.open(bank.url("contact-change"))
    screen = browser.path
    bank.clock.advance(timedelta(minutes=10).total_seconds())
    await browser.send("go", dm_wanted="yes", confirmation_password=customer.confirmation_password)
    assert "/bank/login/" in browser.path
    await browser.send("go", login_id=customer.login_id, login_password=customer.login_password)
    assert browser.path == screen
    assert browser.screen == "contact"


@pytest.mark.requirement("RET-12")
async def test_idle_sessions_end_and_say_so(bank: RetailWorld) -> None:
    """After the idle time a page leads to the login, which says why, and back after it."""
    customer = await bank.customer()
    browser = await bank.sign_in(customer)
    bank.clock.advance(timedelta(minutes=10).total_seconds())
    await browser.open(bank.url("balances"))
    assert "/bank/login/" in browser.path
    await browser.send("go", login_id=customer.login_id, login_password=customer.login_password)
    assert browser.path.endswith("/bank/balances")
