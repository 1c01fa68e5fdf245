"""Top page and balances, over HTTP (RET-11, RET-15)."""

from datetime import timedelta
from typing import Any

import pytest

from madoguchi.core_bank import CoreFailure, CoreUnavailable
from madoguchi.institutions import Text
from madoguchi.notices import Notice, sender_of
from madoguchi.service_hours import Stoppage, add_stoppage
from tests.retail.accounts.entering import balance, book, enter
from tests.support.retail_world import RetailWorld

SEVERAL = "6789012"
"""A sample customer with an account of each kind."""


class SilentCore:
    """A core that cannot be reached."""

    def __getattr__(self, name: str) -> Any:
        async def silent(*args: object, **more: object) -> None:
            raise CoreUnavailable(CoreFailure.LINK_FAILED, name)

        return silent


def silence(bank: RetailWorld) -> None:
    """Have the core answer nothing from now on."""
    object.__setattr__(bank.runtime, "core", SilentCore())


@pytest.mark.requirement("RET-11")
async def test_top_page_greets_with_all_it_knows(bank: RetailWorld) -> None:
    """Name, balances of all accounts, this login, what is to be done, and the services."""
    browser = await enter(bank, await bank.customer(SEVERAL))
    await browser.open(bank.url("top"))
    assert browser.heading == "例三郎 様"
    for text in ("普通預金 6789012", "定期預金 6789015", "1,800,000円", "画面ID: BAI000",
                 "2026年11月20日(金) 9時00分", "Firefox", "パスワード",
                 "メールアドレスの確認がお済みではありません"):  # fmt: skip
        assert text in browser.text
    assert browser.link("メールアドレスを確認する").endswith("/bank/registered-data")
    assert browser.link("公共料金自動引落").endswith("/bank/utilities")


@pytest.mark.requirement("RET-11")
async def test_last_three_logins_are_shown(bank: RetailWorld) -> None:
    """Of four logins the last three stand there, the newest first."""
    customer = await bank.customer()
    for _ in range(3):
        await enter(bank, customer)
        bank.clock.advance(3600)
    browser = await enter(bank, customer)
    await browser.open(bank.url("top"))
    times = ["12時00分", "11時00分", "10時00分"]
    places = [browser.text.index(f"2026年11月20日(金) {time}") for time in times]
    assert places == sorted(places)
    assert "2026年11月20日(金) 9時00分" not in browser.text


@pytest.mark.requirement("RET-11", "RET-12")
async def test_ended_login_is_told(bank: RetailWorld) -> None:
    """Whose older session was ended by this login is told so on the top page, once."""
    customer = await bank.customer()
    first = await enter(bank, customer)
    await first.open(bank.url("top"))
    assert "ほかの端末またはブラウザー" not in first.text
    second = await enter(bank, customer)
    await second.open(bank.url("top"))
    assert "ほかの端末またはブラウザーでのログインを終了しました" in second.text
    await second.open(bank.url("top"))
    assert "ほかの端末またはブラウザー" not in second.text


@pytest.mark.requirement("RET-11", "RET-31")
async def test_undelivered_mail_is_told_until_the_next_login(bank: RetailWorld) -> None:
    """A mail that did not arrive is told at this login, and not again after the next one."""
    customer = await bank.customer()
    address = customer.contract.email or ""
    async with bank.database.transaction() as tx:
        notices = bank.runtime.notices
        await notices.send(
            tx, Notice(sender_of(bank.institution), "test:1", "mailed-code", "ja", address)
        )
        sent = await notices.find(tx, bank.code, to=address)
        assert await notices.note_bounce(tx, bank.code, sent[0].message_id, "no such mailbox")
    bank.clock.advance(60)
    browser = await enter(bank, customer)
    await browser.open(bank.url("top"))
    told = "2026年11月20日(金)にお送りしたメールをお届けできませんでした"
    assert told in browser.text
    bank.clock.advance(60)
    later = await enter(bank, customer)
    await later.open(bank.url("top"))
    assert told not in later.text


@pytest.mark.requirement("RET-11", "RET-32")
async def test_closing_is_told_ahead(bank: RetailWorld) -> None:
    """A service that closes within two hours is named with the time, a closed one too."""
    browser = await enter(bank, await bank.customer())
    now = bank.clock.now()
    stoppage = Stoppage(
        id="stop-1", services=("retail-transfers",), starts_at=now + timedelta(hours=1),
        ends_at=now + timedelta(hours=3), text=Text(ja="点検", en="Checks"),
    )  # fmt: skip
    async with bank.database.transaction() as tx:
        await add_stoppage(tx, bank.code, stoppage, by="staff-1", log=bank.runtime.log, now=now)
    await browser.open(bank.url("top"))
    assert "振込・振替は、 2026年11月20日(金) 10時00分 までご利用いただけます。" in browser.text
    bank.clock.advance(3600)
    browser = await enter(bank, await bank.customer("2345678"))
    await browser.open(bank.url("top"))
    assert "振込・振替は、 2026年11月20日(金) 12時00分 からご利用いただけます。" in browser.text


@pytest.mark.requirement("RET-11")
async def test_silent_core_leaves_the_top_page(bank: RetailWorld) -> None:
    """Without the core the menu, the logins and the way out are there, and why balances are not."""
    browser = await enter(bank, await bank.customer())
    silence(bank)
    await browser.open(bank.url("top"))
    assert "ただいま残高を表示できません" in browser.text
    assert "最近のログイン" in browser.text
    assert "受付番号" in browser.text


@pytest.mark.requirement("RET-15")
async def test_silent_core_is_told_on_the_page_of_balances(bank: RetailWorld) -> None:
    """Balances that cannot be read are not shown as zero: the page says that the link failed."""
    browser = await enter(bank, await bank.customer())
    silence(bank)
    answer = await browser.open(bank.url("balances"))
    assert answer.status_code == 503
    assert "勘定系システムにつながりませんでした" in browser.text


@pytest.mark.requirement("RET-15")
async def test_balances_with_totals_and_maturity(bank: RetailWorld) -> None:
    """Every account of the contract, a total for each kind, and when each deposit matures."""
    browser = await enter(bank, await bank.customer(SEVERAL))
    await browser.open(bank.url("balances"))
    for text in ("普通預金 6789012", "貯蓄預金 6789013", "当座預金 6789014", "定期預金 6789015",
                 "定期預金の合計 1,800,000円", "預入番号 001", "満期日 2027年1月24日(日)",
                 "元利自動継続", "0.275%", "画面ID: BAI001"):  # fmt: skip
        assert text in browser.text
    assert "1234567" not in browser.text


@pytest.mark.requirement("RET-15")
async def test_only_accounts_of_the_contract(bank: RetailWorld) -> None:
    """The holder's account that is not under the contract is nowhere to be seen."""
    customer = await bank.customer(SEVERAL)
    left_out = next(each for each in customer.contract.accounts if each.kind == "savings")
    async with bank.database.transaction() as tx:
        await bank.runtime.banking.customers.remove_account(
            tx, customer.contract, left_out, by="staff-1", now=bank.clock.now()
        )
    browser = await enter(bank, customer)
    await browser.open(bank.url("balances"))
    assert "6789013" not in browser.text
    assert "貯蓄預金" not in browser.text


@pytest.mark.requirement("RET-15")
async def test_moved_and_closed_accounts_are_shown_as_such(bank: RetailWorld) -> None:
    """An account that moved names the one that follows it; a closed one says so; neither fails."""
    customer = await bank.customer(SEVERAL)
    by_kind = {each.kind: each.account_id for each in customer.contract.accounts}
    core = bank.runtime.core_administration()
    await core.move_account(bank.code, by_kind["ordinary"], branch_code="001", number="7654321")
    left = await balance(bank, by_kind["savings"])
    await book(bank, by_kind["savings"], -left, "ｶｲﾔｸ")
    await core.close_account(bank.code, by_kind["savings"])
    browser = await enter(bank, customer)
    for path in ("balances", "top"):
        await browser.open(bank.url(path))
        assert "この口座は次の口座へ移管されました。" in browser.text
        assert "7654321" in browser.text
        assert "この口座は解約されています。" in browser.text
    await browser.open(bank.url("balances"))
    assert "普通預金の合計 0円" in browser.text


@pytest.mark.parametrize("path", ["top", "balances", "statements", "statements/month"])
async def test_english_is_complete(bank: RetailWorld, path: str) -> None:
    """Every page of the group can be had in English; a missing text would be an error."""
    browser = await enter(bank, await bank.customer(SEVERAL), "en")
    answer = await browser.open(bank.url(path))
    assert answer.status_code == 200
    assert '<html lang="en">' in browser.html
