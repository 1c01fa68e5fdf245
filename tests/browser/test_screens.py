"""The six screens as people see them: narrow, wide, Japanese, English, light, dark, on paper."""

import pytest

from tests.browser.conftest import Walker
from tests.browser.look import FAULTS, look, look_at_frame, switch_to, take_picture
from tests.browser.walk import APP, SCREEN_IDS


@pytest.mark.requirement("LINK-03", "UI-01", "UI-02")
async def test_every_screen_can_be_read_by_everybody(walker: Walker) -> None:
    """From 320 px to a desktop, in both languages, light and dark, axe finds nothing serious."""
    walk = await walker()
    for number, (screen, screen_id) in enumerate(SCREEN_IDS.items(), 1):
        await walk.to(screen)
        await look_at_frame(walk.page, screen_id)
        await look(walk.page, f"{number}-{screen}")
    await walk.fill()
    assert (await walk.leave())["code"]


@pytest.mark.requirement("LINK-03")
async def test_every_screen_works_without_scripts(walker: Walker) -> None:
    """With JavaScript off a customer comes to the end of the way, and each screen is whole."""
    walk = await walker(scripts=False)
    for number, (screen, screen_id) in enumerate(SCREEN_IDS.items(), 1):
        await walk.to(screen)
        await look_at_frame(walk.page, screen_id)
        await look(walk.page, f"{number}-{screen}-plain", scripts=False)
    await walk.fill()
    assert (await walk.leave())["code"]


@pytest.mark.requirement("LINK-03", "UI-01")
async def test_large_letters_do_not_break_the_screens(walker: Walker) -> None:
    """With letters twice as large nothing is cut off on a telephone (WCAG 1.4.4)."""
    walk = await walker()
    for screen in SCREEN_IDS:
        await walk.to(screen)
        for language in ("en", "ja"):
            await switch_to(walk.page, language)
            await walk.page.evaluate("document.documentElement.style.fontSize = '200%'")
            assert await walk.page.evaluate(FAULTS) == [], (screen, language)
            await take_picture(walk.page, f"{screen}-{language}-large")


@pytest.mark.requirement("LINK-30", "LINK-06")
async def test_way_from_an_app_and_back(walker: Walker) -> None:
    """A customer links an account from the sample app on a telephone, then sees it there."""
    walk = await walker()
    page = walk.page
    await page.goto(walk.demo.ready["sample_app"]["url"])
    await take_picture(page, "app-1-start")
    await page.get_by_role("link", name="連携").first.click()
    await page.locator("form", has_text="サンプル信用組合").get_by_role("button").click()
    await page.wait_for_url("**/link/*/account")
    await walk.to("consent")
    await walk.fill()
    await walk.go()
    await page.wait_for_url(f"{walk.demo.ready['sample_app']['url']}**")
    await page.get_by_text("サンプル信用組合").first.wait_for()
    await page.locator(".amount").first.wait_for()
    await take_picture(page, "app-2-linked")


@pytest.mark.requirement("LINK-03")
async def test_keyboard_alone_is_enough(walker: Walker) -> None:
    """Keys lead through all six screens, and what has the focus can be seen."""
    walk = await walker(viewport={"width": 1280, "height": 800})
    page, keyboard = walk.page, walk.page.keyboard
    await walk.begin()

    async def tab_to(selector: str) -> None:
        for _ in range(40):
            await keyboard.press("Tab")
            if await page.evaluate("s => document.activeElement.matches(s)", selector):
                outline = await page.evaluate(
                    "[document.activeElement, document.activeElement.closest('.choice')]"
                    ".some(e => e && getComputedStyle(e).outlineStyle !== 'none')"
                )
                assert outline, selector
                return
        raise AssertionError(f"the keyboard does not reach {selector}")

    async def press(key: str) -> None:
        async with page.expect_navigation():
            await keyboard.press(key)

    await keyboard.press("Tab")
    assert await page.evaluate("document.activeElement.className") == "skip"
    await keyboard.press("Enter")
    customer = walk.customer
    await tab_to("[name=branch_code]")
    await keyboard.type(customer["branch_code"])
    await tab_to("[name=account_kind]")
    await keyboard.press("Space")
    await tab_to("[name=account_number]")
    await keyboard.type(customer["account_number"])
    await press("Enter")
    year, month, day = (str(int(part)) for part in customer["birth_date"].split("-"))
    for name, text in (
        ("name_kana", "みほん　たろう"),
        ("birth_year", year),
        ("birth_month", month),
        ("birth_day", day),
        ("phone", customer["phone"]),
        ("email", customer["email"]),
        ("email_again", customer["email"]),
    ):
        await tab_to(f"[name={name}]")
        await keyboard.type(text)
    await tab_to("button[name=go]")
    await press("Space")
    await tab_to("button[name=go]")
    await press("Enter")
    await walk.call()
    await tab_to("button[name=go]")
    await press("Enter")
    await tab_to("[name=card_pin]")
    await keyboard.type(customer["card_pin"])
    await press("Enter")
    await tab_to("[name=agree]")
    await keyboard.press("Space")
    await tab_to("button[name=go]")
    async with page.expect_request(lambda request: request.url.startswith(f"{APP}?code=")):
        await keyboard.press("Enter")


@pytest.mark.requirement("UI-02")
async def test_language_is_the_browsers_until_another_is_chosen(walker: Walker) -> None:
    """An English browser gets English; a choice holds from then on, and nothing is lost by it."""
    walk = await walker(locale="en-US")
    await walk.to("customer")
    assert await walk.page.locator("h1").inner_text() == "About you"
    await switch_to(walk.page, "ja")
    assert walk.place == "customer"
    await walk.pass_screen()
    assert await walk.page.locator("h1").inner_text() == "電話番号の確認"
    await switch_to(walk.page, "en")
    assert await walk.page.locator("h1").inner_text() == "Check your phone number"


@pytest.mark.requirement("UI-01")
async def test_a_page_prints_as_paper(walker: Walker) -> None:
    """On paper there are no buttons, and black stands on white, also from a dark browser."""
    walk = await walker(color_scheme="dark")
    await walk.to("consent")
    await walk.page.emulate_media(media="print", color_scheme="dark")
    assert not await walk.page.locator(".buttons").is_visible()
    assert not await walk.page.locator(".languages").is_visible()
    ink = await walk.page.evaluate("getComputedStyle(document.querySelector('h1')).color")
    assert ink == "rgb(26, 26, 26)"
    await take_picture(walk.page, "6-consent-paper")


@pytest.mark.requirement("LINK-19", "LINK-20", "LINK-28")
async def test_numbers_are_shown_masked(walker: Walker) -> None:
    """The phone and, at the consent, the account number are shown by their last digits alone."""
    walk = await walker()
    await walk.to("phone")
    phone = walk.customer["phone"]
    shown = await walk.page.locator("main").inner_text()
    assert f"*******{phone[-4:]}" in shown
    assert phone not in await walk.page.content()
    await walk.to("call")
    assert f"*******{phone[-4:]}" in await walk.page.locator("main").inner_text()
    href = await walk.page.locator("a.number").get_attribute("href")
    assert href
    assert href.startswith("tel:0120")
    await walk.to("consent")
    number = walk.customer["account_number"]
    assert f"***{number[-4:]}" in await walk.page.locator("main").inner_text()
    assert number not in await walk.page.locator("main").inner_text()
