"""Logins and sessions attacked over two web processes on one database."""

import asyncio
import re
import secrets
from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.support.demo_bank import DemoBank
from tests.support.demo_customer import DemoCustomer, forget_tries
from tests.support.html_browser import HtmlBrowser

LIMIT = 5
WRONG = "Wrong2Word"
JUDGED = """
SELECT count(*) FROM operations_log_entries
WHERE event = 'sign-in:password' AND subject = $1 AND at >= $2 AND reason = $3"""
LIVE = """
SELECT count(*) FROM sign_in_session
WHERE institution = $1 AND contract_id = $2 AND ended_at IS NULL"""
FIRST_LOGIN = {
    "questions": {
        "question_1": "first-school", "answer_1": "れいほく", "question_2": "first-trip",
        "answer_2": "はこね", "question_3": "favourite-dish", "answer_3": "そば", "noted": "1",
    },
    "data": {
        "email": "yae@example.jp", "email_again": "yae@example.jp", "dm_wanted": "no",
        "contact_phone": "090-0000-1234",
    },
}  # fmt: skip
NEW = {"login": "Sakura77Gate", "confirmation": "Kaede88Lock"}


@pytest.fixture
async def fresh(bank: DemoBank) -> AsyncIterator[DemoBank]:
    """The running demo, no lock and no limit reached, before and after."""
    await forget_tries(bank)
    yield bank
    await forget_tries(bank)


async def is_in(browser: HtmlBrowser, customer: DemoCustomer, secret: str = "") -> bool:
    """Tell whether the browser's session, or the one of a secret, opens the top page."""
    copy = browser.copy()
    if secret:
        copy.cookies = {f"__Host-bank-{customer.code}": secret}
    answer = await copy.request("GET", f"{customer.url}top")
    assert answer.status_code in (200, 303)
    return answer.status_code == 200


# ── login ────────────────────────────────────────────────────────────────────


@pytest.mark.requirement("RET-09", "LOCK-01", "LOCK-03")
async def test_wrong_passwords_at_once_are_compared_up_to_the_limit(
    fresh: DemoBank, second: str
) -> None:
    """Six wrong passwords at each process at once: five are compared, one lock, one mail.

    The lock then holds at both processes, against the right password.
    """
    customer = await DemoCustomer.of(fresh, "reisaburo3")
    customer.read_mails()
    began = fresh.now()
    tries = [fresh.browser(base) for base in (fresh.demo.home, second) * 6]
    for browser in tries:
        await browser.open(f"{customer.url}login")
    typed = {"login_id": customer.known["login_id"].upper(), "login_password": WRONG}
    await asyncio.gather(*(browser.send("go", **typed) for browser in tries))
    told = [browser.screen for browser in tries]
    assert told.count("locked") == 12 - (LIMIT - 1), told
    compared = await fresh.count(JUDGED, customer.contract, began, "wrong")
    assert compared == LIMIT
    assert await customer.mails("お手続きを停止しました") == 1
    for base in (fresh.demo.home, second):
        customer.browser = fresh.browser(base)
        await customer.enter()
        assert customer.screen == "locked"
        assert not customer.session


@pytest.mark.requirement("LOCK-01", "LOCK-02", "RET-09")
async def test_the_lock_holds_where_apps_are_linked(fresh: DemoBank, second: str) -> None:
    """Locked out of internet banking, the right password opens no link to an app either.

    And the other way round: wrong tries there lock here; another institution is untouched.
    """
    customer = await DemoCustomer.of(fresh, "reisaburo3", code="9902", base=second)
    for _ in range(3):
        await customer.enter(WRONG)
    assert customer.screen == "locked"
    app = fresh.app(institution="9902")
    await app.discover()
    browser = fresh.browser()
    await browser.open(await app.pushed_url())
    assert browser.screen == "login", browser.text[:300]
    await browser.send(
        "go",
        login_id=customer.known["login_id"],
        login_password=customer.known["login_password"],
    )
    assert browser.screen == "login-locked", browser.text[:300]
    same_person = await DemoCustomer.come(fresh, "reisaburo3", base=second)
    assert same_person.session


@pytest.mark.requirement("LOCK-02", "RET-03")
async def test_nobodys_login_id_locks_alike_at_the_other_process(
    fresh: DemoBank, second: str
) -> None:
    """An ID that nobody has is locked by as many tries, over both processes, as somebody's."""
    customer = await DemoCustomer.of(fresh)
    customer.known = {**customer.known, "login_id": f"nobody{secrets.randbelow(10**6):06}"}
    told = []
    for number in range(LIMIT + 1):
        customer.browser = fresh.browser((fresh.demo.home, second)[number % 2])
        await customer.enter(WRONG)
        told.append(customer.screen)
    assert told == ["login"] * (LIMIT - 1) + ["locked"] * 2


# ── sessions ─────────────────────────────────────────────────────────────────


@pytest.mark.requirement("RET-12", "SEC-01")
async def test_a_cookie_planted_before_login_is_not_the_sessions(
    fresh: DemoBank, second: str
) -> None:
    """Fixation: neither an invented secret nor the thief's own session becomes the victim's."""
    thief = await DemoCustomer.come(fresh, "reigoro55", base=second)
    for planted in (secrets.token_urlsafe(32), thief.session):
        victim = await DemoCustomer.of(fresh)
        victim.browser.cookies["__Host-bank-9901"] = planted
        await victim.sign_in()
        assert victim.session != planted
        await victim.open("top")
        assert victim.known["account_number"] in victim.text
        thief.browser.cookies["__Host-bank-9901"] = planted
        await thief.open("top")
        assert victim.known["account_number"] not in thief.text


@pytest.mark.requirement("RET-06", "RET-12")
async def test_the_secret_changes_when_the_first_login_is_done(
    fresh: DemoBank, second: str
) -> None:
    """A session at the first login reaches nothing else; done, it has a new secret, not the old."""
    customer = await DemoCustomer.of(fresh, "reiyae88")
    await customer.enter()
    early = customer.session
    assert early
    for path in ("top", "balances", "statements/csv", "transfer", "transfers", "limits"):
        answer = await customer.at(second).request("GET", f"{customer.url}{path}")
        assert answer.headers["location"].endswith("/bank/first-login"), path
    known = customer.known
    passwords = {
        "current_login": known["login_password"], "new_login": NEW["login"],
        "new_login_again": NEW["login"], "current_confirmation": known["confirmation_password"],
        "new_confirmation": NEW["confirmation"], "new_confirmation_again": NEW["confirmation"],
    }  # fmt: skip
    forms: dict[str, dict[str, str]] = {
        **FIRST_LOGIN, "passwords": passwords,
        "check": {"confirmation_password": NEW["confirmation"]}, "done": {},
    }  # fmt: skip
    while customer.screen in forms:
        before = customer.screen
        await customer.send("go", **forms[before])
        assert customer.screen != before, customer.text[:600]
    assert customer.browser.path.endswith("/bank/top")
    assert customer.session != early
    assert await is_in(customer.at(second), customer)
    assert not await is_in(customer.at(second), customer, early)
    assert not await is_in(customer.at(fresh.demo.home), customer, early)


@pytest.mark.requirement("RET-12", "INST-01")
async def test_a_session_is_of_one_institution_and_one_customer(
    fresh: DemoBank, second: str
) -> None:
    """A's secret under B's name opens nothing; nor does a session open another's visit."""
    customer = await DemoCustomer.come(fresh)
    await customer.to_amount()
    other = await DemoCustomer.of(fresh, code="9902")
    foreign = fresh.browser(second)
    foreign.cookies = {"__Host-bank-9902": customer.session}
    assert not await is_in(foreign, other)
    foreign.cookies = {"__Host-bank-9901": customer.session}
    assert not await is_in(foreign, other)
    thief = await DemoCustomer.come(fresh, "reigoro55", base=second)
    stolen = customer.browser.path
    unknown = re.sub(r"/transfer/[^/]+/", f"/transfer/{secrets.token_urlsafe(16)}/", stolen)
    pages = []
    for path in (stolen, unknown):
        answer = await thief.open(path.removeprefix(thief.url))
        pages.append((answer.status_code, thief.text.split("照会番号")[0]))
    assert pages[0][0] == 404
    assert pages[0] == pages[1], "somebody's visit and nobody's are told the same"
    answer = await thief.browser.submit(customer.browser.filled_in(amount="5"), stolen)
    assert answer.status_code == 404


@pytest.mark.requirement("RET-12")
async def test_a_logout_holds_at_both_processes(fresh: DemoBank, second: str) -> None:
    """Logged out at one process, the secret opens nothing at either, and no visit goes on."""
    customer = await DemoCustomer.come(fresh, base=second)
    await customer.to_amount()
    secret, path = customer.session, customer.browser.path
    token = re.search(r'/bank/logout".*?name="csrf" value="([0-9a-f]+)"', customer.browser.html,
                      re.DOTALL)  # fmt: skip
    assert token
    answer = await customer.browser.submit({"csrf": token[1]}, f"{customer.url}logout")
    assert "why=logged-out" in answer.headers["location"]
    assert not customer.session
    for base in (fresh.demo.home, second):
        assert not await is_in(fresh.browser(base), customer, secret)
        ghost = fresh.browser(base)
        ghost.cookies = {"__Host-bank-9901": secret}
        answer = await ghost.request("GET", path)
        assert "/bank/login?why=logged-out" in answer.headers["location"]


@pytest.mark.requirement("RET-12")
async def test_of_logins_at_once_one_session_is_left(fresh: DemoBank, second: str) -> None:
    """Three logins of one customer at once over both processes: one lives, two are told why.

    No more: of answers under way at once only as many are compared as may be wrong.
    """
    people = [
        await DemoCustomer.of(fresh, "mihonsachi5", base=base)
        for base in (fresh.demo.home, second, fresh.demo.home)
    ]
    await asyncio.gather(*(each.sign_in() for each in people))
    assert await fresh.count(LIVE, "9901", people[0].contract) == 1
    alive = [await is_in(each.browser, each) for each in people]
    assert alive.count(True) == 1
    for each, lives in zip(people, alive, strict=True):
        if not lives:
            await each.open("top")
            assert each.screen == "login"
            assert "別" in each.text or "ほか" in each.text


@pytest.mark.requirement("RET-01", "RET-12")
async def test_a_stopped_contract_is_out_at_once(fresh: DemoBank, second: str) -> None:
    """Stopped while a transfer stands at its confirmation: nothing goes on, at either process."""
    customer = await DemoCustomer.come(fresh, "mihonsachi5")
    secret = customer.session
    await set_stopped(fresh, customer, stopped=True)
    try:
        for base in (second, fresh.demo.home):
            assert not await is_in(fresh.browser(base), customer, secret)
            again = fresh.browser(base)
            await again.open(f"{customer.url}login")
            await again.send(
                "go",
                login_id=customer.known["login_id"],
                login_password=customer.known["login_password"],
            )
            assert again.screen == "stopped", again.text[:300]
            assert "__Host-bank-9901" not in again.cookies
    finally:
        await set_stopped(fresh, customer, stopped=False)


async def set_stopped(bank: DemoBank, customer: DemoCustomer, *, stopped: bool) -> None:
    """Stop a contract, or let it go on, as another process would have written it."""
    at = bank.now() if stopped else None
    async with bank.database.transaction() as tx:
        await tx.execute(
            "UPDATE customers_contract SET stopped_at = $2, stop_reason = $3 WHERE id = $1",
            customer.contract, at, "紛失" if stopped else "",
        )  # fmt: skip


# ── what risk is judged by (case 14) ─────────────────────────────────────────

DECISION = """
SELECT score, decision, reasons, device_id, network, place FROM risk_decision
WHERE institution = '9901' AND subject = $1 ORDER BY at DESC LIMIT 1"""


async def judged(bank: DemoBank, base: str, headers: dict[str, str], device: str) -> dict[str, Any]:
    """Log in with headers and a device cookie; return how the risk was judged."""
    customer = await DemoCustomer.of(bank, "reigoro55", base=base)
    customer.browser.headers = headers
    if device:
        customer.browser.cookies["__Host-device-9901"] = device
    await customer.enter()
    [row] = await bank.rows(DECISION, customer.contract)
    return row


@pytest.mark.requirement("RET-14")
async def test_forged_signs_of_a_known_device_lower_no_risk(fresh: DemoBank, second: str) -> None:
    """Forged device cookies, another institution's, false addresses, no headers: as unknown.

    Each is judged as at least as unusual as a browser without any cookie.
    """
    owner = await DemoCustomer.come(fresh, "reigoro55")
    mine = owner.browser.cookies["__Host-device-9901"]
    foreign = await DemoCustomer.come(fresh, "reigoro55", code="9902")
    usual = await judged(fresh, second, {"user-agent": "Sample/1"}, mine)
    none = await judged(fresh, second, {"user-agent": "Sample/1"}, "")
    assert none["score"] > usual["score"]
    assert usual["device_id"]
    flipped = mine[:-1] + ("0" if mine[-1] != "0" else "1")
    forged = {
        "flipped": flipped,
        "other institution's": foreign.browser.cookies["__Host-device-9902"],
        "unsigned": mine.split(".")[0],
        "empty sign": mine.split(".")[0] + ".",
        "swapped": "A" * 22 + "." + mine.split(".")[1],
        "long": mine * 50,
    }
    for what, device in forged.items():
        row = await judged(fresh, second, {"user-agent": "Sample/1"}, device)
        assert row["device_id"] == "", what
        assert row["score"] >= none["score"], what
    lies = {
        "x-forwarded-for": "203.0.113.9", "forwarded": "for=203.0.113.9",
        "x-real-ip": "203.0.113.9", "x-place": "JP-13", "client-cert": ":AAAA:",
    }  # fmt: skip
    row = await judged(fresh, second, {"user-agent": "Sample/1", **lies}, "")
    assert (row["network"], row["place"]) == (none["network"], none["place"])
    assert row["score"] >= none["score"]
    for odd in ({"user-agent": ""}, {"user-agent": "()<>;" * 9}, {"accept-language": ""},
                {"user-agent": "a" * 7000, "accept-language": "ja;q=x" * 300}):  # fmt: skip
        row = await judged(fresh, second, odd, "")
        assert row["score"] >= none["score"], odd
