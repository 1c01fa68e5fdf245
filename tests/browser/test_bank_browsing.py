"""What people do with a browser at the bank: back, two tabs, two clicks, no scripts, too late."""

import re
from datetime import timedelta

import pytest
from playwright.async_api import expect

from tests.browser.bank_walk import OTHER_BANK, OTHER_BRANCH, BankWalk
from tests.browser.conftest import Banker
from tests.browser.look import FAULTS, take_picture
from tests.support.demo import RunningDemo

TARO, SABURO, SACHIKO, GORO = "mihontaro1", "reisaburo3", "mihonsachi5", "reigoro55"
PAYEE = "7890123"
LONG_IDLE = 11 * 60
"""Longer than the ten minutes without input after which the sample institution logs out."""


async def _count(walk: BankWalk) -> int:
    """Return how many transfers the customer has made."""
    await walk.open("transfers")
    return await walk.page.locator("main .bank-list li").count()


@pytest.mark.requirement("RET-02", "RET-18", "UI-01")
async def test_transfer_works_without_scripts(banker: Banker) -> None:
    """With JavaScript off a customer logs in, pays another bank, sees the receipt and logs out."""
    walk = await banker(GORO, scripts=False)
    await walk.log_in()
    assert await walk.page.evaluate(FAULTS) == []
    await walk.to_amount("1234561", bank=OTHER_BANK, branch=OTHER_BRANCH)
    assert await walk.page.evaluate(FAULTS) == []
    await walk.go(amount="2000", when="today")
    await walk.go("resend")
    walk.at("confirm")
    await walk.confirm()
    walk.at("done")
    assert "振込が完了しました。" in await walk.main()
    async with walk.page.expect_navigation():
        await walk.page.get_by_role("button", name="ログアウト").click()
    assert "ログアウトしました。" in await walk.main()


@pytest.mark.requirement("RET-16", "RET-18", "UI-01")
async def test_statement_and_receipt_print_as_paper(banker: Banker) -> None:
    """On paper: the account and its lines, black on white; no menu, no buttons, no links on."""
    walk = await banker(SACHIKO, color_scheme="dark")
    await walk.log_in()
    page = walk.page
    for path, what in (("statements/print", "お取引の明細"), ("", "受付番号")):
        if path:
            await walk.open(path)
        else:
            await walk.transfer("1234567", branch="001")
        await page.emulate_media(media="print", color_scheme="dark")
        for hidden in (".bank-bar", ".languages", "main .buttons", ".ways-on"):
            for each in await page.locator(hidden).all():
                assert not await each.is_visible(), hidden
        assert what in await page.locator("main").inner_text()
        ink = await page.evaluate("getComputedStyle(document.querySelector('h1')).color")
        assert ink == "rgb(26, 26, 26)"
        assert (await page.pdf(format="A4")).startswith(b"%PDF")
        await take_picture(page, f"bank-paper-{walk.place}")
        await page.emulate_media(media="screen")


@pytest.mark.requirement("RET-13", "RET-18")
async def test_back_button_never_pays_again(banker: Banker) -> None:
    """Back from the receipt shows the receipt, forward too; there is nothing to send twice."""
    walk = await banker(TARO)
    await walk.log_in()
    before = await _count(walk)
    await walk.transfer(PAYEE)
    page = walk.page
    receipt = await page.locator("dd").first.inner_text()
    for _ in range(2):
        await page.go_back()
        await expect(page).to_have_url(re.compile("/done$|/transfer$|/transfers$"))
    await page.go_forward()
    await page.go_forward()
    await expect(page).to_have_url(re.compile("/done$"))
    assert await page.locator("dd").first.inner_text() == receipt
    assert await page.locator("main form").count() == 0
    assert await _count(walk) == before + 1


@pytest.mark.requirement("RET-13")
async def test_back_button_on_the_way_shows_where_one_is(banker: Banker) -> None:
    """Going back from the confirmation by the browser shows the confirmation; 修正する changes."""
    walk = await banker(TARO)
    await walk.log_in()
    await walk.to_confirm(PAYEE, amount="1500")
    await walk.page.go_back()
    await expect(walk.page).to_have_url(re.compile("/confirm$"))
    await walk.go("back")
    walk.at("amount")
    assert await walk.page.locator("#amount").input_value() in {"1500", "1,500"}
    await walk.go(amount="1600")
    assert "1,600円" in await walk.main()


@pytest.mark.requirement("RET-13", "RET-18")
async def test_second_tab_pays_no_second_time(banker: Banker) -> None:
    """The same confirmation in two tabs, sent in both: one transfer, and both show its receipt."""
    walk = await banker(SABURO)
    await walk.log_in()
    before = await _count(walk)
    await walk.to_confirm(PAYEE)
    second = BankWalk(await walk.page.context.new_page(), walk.demo, walk.person)
    await second.page.goto(walk.page.url)
    proofs = await walk.prove()
    await second.fill(**proofs)
    await walk.go(**proofs)
    walk.at("done")
    await second.go()
    second.at("done")
    receipts = {await each.page.locator("dd").first.inner_text() for each in (walk, second)}
    assert len(receipts) == 1
    assert await _count(walk) == before + 1


@pytest.mark.requirement("RET-13")
async def test_two_transfers_side_by_side_stay_apart(banker: Banker) -> None:
    """Two tabs with two transfers under way: each keeps its own payee and amount."""
    walk = await banker(SABURO)
    await walk.log_in()
    await walk.to_confirm(PAYEE, amount="1100")
    second = BankWalk(await walk.page.context.new_page(), walk.demo, walk.person)
    await second.to_confirm("1234567", amount="2200", branch="001")
    await walk.page.reload()
    assert "1,100円" in await walk.main()
    assert "2,200円" in await second.main()


@pytest.mark.requirement("RET-18")
@pytest.mark.parametrize("scripts", [True, False])
async def test_double_click_pays_once(banker: Banker, scripts: bool) -> None:
    """Two quick clicks on 実行する are one transfer, also with scripts off."""
    walk = await banker(GORO, scripts=scripts)
    await walk.log_in()
    before = await _count(walk)
    await walk.to_confirm(PAYEE)
    await walk.fill(**await walk.prove())
    await walk.page.locator("button[name=go]:visible").dblclick()
    await expect(walk.page).to_have_url(re.compile("/done$"))
    assert await _count(walk) == before + 1


@pytest.mark.requirement("RET-12", "RET-18")
async def test_session_that_ends_on_the_way_loses_nothing(
    banker: Banker, demo: RunningDemo
) -> None:
    """Too long at the amount: log in again, and the transfer goes on there, its payee kept."""
    walk = await banker(TARO)
    await walk.log_in()
    await walk.to_amount(PAYEE)
    visit = walk.page.url
    await walk.fill(amount="1000", when="today")
    demo.advance_clock(LONG_IDLE)
    await walk.go()
    walk.at("login")
    assert "一定時間操作がなかったため、ログアウトしました。" in await walk.main()
    await walk.pass_login()
    assert walk.page.url == visit
    assert PAYEE in await walk.main()
    walk.codes_before = len(walk._codes())
    await walk.go(amount="1000", when="today")
    await walk.confirm()
    walk.at("done")


@pytest.mark.requirement("RET-12")
async def test_one_click_stays_a_minute_before_the_end(banker: Banker, demo: RunningDemo) -> None:
    """A minute before the end a dialog asks; one click stays; without it the login is shown."""
    walk = await banker(SABURO)
    await walk.page.clock.install()
    await walk.log_in()
    dialog = walk.page.locator("dialog[open]")
    await _wait_together(walk, demo, 9 * 60 + 5)
    await expect(dialog).to_contain_text("まもなく自動でログアウトします")
    assert await walk.page.evaluate(FAULTS) == []
    await take_picture(walk.page, "bank-idle-dialog")
    await dialog.get_by_role("button").click()
    await expect(dialog).to_have_count(0)
    await _wait_together(walk, demo, 5 * 60)
    await expect(dialog).to_have_count(0)
    await _wait_together(walk, demo, 4 * 60 + 5)
    await expect(dialog).to_have_count(1)
    await _wait_together(walk, demo, 61)
    await expect(walk.page).to_have_url(re.compile("/login$"))
    assert "一定時間操作がなかったため、ログアウトしました。" in await walk.main()


async def _wait_together(walk: BankWalk, demo: RunningDemo, seconds: int) -> None:
    """Let time pass for the demo and for the browser."""
    demo.advance_clock(seconds)
    await walk.page.clock.fast_forward(timedelta(seconds=seconds) // timedelta(milliseconds=1))


@pytest.mark.requirement("RET-12")
async def test_another_login_ends_this_one_and_tells_both(banker: Banker) -> None:
    """A login elsewhere ends the older session; the new one is told, and so is the older."""
    old = await banker(SACHIKO)
    await old.log_in()
    new = await banker(SACHIKO)
    await new.log_in()
    assert "ほかの端末またはブラウザーでのログインを終了しました。" in await new.main()
    await old.page.reload()
    old.at("login")
    assert "別の画面または端末でログインされたため" in await old.main()
    await new.page.reload()
    new.at("top")


@pytest.mark.requirement("RET-12", "RET-13")
async def test_back_button_after_the_log_out_shows_nothing(banker: Banker) -> None:
    """Once logged out, back leads to the login: no balance, no name."""
    walk = await banker(TARO)
    await walk.log_in()
    await walk.open("balances")
    async with walk.page.expect_navigation():
        await walk.page.get_by_role("button", name="ログアウト").click()
    assert "ログアウトしました。" in await walk.main()
    for _ in range(2):
        await walk.page.go_back()
        await expect(walk.page).to_have_url(re.compile("/login$"))
        assert "本店営業部" not in await walk.page.content()
        assert await walk.page.locator(".bank-bar").count() == 0


@pytest.mark.requirement("RET-08")
async def test_password_by_the_keyboard_on_the_screen(banker: Banker) -> None:
    """The password typed by the keys on the screen logs in; it is seen as dots alone."""
    walk = await banker(GORO, has_touch=True)
    await walk.open("login")
    await walk.fill(login_id=walk.person["login_id"])
    page = walk.page
    await page.get_by_label("ソフトウェアキーボードを使う").tap()
    keyboard = page.locator("dialog.keyboard")
    kinds = {"lower": re.compile("[a-z]"), "digits": re.compile("[0-9]")}
    shown = "lower"
    for character in walk.person["login_password"]:
        kind = next(name for name, pattern in kinds.items() if pattern.match(character))
        if kind != shown:
            await keyboard.locator(f"[data-keyboard-kind={kind}]").tap()
            shown = kind
        await keyboard.get_by_role("button", name=character, exact=True).tap()
    dots = await keyboard.locator("[data-keyboard-dots]").inner_text()
    assert dots == "●" * len(walk.person["login_password"])
    assert await page.evaluate(FAULTS) == []
    await take_picture(page, "bank-software-keyboard")
    await keyboard.get_by_role("button", name="入力確定").tap()
    await walk.go()
    if walk.place == "question":
        await walk.answer()
    walk.at("top")


@pytest.mark.requirement("RET-18", "UI-01")
async def test_transfer_by_keys_alone(banker: Banker) -> None:
    """Tab, space and Enter lead through a transfer, and what has the focus can be seen."""
    walk = await banker(TARO, viewport={"width": 1280, "height": 800})
    await walk.log_in()
    await walk.open("transfer")
    if walk.place == "parties":
        await _tab_to(walk, "[name=from_account]")
        await walk.page.keyboard.press("Space")
        await _tab_to(walk, "[name=to][value=new]")
        await walk.page.keyboard.press("Space")
        await _press(walk, "Enter")
    for name, code in (("bank", "9901"), ("branch", "003")):
        await _tab_to(walk, "[name=query]")
        await walk.page.keyboard.type(code)
        await _press(walk, "Enter")
        await _tab_to(walk, f"[name={name}]")
        await walk.page.keyboard.press("Space")
        await _tab_to(walk, "button[name=go]")
        await _press(walk, "Enter")
    await _tab_to(walk, "[name=account_kind]")
    await walk.page.keyboard.press("Space")
    await _tab_to(walk, "[name=account_number]")
    await walk.page.keyboard.type(PAYEE)
    await _press(walk, "Enter")
    walk.at("amount")
    await _tab_to(walk, "[name=amount]")
    await walk.page.keyboard.type("1234")
    await _tab_to(walk, "[name=when]")
    await walk.page.keyboard.press("Space")
    await _tab_to(walk, "button[name=go]")
    await _press(walk, "Enter")
    walk.at("confirm")
    for name, text in (await walk.prove()).items():
        await _tab_to(walk, f"[name={name}]")
        await walk.page.keyboard.type(text)
    await _press(walk, "Enter")
    walk.at("done")


async def _tab_to(walk: BankWalk, selector: str) -> None:
    page = walk.page
    for _ in range(80):
        await page.keyboard.press("Tab")
        if await page.evaluate("s => document.activeElement.matches(s)", selector):
            outline = await page.evaluate(
                "[document.activeElement, document.activeElement.closest('.choice')]"
                ".some(e => e && getComputedStyle(e).outlineStyle !== 'none')"
            )
            assert outline, selector
            return
    raise AssertionError(f"the keyboard does not reach {selector}")


async def _press(walk: BankWalk, key: str) -> None:
    async with walk.page.expect_navigation():
        await walk.page.keyboard.press(key)
