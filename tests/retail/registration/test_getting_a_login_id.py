"""Getting a login ID, as customers and attackers meet it (RET-02 to RET-05)."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from madoguchi.customers import Search
from madoguchi.plumbing.jobs import Worker
from tests.retail.registration.test_every_registration_outcome import (
    CARD,
    NEW_ID,
    WRONG,
    come,
    proved,
)
from tests.support.bank_walk import events, mails
from tests.support.entropy import SeededEntropy
from tests.support.html_browser import HtmlBrowser
from tests.support.retail_world import RetailWorld

UNKNOWN = {**CARD, "account_number": "7654321"}


async def login_ids(bank: RetailWorld) -> list[str | None]:
    """Return the login IDs of all contracts."""
    async with bank.database.transaction() as tx:
        found = await bank.runtime.banking.customers.list_contracts(tx, bank.code, Search())
    return [contract.login_id for contract in found]


async def text_of(bank: RetailWorld, typed: dict[str, str]) -> str:
    """Return what the screen says to what is typed, without what differs by itself."""
    browser = bank.browser()
    await browser.open(bank.url("registration"))
    await browser.send(**typed)
    return browser.text


async def do_jobs(bank: RetailWorld) -> int:
    """Do the jobs that tell of locks; return how many there were."""
    kinds = bank.runtime.banking.kinds(bank.runtime)
    worker = Worker(bank.database, bank.clock, SeededEntropy(2), kinds=kinds, poll_seconds=0.05)
    return await worker.run_due()


@pytest.mark.requirement("RET-02", "RET-03", "RET-04", "RET-05")
async def test_whole_way_from_the_login_page_and_back(bank: RetailWorld) -> None:
    """From 初回利用登録 over both screens to the ID, which then logs in to the first login."""
    customer = await bank.customer(state="provisional")
    browser = bank.browser()
    await browser.open(bank.url("login"))
    await browser.open(browser.link("初回利用登録"))
    assert browser.heading == "ログインID取得（お客様情報入力）"
    await browser.send(**{**CARD, "account_number": "１２３４５６７"})
    assert browser.heading == "ログインID取得（登録情報入力）"
    await browser.send(**NEW_ID)
    assert browser.heading == "ログインID取得（登録完了）"
    assert "Mihon2026" in browser.text
    assert "BLI013" in browser.text
    await browser.open(browser.link("引き続きお客様情報登録を行う"))
    await browser.send(login_id="MIHON2026", login_password=customer.login_password)
    assert "/bank/first-login/" in browser.path, browser.text


@pytest.mark.requirement("RET-03", "LOCK-02")
async def test_nobody_learns_who_has_a_contract(bank: RetailWorld) -> None:
    """Wrong passwords, no contract, a contract that is registered already: one text for all."""
    await bank.customer(state="provisional")
    await bank.customer("2345678")
    registered = {**CARD, "account_number": "2345678", "account_kind": "savings"}
    first = {**CARD, "login_password": "Wrong1Pass"}
    said = [await text_of(bank, typed) for typed in (WRONG, first, UNKNOWN, registered)]
    told = [text.partition("1234567")[0].partition("受付番号:")[0] for text in said]
    assert "入力内容に誤りがあるか、登録のできないご契約です。" in told[0]
    assert len(set(told)) == 1


@pytest.mark.requirement("RET-03", "LOCK-01", "LOCK-02", "LOCK-03")
async def test_unknown_accounts_lock_like_any_other(bank: RetailWorld) -> None:
    """After five tries both say the same; the customer is mailed, and nobody else is."""
    browsers: list[HtmlBrowser] = []
    await bank.customer(state="provisional")
    for typed in (WRONG, {**WRONG, "account_number": "7654321"}):
        browser = bank.browser()
        await browser.open(bank.url("registration"))
        for _ in range(5):
            await browser.send(**typed)
        browsers.append(browser)
    known, unknown = (browser.text.partition("受付番号:")[0] for browser in browsers)
    assert known == unknown
    assert "R81" in known
    assert "2026年11月21日" in known
    locked = await events(bank, "registration:contract:locked")
    assert [sorted(row["detail"]) for row in locked] == [["contract"], []]
    assert await mails(bank) == []
    assert await do_jobs(bank) == 2
    assert await mails(bank) == ["registration-locked"]


@pytest.mark.requirement("RET-03", "LOCK-01")
async def test_tries_at_once_count_each(bank: RetailWorld) -> None:
    """Of ten wrong tries from ten browsers at once four are told that they are wrong, no more."""
    await bank.customer(state="provisional")
    browsers = [bank.browser() for _ in range(10)]
    for browser in browsers:
        await browser.open(bank.url("registration"))
    await asyncio.gather(*(browser.send(**WRONG) for browser in browsers))
    said = [browser.screen for browser in browsers]
    assert said.count("customer-data") == 4
    assert said.count("locked") == 6
    assert await do_jobs(bank) == 1
    assert await mails(bank) == ["registration-locked"]


@pytest.mark.requirement("RET-03", "LOCK-01")
async def test_right_data_do_not_open_a_lock(bank: RetailWorld) -> None:
    """While locked, right and wrong data are told the same; the next day the right ones count."""
    browser = await come(bank)
    for _ in range(5):
        await browser.send(**WRONG)
    again = bank.browser()
    await again.open(bank.url("registration"))
    await again.send(**CARD)
    assert again.screen == "locked"
    bank.clock.advance(timedelta(days=1).total_seconds())
    tomorrow = bank.browser()
    await tomorrow.open(bank.url("registration"))
    await tomorrow.send(**CARD)
    assert tomorrow.screen == "login-id"


@pytest.mark.requirement("RET-03", "LOCK-01")
async def test_right_data_leave_earlier_failures_counted(bank: RetailWorld) -> None:
    """A right try takes back its own count only."""
    browser = await come(bank)
    for _ in range(4):
        await browser.send(**WRONG)
    await browser.send(**CARD)
    assert browser.screen == "login-id"


@pytest.mark.requirement("RET-03")
async def test_tries_from_one_address_are_limited(bank: RetailWorld) -> None:
    """Whoever tries account after account is stopped by his address, and told so."""
    limit = bank.institution.retail.attempts_per_address
    bank.configure(retail={"attempts_per_address": type(limit)(limit=3, per_seconds=600)})
    browser = bank.browser()
    await browser.open(bank.url("registration"))
    for number in ("1000001", "1000002", "1000003", "1000004"):
        await browser.send(**{**CARD, "account_number": number})
    assert "受け付けを一時的に止めています" in browser.text
    assert browser.screen == "customer-data"


@pytest.mark.requirement("RET-01", "RET-03")
async def test_old_post_is_told_to_the_right_passwords_only(bank: RetailWorld) -> None:
    """Past their time, right passwords lead to the branch, and wrong ones to the usual text."""
    await bank.customer(state="provisional")
    bank.clock.advance(timedelta(days=91).total_seconds())
    assert "パスワードの再発行をお申し出ください" in await text_of(bank, CARD)
    assert "パスワードの再発行をお申し出ください" not in await text_of(bank, WRONG)
    assert await login_ids(bank) == [None]


@pytest.mark.requirement("RET-04")
@pytest.mark.parametrize(
    ("typed", "said"),
    [
        (("mihon", "mihon"), "6文字以上12文字以内で入力してください"),
        (("mihontaro", "mihontaro"), "英字と数字をそれぞれ1文字以上入れてください"),
        (("mihon-2026", "mihon-2026"), "半角の英字と数字で入力してください"),
        (("mihon2026", "mihon2027"), "2回入力されたログインIDが一致しません"),
        (("", ""), "ログインIDは必須項目です"),
    ],
)
async def test_what_is_wrong_with_an_id_is_said_exactly(
    bank: RetailWorld, typed: tuple[str, str], said: str
) -> None:
    """Each rule has its own words, at the field; what was typed stays."""
    browser = await proved(bank)
    await browser.send(login_id=typed[0], login_id_again=typed[1])
    assert said in browser.text
    assert browser.form.fields["login_id"] == typed[0]


@pytest.mark.requirement("RET-04")
async def test_full_width_ids_are_read(bank: RetailWorld) -> None:
    """An ID typed in full-width letters is the same in half-width ones."""
    browser = await proved(bank)
    await browser.send(login_id="ｍｉｈｏｎ２０２６", login_id_again="mihon2026")
    assert "mihon2026" in browser.text
    assert browser.screen == "done"


@pytest.mark.requirement("RET-04")
@pytest.mark.parametrize("at", ["customer-data", "login-id"])
async def test_stopping_registers_nothing(bank: RetailWorld, at: str) -> None:
    """登録を中止する on either screen says that it was stopped, and leads to the website."""
    browser = await (come(bank) if at == "customer-data" else proved(bank))
    await browser.send("cancel")
    assert browser.heading == "登録の中止"
    assert browser.link("ホームページへ") == bank.institution.links.home
    assert await login_ids(bank) == [None]


@pytest.mark.requirement("RET-04", "SEC-01")
async def test_the_second_screen_cannot_be_reached_by_itself(bank: RetailWorld) -> None:
    """Without proved data no ID is chosen, whatever is posted where."""
    browser = await come(bank)
    path = browser.path.replace("customer-data", "login-id")
    await browser.submit({**browser.form.fields, **NEW_ID, "go": "1"}, path)
    assert await login_ids(bank) == [None]


@pytest.mark.requirement("RET-04", "RET-13")
async def test_pressing_twice_registers_once(bank: RetailWorld) -> None:
    """The same form sent twice ends on the same page, with one ID."""
    browser = await proved(bank)
    fields = browser.filled_in(**NEW_ID)
    first, second = await browser.submit(fields), await browser.submit(fields)
    assert first.headers["location"] == second.headers["location"]
    assert await login_ids(bank) == ["Mihon2026"]


@pytest.mark.requirement("RET-03", "SEC-01")
async def test_passwords_are_never_given_back(bank: RetailWorld) -> None:
    """After a wrong try the account stays as typed, and both passwords are empty."""
    browser = await come(bank)
    await browser.send(**WRONG)
    assert browser.form.fields["account_number"] == "1234567"
    assert browser.form.fields["login_password"] == ""
    assert "Wrong1Pass" not in browser.html


@pytest.mark.requirement("INST-04")
async def test_a_contract_is_of_its_institution_only(bank: RetailWorld) -> None:
    """The same card typed at another institution is unknown there."""
    await bank.customer(state="provisional")
    other = replace(bank, slug="mihon-shinkin", code="9902")
    assert "入力内容に誤りがあるか" in await text_of(other, CARD)


@pytest.mark.requirement("RET-04", "LOCK-02")
async def test_no_list_of_login_ids_is_to_be_had(bank: RetailWorld) -> None:
    """After twenty IDs within an hour not even a taken one is told; later a free one is given."""
    other = await bank.customer("2345678")
    browser = await proved(bank)
    taken = {"login_id": other.login_id, "login_id_again": other.login_id}
    for _ in range(20):
        await browser.send(**taken)
        assert "すでに使われています" in browser.text
    await browser.send(**taken)
    assert "受け付けを一時的に止めています" in browser.text
    assert "すでに使われています" not in browser.text
    bank.clock.advance(3600)
    # the visit has idled too long by then: its data are proved anew
    browser = bank.browser()
    await browser.open(bank.url("registration"))
    await browser.send(**CARD)
    await browser.send(login_id="Mihon2026", login_id_again="Mihon2026")
    assert browser.screen == "done", browser.text
