"""The login as customers and attackers meet it (RET-02, RET-09, RET-14)."""

import re
from datetime import timedelta
from urllib.parse import urlencode

import pytest

from tests.retail.entrance.test_every_login_outcome import answer_to, asked, log_in, stop
from tests.support.retail_world import BASE, RetailWorld


@pytest.mark.requirement("RET-02")
async def test_login_page_has_its_two_sections_and_the_warning(bank: RetailWorld) -> None:
    """The warning on fraud stands above both sections; the id of the screen at the foot."""
    browser = bank.browser()
    await browser.open(bank.url("login"))
    order = [
        browser.text.index(words)
        for words in (
            "不正な取引にご注意ください",
            "初回利用登録がお済みの方",
            "初めてご利用になる方",
            "画面ID: BLI001",
        )
    ]
    assert order == sorted(order)
    assert list(browser.form.fields) == ["csrf", "version", "login_id", "login_password"]


@pytest.mark.requirement("RET-02", "UI-02")
async def test_login_page_speaks_english(bank: RetailWorld) -> None:
    """All of it is there in English."""
    browser = bank.browser("en")
    await browser.open(bank.url("login"))
    assert "If you have registered" in browser.text
    assert not re.search("[ぁ-ん]", browser.text.replace("日本語", ""))


@pytest.mark.requirement("RET-09", "LOCK-02")
async def test_which_was_wrong_is_not_told(bank: RetailWorld) -> None:
    """A wrong ID, a wrong password, a stopped contract's wrong password: one text."""
    customer = await bank.customer()
    stopped = await bank.customer("2345678")
    await stop(bank, stopped)
    said = set()
    for typed in (
        {"login_password": "Wrong1Pass"},
        {"login_id": "nobody99"},
        {"login_id": stopped.login_id, "login_password": "Wrong1Pass"},
    ):
        browser, _ = await log_in(bank, customer, None, **typed)
        said.add(browser.text.partition("受付番号:")[0])
    assert len(said) == 1
    assert "ログインIDまたはログインパスワードに誤りがあります。" in said.pop()


@pytest.mark.requirement("RET-09", "LOCK-01", "LOCK-02")
async def test_unknown_login_ids_lock_like_any_other(bank: RetailWorld) -> None:
    """The fifth try locks, and the page is the same whether or not somebody has the ID."""
    customer = await bank.customer()
    said = set()
    for login_id in (customer.login_id, "nobody99"):
        browser = bank.browser()
        await browser.open(bank.url("login"))
        for _ in range(5):
            await browser.send(login_id=login_id, login_password="Wrong1Pass")
        said.add(browser.text.partition("受付番号:")[0])
    assert len(said) == 1
    text = said.pop()
    assert "R82" in text
    assert "2026年11月21日(土) 0時00分 から、再びログインできます。" in text


@pytest.mark.requirement("LOCK-01")
async def test_the_right_password_does_not_open_a_lock(bank: RetailWorld) -> None:
    """While locked nobody enters; after midnight the right password does."""
    customer = await bank.customer()
    browser = bank.browser()
    await browser.open(bank.url("login"))
    for _ in range(5):
        await browser.send(login_id=customer.login_id, login_password="Wrong1Pass")
    again, _ = await log_in(bank, customer)
    assert again.screen == "locked"
    bank.clock.advance(timedelta(days=1).total_seconds())
    tomorrow, _ = await log_in(bank, customer)
    assert tomorrow.path.endswith("/bank/top")


@pytest.mark.requirement("RET-09")
async def test_the_login_opened_anew_shows_nothing_of_a_try_before(bank: RetailWorld) -> None:
    """The visit's own address keeps its error and the ID; the login's begins with neither."""
    browser = bank.browser()
    await browser.open(bank.url("login"))
    await browser.send(login_id="nobody99", login_password="Wrong1Pass")
    tried = browser.path
    await browser.open(tried)
    assert browser.form.fields["login_id"] == "nobody99"
    assert "誤りがあります" in browser.text
    await browser.open(bank.url("login"))
    assert browser.path != tried
    assert browser.form.fields["login_id"] == ""
    assert "誤りがあります" not in browser.text
    begun = browser.path
    await browser.open(bank.url("login"))
    assert browser.path == begun


@pytest.mark.requirement("RET-09", "RET-14")
async def test_question_stays_the_same_after_a_wrong_answer(bank: RetailWorld) -> None:
    """Nobody draws another question by failing, by reloading, or by the back button."""
    browser, _, customer = await asked(bank)
    first = re.search(r"<dd>(.*?)</dd>", browser.html)
    await browser.send(answer="ちがう")
    again = re.search(r"<dd>(.*?)</dd>", browser.html)
    assert first is not None
    assert again is not None
    assert first[1] == again[1]
    await browser.send(answer=answer_to(browser, customer))
    assert browser.path.endswith("/bank/top")


@pytest.mark.requirement("RET-09")
async def test_answers_can_be_typed_in_japanese(bank: RetailWorld) -> None:
    """The answer is typed in plain sight: masked fields take no Japanese. It is not given back."""
    browser, _, _ = await asked(bank)
    await browser.send(answer="ちがうこたえ")
    field = re.search(r'<input [^>]*name="answer"[^>]*>', browser.html)
    assert field is not None
    assert 'type="text"' in field[0]
    assert "ちがうこたえ" not in browser.html


@pytest.mark.requirement("RET-14")
async def test_known_device_is_not_asked_again(bank: RetailWorld) -> None:
    """Once the question is answered, this browser is usual from then on."""
    browser, _, customer = await asked(bank)
    await browser.send(answer=answer_to(browser, customer))
    assert "__Host-device-9901" in browser.cookies
    again, _ = await log_in(bank, customer, browser)
    assert again.path.endswith("/bank/top")


@pytest.mark.requirement("SEC-01", "RET-09")
async def test_question_screen_lets_nobody_in_by_itself(bank: RetailWorld) -> None:
    """Between password and answer there is no session: every page leads to the login."""
    browser, _, _ = await asked(bank)
    assert "__Host-bank-9901" not in browser.cookies
    await browser.open(bank.url("balances"))
    assert browser.screen == "login"


@pytest.mark.requirement("RET-09", "SEC-01")
async def test_going_back_to_where_one_came_from(bank: RetailWorld) -> None:
    """Whoever asked for a page before he was signed in stands on it afterwards."""
    customer = await bank.customer()
    browser = bank.browser()
    await browser.open(bank.url("balances"))
    assert browser.screen == "login"
    await browser.send(login_id=customer.login_id, login_password=customer.login_password)
    assert browser.path.endswith("/bank/balances")


@pytest.mark.requirement("SEC-01")
@pytest.mark.parametrize(
    "elsewhere",
    ["https://evil.example/", "//evil.example/", "/mihon-shinkin/bank/top", "/\\evil.example"],
)
async def test_login_leads_nowhere_else(bank: RetailWorld, elsewhere: str) -> None:
    """A link to the real login does not lead on to a false page."""
    customer = await bank.customer()
    browser = bank.browser()
    await browser.open(f"{bank.url('login')}?{urlencode({'next': elsewhere})}")
    await browser.send(login_id=customer.login_id, login_password=customer.login_password)
    assert browser.left_for == ""
    assert browser.path.endswith("/sample-shinkumi/bank/top")


@pytest.mark.requirement("RET-12")
@pytest.mark.parametrize(
    ("why", "said"),
    [
        ("idle", "一定時間操作がなかったため"),
        ("absolute", "ログインから一定時間が過ぎたため"),
        ("replaced", "別の画面または端末でログインされたため"),
        ("logged-out", "ログアウトしました。ご利用ありがとうございました。"),
        ("stopped", "ご利用を停止しているため"),
    ],
)
async def test_login_page_says_why_one_is_here_again(
    bank: RetailWorld, why: str, said: str
) -> None:
    """Each end of a session has its words."""
    browser = bank.browser()
    await browser.open(f"{bank.url('login')}?why={why}")
    assert said in browser.text


@pytest.mark.requirement("RET-12", "SEC-01")
@pytest.mark.parametrize("why", ["unknown", "<script>", "entrance.fraud.title", ""])
async def test_no_other_words_can_be_put_on_the_login_page(bank: RetailWorld, why: str) -> None:
    """A reason that is none of ours says nothing."""
    browser = bank.browser()
    await browser.open(f"{bank.url('login')}?{urlencode({'why': why})}")
    assert browser.page is not None
    assert browser.page.status_code == 200
    assert 'role="status"' not in browser.html.partition("<form")[0]


@pytest.mark.requirement("RET-12")
async def test_older_session_is_told_who_replaced_it(bank: RetailWorld) -> None:
    """A login elsewhere ends this one, and the login page says so."""
    customer = await bank.customer()
    older = await bank.sign_in(customer)
    newer, _ = await log_in(bank, customer)
    await newer.send(answer=answer_to(newer, customer))
    await older.open(bank.url("top"))
    assert "別の画面または端末でログインされたため" in older.text


@pytest.mark.requirement("RET-06", "RET-09")
async def test_first_login_leads_to_its_own_screens(bank: RetailWorld) -> None:
    """Before the first login is finished nothing else can be reached."""
    customer = await bank.customer(state="first-login")
    browser, _ = await log_in(bank, customer)
    assert "/bank/first-login/" in browser.path
    await browser.open(bank.url("balances"))
    assert "/bank/first-login/" in browser.path


@pytest.mark.requirement("RET-13")
async def test_back_after_the_login_leads_in_again(bank: RetailWorld) -> None:
    """The browser's back button to the login page leads to the top page, and posts nothing."""
    customer = await bank.customer()
    browser = bank.browser()
    await browser.open(bank.url("login"))
    login_page = browser.path
    fields = browser.filled_in(login_id=customer.login_id, login_password=customer.login_password)
    await browser.submit(fields)
    await browser.open(f"{BASE}{login_page}")
    assert browser.path.endswith("/bank/top")
    await browser.submit(fields, login_page)
    await browser.open(bank.url("top"))
    assert browser.path.endswith("/bank/top")


@pytest.mark.requirement("RET-09")
async def test_login_id_is_the_same_in_any_letters(bank: RetailWorld) -> None:
    """Capitals and full-width letters of the ID make no difference."""
    customer = await bank.customer()
    browser, _ = await log_in(bank, customer, login_id="ＭＩＨＯＮ34567")
    assert browser.path.endswith("/bank/top")


@pytest.mark.requirement("SEC-01")
async def test_password_is_never_given_back(bank: RetailWorld) -> None:
    """After a wrong try the ID stays as typed, and the password is nowhere on the page."""
    browser, _ = await log_in(bank, await bank.customer(), login_password="Wrong1Pass")
    assert browser.form.fields["login_id"] == "mihon34567"
    assert "Wrong1Pass" not in browser.html
