"""What people do with a browser besides going on: back, reload, two tabs, two clicks, old forms."""

import re

import pytest
from playwright.async_api import expect

from tests.browser.conftest import Walker
from tests.browser.walk import LinkWalk


@pytest.mark.requirement("LINK-07")
async def test_back_button_shows_the_screen_one_is_really_on(walker: Walker) -> None:
    """Going back after ② shows ③, where the visit is; the way goes on from there."""
    walk = await walker()
    await walk.to("phone")
    await walk.page.go_back()
    await walk.page.wait_for_url("**/phone")
    await walk.to("card-pin")
    await walk.page.go_back()
    await walk.page.wait_for_url("**/card-pin")
    await walk.pass_screen()
    assert walk.place == "consent"


@pytest.mark.requirement("LINK-07")
async def test_reload_changes_nothing(walker: Walker) -> None:
    """A reload of ④ shows the same number; a reload of an error shows the error again."""
    walk = await walker()
    await walk.to("call")
    number = await walk.page.locator("a.number").inner_text()
    await walk.page.reload()
    assert await walk.page.locator("a.number").inner_text() == number
    await walk.pass_screen()
    await walk.fill(card_pin="12")
    await walk.go()
    said = await walk.close_dialog()
    await walk.page.reload()
    assert await walk.close_dialog() == said


@pytest.mark.requirement("UI-02")
async def test_another_language_keeps_what_is_typed(walker: Walker) -> None:
    """Half a form, then English: the same screen, with what was typed, and no error."""
    walk = await walker()
    await walk.to("customer")
    await walk.fill(name_kana="みほん", birth_year="1980", phone="090")
    await walk.page.get_by_role("link", name="English").click()
    await expect(walk.page.get_by_role("heading", name="About you")).to_be_visible()
    for name, typed in {"name_kana": "みほん", "birth_year": "1980", "phone": "090"}.items():
        await expect(walk.page.locator(f"#{name}")).to_have_value(typed)
    await expect(walk.page.get_by_role("dialog")).to_have_count(0)
    assert walk.place == "customer"


@pytest.mark.requirement("LINK-07")
async def test_old_form_in_a_second_tab_has_no_effect(walker: Walker) -> None:
    """A form left open in another tab leads to where the visit is, and changes nothing."""
    walk = await walker()
    await walk.to("customer")
    second = LinkWalk(await walk.page.context.new_page(), walk.demo, walk.customer)
    await second.page.goto(walk.page.url)
    await second.fill(phone="09000009999")
    await walk.to("call")
    number = await walk.page.locator("a.number").inner_text()
    await second.go()
    assert second.place == "call"
    assert await second.page.locator("a.number").inner_text() == number
    await second.pass_screen()
    await walk.go()
    assert walk.place == "card-pin"


@pytest.mark.requirement("LINK-07")
async def test_double_click_counts_once(walker: Walker) -> None:
    """Two quick clicks on 次へ are one step, also with scripts off."""
    for scripts in (True, False):
        walk = await walker(scripts=scripts)
        await walk.to("account")
        await walk.fill()
        await walk.page.locator("button[name=go]").dblclick()
        # the browser drops its first navigation for the second: look where it ends
        await expect(walk.page).to_have_url(re.compile("/customer$"))
        await walk.fill()
        await walk.page.locator("button[name=go]").dblclick()
        await expect(walk.page).to_have_url(re.compile("/phone$"))
        await walk.page.wait_for_load_state()
        assert await walk.page.locator("h1").inner_text() == "電話番号の確認"


@pytest.mark.requirement("LINK-07", "LINK-30")
async def test_finished_visit_stays_finished(walker: Walker) -> None:
    """Once permitted, the visit's address shows that it is done; there is nothing to send."""
    walk = await walker()
    await walk.to("consent")
    address = walk.page.url
    await walk.fill()
    first = await walk.leave()
    assert first["code"]
    walk.demo.advance_clock(61)
    page = await walk.page.context.new_page()
    await page.goto(address)
    assert await page.locator("h1").inner_text() == "API連携認証が完了しました"
    assert await page.locator("form").count() == 0


@pytest.mark.requirement("LINK-08", "LINK-25")
async def test_closed_tab_starts_over_at_once(walker: Walker) -> None:
    """Who closed the page by mistake starts over from the app, without waiting."""
    walk = await walker()
    await walk.to("call")
    again = LinkWalk(await walk.page.context.new_page(), walk.demo, walk.customer)
    await walk.page.close()
    await again.begin()
    assert again.place == "account"
    await again.to("card-pin")


@pytest.mark.requirement("UI-03", "LINK-27")
async def test_pin_can_be_shown_and_masks_itself_again(walker: Walker) -> None:
    """The button shows the PIN; leaving the field hides it; without scripts there is no button."""
    walk = await walker()
    await walk.to("card-pin")
    pin = walk.page.locator("[name=card_pin]")
    await pin.fill("1234")
    assert await pin.get_attribute("type") == "password"
    await walk.page.get_by_role("button", name="表示").click()
    assert await pin.get_attribute("type") == "text"
    await walk.page.keyboard.press("Shift+Tab")
    assert await pin.get_attribute("type") == "password"
    plain = await walker(scripts=False)
    await plain.to("card-pin")
    assert await plain.page.locator("[data-reveal] button").is_hidden()
    assert await plain.page.locator("[name=card_pin]").get_attribute("type") == "password"
