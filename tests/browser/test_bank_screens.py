"""Every screen of internet banking as people see it: narrow, wide, Japanese, English, axe."""

from datetime import timedelta

import pytest

from madoguchi.kernel.clock import in_japan
from tests.browser.bank_walk import (
    OTHER_BANK,
    OTHER_BRANCH,
    SILENT_BANK,
    SILENT_BRANCH,
    BankWalk,
    new_customers,
)
from tests.browser.conftest import Banker, NewPage
from tests.browser.walk import demo_now
from tests.support.demo import RunningDemo

TARO, SABURO, SACHIKO, GORO = "mihontaro1", "reisaburo3", "mihonsachi5", "reigoro55"
ANSWERS = {
    "question_1": "first-school",
    "answer_1": "見本小学校",
    "question_2": "first-pet",
    "answer_2": "シロ",
    "question_3": "favourite-dish",
    "answer_3": "カレー",
    "noted": "1",
}


@pytest.mark.requirement("RET-02", "RET-03", "RET-04", "RET-05", "RET-06", "RET-07", "UI-01")
async def test_getting_started(new_page: NewPage, demo: RunningDemo) -> None:
    """From the login page through the registration and the first login to the top page."""
    person = dict(new_customers(demo)[0])
    walk = BankWalk(await new_page(), demo, person)
    await walk.open("login")
    await walk.look("login")
    await walk.follow("初回利用登録")
    await walk.look("registration-1-customer-data")
    await walk.go()
    assert "入力されていない項目があります。" in await walk.close_dialog()
    await walk.look("registration-1-customer-data-empty")
    await walk.go(
        branch_code=person["branch_code"],
        account_kind=person["account_kind"],
        account_number=person["account_number"],
        login_password=person["login_password"],
        confirmation_password=person["confirmation_password"],
    )
    walk.at("login-id")
    await walk.look("registration-2-login-id")
    person["login_id"] = "rokuro66"
    await walk.go(login_id="rokuro66", login_id_again="rokuro66")
    walk.at("done")
    await walk.look("registration-3-done")
    await walk.follow("お客様情報登録")
    await walk.pass_login()
    await _first_login(walk)
    await walk.open("registration")
    await walk.go("cancel")
    await walk.look("registration-cancelled")


async def _first_login(walk: BankWalk) -> None:
    walk.at("questions")
    await walk.look("first-login-1-questions")
    await walk.go(**ANSWERS)
    walk.at("passwords")
    await walk.look("first-login-2-passwords")
    login, confirmation = walk.person["login_password"], walk.person["confirmation_password"]
    await walk.go(
        current_login=login,
        new_login="umi52kaze",
        new_login_again="umi52kaze",
        current_confirmation=confirmation,
        new_confirmation="yama74sora",
        new_confirmation_again="yama74sora",
    )
    walk.at("data")
    await walk.look("first-login-3-data")
    mail = walk.person["email"]
    await walk.go(email=mail, email_again=mail, dm_wanted="no", contact_phone="09000000001")
    walk.at("check")
    await walk.look("first-login-4-check")
    await walk.go(confirmation_password="yama74sora")
    walk.at("done")
    await walk.look("first-login-5-done")
    await walk.go()
    walk.at("top")
    await walk.look("top-first")


@pytest.mark.requirement("RET-11", "RET-15", "RET-16", "UI-01")
async def test_accounts(banker: Banker) -> None:
    """The top page, balances, statements, a month with its chart, and what is beside them."""
    walk = await banker(SABURO)
    await walk.log_in()
    await walk.look("top")
    for page in ("balances", "statements", "statements/month", "settings"):
        await walk.open(page)
        await walk.look(page.replace("/", "-"))
    await walk.open("statements?words=nothing+like+this&direction=out")
    await walk.look("statements-none")
    assert "direction=out" in walk.page.url, "another language keeps what is asked"
    await walk.open("statements?from=2020-01-01&to=x")
    await walk.close_dialog()
    await walk.look("statements-wrong")
    await walk.open("statements/print")
    await walk.look("statements-print")


@pytest.mark.requirement("RET-17", "RET-18", "RET-19", "RET-21", "RET-23", "UI-01")
async def test_transfer_to_another_bank(banker: Banker) -> None:
    """Each screen of a transfer to another bank, then where it stands in the list."""
    walk = await banker(TARO)
    await walk.log_in()
    await walk.open("transfers")
    await walk.look("transfers-none")
    await walk.open("transfer")
    await walk.look("transfer-1-parties")
    await walk.to_bank()
    await walk.look("transfer-2-bank")
    await walk.go("search", query="みずほ")
    await walk.look("transfer-2-bank-found")
    await walk.go(bank=OTHER_BANK)
    await walk.look("transfer-3-branch")
    await walk.go("search", query=OTHER_BRANCH)
    await walk.look("transfer-3-branch-found")
    await walk.go(branch=OTHER_BRANCH)
    await walk.look("transfer-4-account")
    await walk.go(account_kind="ordinary", account_number="1234561")
    walk.at("amount")
    await walk.look("transfer-5-amount")
    await walk.go(amount="12345", when="today")
    walk.at("confirm")
    await walk.look("transfer-6-confirm")
    await walk.confirm()
    walk.at("done")
    await walk.look("transfer-7-done")
    await walk.open("transfers")
    await walk.look("transfers")
    await walk.page.locator("main .bank-list a").first.click()
    await walk.look("transfers-detail")


@pytest.mark.requirement("RET-17", "RET-19", "RET-23", "UI-01")
async def test_other_ways_of_transfers(banker: Banker) -> None:
    """Between own accounts; reserved and cancelled; with the name typed; in process; failed."""
    walk = await banker(SABURO)
    await walk.log_in()
    await walk.open("transfer")
    await walk.page.locator('[name="from_account"]').first.check()
    await walk.page.locator('[name="to"][value^="own:"]').nth(1).check()
    await walk.look("transfer-own-1-parties")
    await walk.go()
    await walk.go(amount="5000", when="today")
    await walk.look("transfer-own-6-confirm")
    await walk.confirm()
    await walk.look("transfer-own-7-done")
    await walk.to_amount("7890123")
    day = await walk.page.locator("#on option").nth(2).get_attribute("value")
    await walk.go(amount="3000", when="reserved", on=day or "")
    await walk.look("transfer-reserved-6-confirm")
    await walk.confirm()
    await walk.look("transfer-reserved-7-done")
    await walk.open("transfers")
    await walk.page.locator("main .bank-list a").first.click()
    await walk.follow("取り消す")
    walk.at("cancel")
    await walk.look("transfer-cancel")
    await walk.confirm()
    await walk.look("transfer-cancel-done")
    await walk.to_bank()
    await walk.find("bank", SILENT_BANK)
    await walk.find("branch", SILENT_BRANCH)
    await walk.go(account_kind="ordinary", account_number="1234561")
    walk.at("name")
    await walk.look("transfer-name")
    await walk.transfer("1234568", bank=OTHER_BANK, branch=OTHER_BRANCH)
    await walk.look("transfer-late")
    await walk.transfer("1234569", bank=OTHER_BANK, branch=OTHER_BRANCH)
    await walk.look("transfer-failed")
    await walk.open("transfers")
    await walk.page.locator("summary").click()
    await walk.look("transfers-many")


@pytest.mark.requirement("RET-22", "RET-23", "UI-01")
async def test_payees_and_limits(banker: Banker) -> None:
    """Registering, renaming, removing a payee; changing the limits."""
    walk = await banker(GORO)
    await walk.log_in()
    await walk.open("payees")
    await walk.look("payees-none")
    await walk.open("payee-register")
    await walk.find("bank", "9901")
    await walk.find("branch", "003")
    await walk.go(account_kind="ordinary", account_number="7890123")
    walk.at("nickname")
    await walk.look("payee-nickname")
    await walk.go(nickname="家賃")
    await walk.look("payee-confirm")
    await walk.confirm()
    walk.at("done")
    await walk.look("payee-done")
    await walk.open("payees")
    await walk.look("payees")
    await walk.page.locator('main a[href*="payee-rename"]').click()
    await walk.look("payee-rename")
    await walk.go(nickname="駐車場")
    await walk.page.locator('main a[href*="payee-remove"]').click()
    await walk.look("payee-remove")
    await walk.go()
    walk.at("payees")
    await walk.open("limits")
    await walk.look("limits")
    await walk.go(per_transfer="100000", per_day="700000", per_month="3000000")
    walk.at("confirm")
    await walk.look("limits-confirm")
    await walk.confirm()
    await walk.look("limits-done")
    await walk.open("limits")
    await walk.look("limits-later")


@pytest.mark.requirement("RET-25", "UI-01")
async def test_bills(banker: Banker) -> None:
    """A bill is looked up, paid, and listed with its receipt."""
    walk = await banker(TARO)
    await walk.log_in()
    await walk.open("bills")
    await walk.look("bills-none")
    await walk.open("bill-payment")
    await walk.look("bill-1-numbers")
    await walk.go(
        biller_code="99001", payment_number="12345678901234", confirmation_number="123456"
    )
    walk.at("bill")
    await walk.look("bill-2-bill")
    await walk.page.locator('[name="from_account"]').first.check()
    await walk.go()
    walk.at("confirm")
    await walk.look("bill-3-confirm")
    await walk.confirm()
    walk.at("done")
    await walk.look("bill-4-done")
    await walk.open("bills")
    await walk.look("bills")
    await walk.page.locator("main .bank-list a").first.click()
    await walk.look("bill-paid")


@pytest.mark.requirement("RET-26", "RET-27", "UI-01")
async def test_direct_debits_and_address(banker: Banker) -> None:
    """Applying for a direct debit and asking for a change of address, and withdrawing both."""
    walk = await banker(SACHIKO)
    await walk.log_in()
    await walk.open("utilities")
    await walk.look("utilities-none")
    await walk.open("utility-application")
    await walk.look("utility-1-company")
    await walk.go(company="mihon-gas")
    await walk.look("utility-2-details")
    await walk.page.locator('[name="from_account"]').first.check()
    await walk.go(customer_number="12345678901", contractor_kana="ﾐﾎﾝ ｻﾁｺ")
    walk.at("confirm")
    await walk.look("utility-3-confirm")
    await walk.confirm()
    await walk.look("utility-4-done")
    await walk.open("utilities")
    await walk.look("utilities")
    await walk.page.locator('main a[href*="utility-withdrawal"]').click()
    await walk.look("utility-withdraw")
    await walk.go()
    await walk.look("utility-withdrawn")
    await walk.open("address")
    await walk.look("address-none")
    await walk.open("address-change")
    await walk.look("address-1-postal-code")
    await walk.go(postal_code="1000001")
    await walk.look("address-2-address")
    await walk.page.locator('[name="area"]').first.check()
    await walk.go(rest="1丁目2番3号　みほんハイツ101", phone="0300001234")
    walk.at("confirm")
    await walk.look("address-3-confirm")
    await walk.confirm()
    await walk.look("address-4-done")
    await walk.open("address")
    await walk.look("address")
    await walk.open("address-withdrawal")
    await walk.look("address-withdraw")
    await walk.go()
    await walk.look("address-withdrawn")


@pytest.mark.requirement("RET-09", "RET-12", "RET-32", "UI-01")
async def test_ends_and_closed_hours(banker: Banker, demo: RunningDemo) -> None:
    """Stopped, too late, unknown, locked, closed: what each page says can be read by everybody."""
    walk = await banker(TARO, "9902")
    await walk.log_in()
    await walk.open("transfer")
    visit = walk.page.url
    await walk.go("cancel")
    await walk.look("transfer-cancelled")
    await walk.page.goto(visit.replace("/transfer/", "/transfer/X"))
    await walk.look("visit-unknown")
    tonight = in_japan(demo_now(demo)).replace(hour=22, minute=30)
    demo.set_clock(tonight.isoformat())
    await walk.log_in()
    await walk.open("statements")
    assert "7時00分" in await walk.main()
    await walk.look("closed-statements")
    demo.set_clock((tonight + timedelta(hours=12)).isoformat())
    await walk.page.reload()
    walk.at("login")
    await walk.look("login-after-idle")
    for _ in range(3):
        await walk.go(login_id="reigoro55", login_password="wrong9999!")
        if walk.place == "login":
            await walk.close_dialog()
    await walk.look("login-locked")
