"""Who is let in where, over HTTP: sessions, their end, the way back."""

from datetime import timedelta

import pytest

from tests.support.retail_world import RetailWorld


@pytest.mark.requirement("RET-09", "RET-11")
async def test_who_logs_in_stands_on_the_top_page(bank: RetailWorld) -> None:
    """The first login of a usual environment asks for nothing more than ID and password."""
    browser = await bank.sign_in(await bank.customer())
    assert browser.path.endswith("/bank/top"), browser.text
    assert "見本太郎" in browser.text


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
