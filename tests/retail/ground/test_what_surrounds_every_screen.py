"""What surrounds every screen of internet banking: stage, hours, log-out, staying, owners."""

import re
from datetime import UTC, datetime

import pytest

from tests.support.html_browser import HtmlBrowser
from tests.support.retail_world import RetailWorld


def session_csrf(browser: HtmlBrowser) -> str:
    """Return the token of the forms that concern the session, from the page shown."""
    found = re.search(r'data-session-csrf="([0-9a-f]+)"', browser.html)
    assert found
    return found[1]


async def post(bank: RetailWorld, browser: HtmlBrowser, path: str, csrf: str) -> int:
    """Post one of the session's forms; return the status."""
    answer = await browser.submit({"csrf": csrf}, bank.url(path))
    return answer.status_code


@pytest.mark.requirement("RET-12", "SEC-01")
async def test_log_out_ends_the_session_for_good(bank: RetailWorld) -> None:
    """After ログアウト the cookie is gone, and an old copy of it opens nothing."""
    browser = await bank.sign_in(await bank.customer())
    old = browser.copy()
    assert await post(bank, browser, "logout", session_csrf(browser)) == 303
    assert not any(name.startswith("__Host-bank-") for name in browser.cookies)
    await old.open(bank.url("balances"))
    assert "/bank/login/" in old.path
    assert "ログアウトしました" in old.text


@pytest.mark.requirement("SEC-01")
@pytest.mark.parametrize("path", ["logout", "session"])
async def test_forms_of_the_session_need_their_token(path: str, bank: RetailWorld) -> None:
    """Without the token, or with somebody else's, nobody is logged out and no time is won."""
    browser = await bank.sign_in(await bank.customer())
    other = await bank.sign_in(await bank.customer("7890123"))
    for csrf in ("", "00", session_csrf(other)):
        assert await post(bank, browser, path, csrf) == 403
    await browser.open(bank.url("balances"))
    assert browser.path.endswith("/balances")


@pytest.mark.requirement("RET-12")
async def test_one_click_stays_and_asking_does_not(bank: RetailWorld) -> None:
    """Asking how long is left gives no time; the click gives the whole idle time again."""
    browser = await bank.sign_in(await bank.customer())
    csrf = session_csrf(browser)
    bank.clock.advance(9 * 60 + 30)
    asked = await browser.request("GET", bank.url("session"))
    assert asked.json() == {"seconds_left": 30}
    stayed = await browser.submit({"csrf": csrf}, bank.url("session"))
    assert stayed.json() == {"seconds_left": 600}
    bank.clock.advance(599)
    await browser.open(bank.url("balances"))
    assert browser.path.endswith("/balances")
    bank.clock.advance(600)
    assert (await browser.request("GET", bank.url("session"))).status_code == 401


@pytest.mark.requirement("RET-12")
async def test_the_absolute_end_comes_however_busy(bank: RetailWorld) -> None:
    """Input every few minutes keeps a session alive no longer than its absolute limit."""
    bank.configure(retail={"absolute_minutes": 30})
    browser = await bank.sign_in(await bank.customer())
    for _ in range(5):
        bank.clock.advance(5 * 60)
        await browser.open(bank.url("balances"))
        assert browser.path.endswith("/balances")
    bank.clock.advance(5 * 60)
    await browser.open(bank.url("balances"))
    assert "/bank/login/" in browser.path


@pytest.mark.requirement("RET-06")
async def test_before_the_first_login_is_done_nothing_else_opens(bank: RetailWorld) -> None:
    """Whatever is asked for, a session of the first stage stands on its first screen."""
    browser = await bank.sign_in(await bank.customer(state="first-login"))
    for path in ("top", "balances", "transfer", "statements/csv", "settings"):
        await browser.open(bank.url(path))
        assert "/bank/first-login/" in browser.path


@pytest.mark.requirement("RET-32", "HOURS-01")
async def test_a_closed_service_says_when_it_opens(bank: RetailWorld) -> None:
    """Statements close at 23:45 on a business day: the page says so, with 503 and Retry-After."""
    bank.clock.set(datetime(2026, 11, 19, 14, 44, 59, tzinfo=UTC))
    browser = await bank.sign_in(await bank.customer())
    await browser.open(bank.url("statements"))
    assert browser.screen == "statements"
    bank.clock.advance(1)
    answer = await browser.open(bank.url("statements"))
    assert answer.status_code == 503
    assert answer.headers["retry-after"] == str(8 * 3600 + 15 * 60)
    assert "11月20日(金) 8時00分" in browser.text
    await browser.open(bank.url("balances"))
    assert browser.screen == "balances"


@pytest.mark.requirement("INST-02")
async def test_where_it_is_not_offered_there_is_nothing(bank: RetailWorld) -> None:
    """An institution without internet banking answers 404 to every address of it."""
    bank.configure(retail={"offered": False})
    browser = bank.browser()
    for path in ("", "login", "top", "registration", "session", "transfer"):
        assert (await browser.open(bank.url(path))).status_code == 404


@pytest.mark.requirement("RET-13", "LINK-07")
async def test_a_visit_opens_for_its_owner_only(bank: RetailWorld) -> None:
    """The URL of a customer's transfer shows another customer nothing, logged in or not."""
    browser = await bank.sign_in(await bank.customer())
    await browser.open(bank.url("transfer"))
    place = browser.path
    other = await bank.sign_in(await bank.customer("7890123"))
    assert (await other.open(place)).status_code == 404
    assert "残高照会" in other.text
    nobody = bank.browser()
    await nobody.open(place)
    assert "/bank/login/" in nobody.path


@pytest.mark.requirement("RET-12", "RET-13")
async def test_a_visit_goes_on_in_another_browser(bank: RetailWorld) -> None:
    """Logged out by the clock in the middle, the customer signs in elsewhere and stands there."""
    customer = await bank.customer()
    browser = await bank.sign_in(customer)
    await browser.open(bank.url("transfer"))
    place = browser.path
    bank.clock.advance(10 * 60)
    await browser.open(place)
    assert "/bank/login/" in browser.path
    await browser.send("go", login_id=customer.login_id, login_password=customer.login_password)
    assert browser.path == place


@pytest.mark.requirement("RET-12")
async def test_a_newer_login_ends_the_older_and_both_are_told(bank: RetailWorld) -> None:
    """One session per customer: the older browser is told why, the newer that it ended one."""
    customer = await bank.customer()
    older = await bank.sign_in(customer)
    newer = await bank.sign_in(customer, older.copy(cookies={
        name: value for name, value in older.cookies.items() if "device" in name
    }))  # fmt: skip
    assert newer.path.endswith("/top")
    assert "ログインを終了しました" in newer.text
    await older.open(bank.url("balances"))
    assert "/bank/login/" in older.path
    assert "別の" in older.text


@pytest.mark.requirement("SEC-01")
async def test_nothing_of_the_bank_is_kept_by_browsers(bank: RetailWorld) -> None:
    """Every page says no-store, may not be framed, and carries the strict policy."""
    browser = await bank.sign_in(await bank.customer())
    for path in (
        "top",
        "balances",
        "statements",
        "statements/csv",
        "transfer",
        "settings",
        "bills",
    ):
        answer = await browser.open(bank.url(path))
        assert answer.headers["cache-control"] == "no-store", path
        assert answer.headers["x-frame-options"] == "DENY"
        assert "script-src 'self'" in answer.headers["content-security-policy"]


async def test_the_menu_marks_where_one_is(bank: RetailWorld) -> None:
    """The entry of the page, or of the journey's group, is the current one."""
    browser = await bank.sign_in(await bank.customer())
    for path, entry in (("balances", "balances"), ("transfer", "transfer"), ("limits", "settings")):
        await browser.open(bank.url(path))
        assert f'/bank/{entry}" aria-current="page"' in browser.html
