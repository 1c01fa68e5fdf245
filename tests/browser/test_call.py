"""④ as people see it: the seconds run down, the call is noticed, and nothing moves by itself."""

import pytest

from tests.browser.conftest import Walker
from tests.browser.look import look, take_picture
from tests.browser.walk import LinkWalk

WAITING = "お電話をお待ちしています。まだお電話を確認できていません。"
CONFIRMED = "お電話を確認しました。「確定する」を押してください。"
TOO_LATE = "時間内にお電話を確認できませんでした。"


@pytest.mark.requirement("LINK-20", "LINK-21", "LINK-23")
async def test_call_is_noticed_and_the_customer_goes_on_himself(walker: Walker) -> None:
    """The seconds run down; once the call has come the page says so, and stays."""
    walk = await walker()
    await walk.to("call")
    first = await _seconds(walk)
    assert 110 <= first <= 120
    await walk.page.wait_for_function(
        "before => Number(document.querySelector('.seconds').textContent) < before", arg=first
    )
    await walk.call()
    await walk.page.get_by_role("status").get_by_text(CONFIRMED).wait_for()
    assert not await walk.page.locator("[data-call-clock]").is_visible()
    assert walk.place == "call"
    await take_picture(walk.page, "call-confirmed")
    await walk.go()
    assert walk.place == "card-pin"


@pytest.mark.requirement("LINK-23")
async def test_confirming_before_the_call_says_that_it_is_awaited(walker: Walker) -> None:
    """Before the call, "waiting" stands beside the button; there is no dialog, the number stays."""
    walk = await walker()
    await walk.to("call")
    number = await walk.page.locator("a.number").inner_text()
    await walk.go()
    notice = walk.page.locator("[data-call-waiting]")
    assert WAITING in await notice.inner_text()
    assert await walk.page.get_by_role("dialog").count() == 0
    assert await walk.page.locator("a.number").inner_text() == number
    beside = await notice.evaluate(
        "n => document.querySelector('.buttons').getBoundingClientRect().top"
        " - n.getBoundingClientRect().bottom"
    )
    assert 0 <= beside < 64
    await look(walk.page, "call-waiting")
    await walk.call()
    await walk.page.get_by_role("status").get_by_text(CONFIRMED).wait_for()
    assert await notice.count() == 0
    await walk.go()
    assert walk.place == "card-pin"


@pytest.mark.requirement("LINK-24")
async def test_call_too_late_starts_over(walker: Walker) -> None:
    """After the time 確定する leads to ①, which says why; a new walk gets a new time."""
    walk = await walker()
    await walk.to("call")
    walk.demo.advance_clock(121)
    await walk.page.get_by_role("status").get_by_text(TOO_LATE).wait_for()
    await take_picture(walk.page, "call-too-late")
    await walk.go()
    assert walk.place == "account"
    assert TOO_LATE in await walk.close_dialog()
    await look(walk.page, "account-call-too-late")
    await walk.to("call")
    assert await _seconds(walk) > 100
    await walk.pass_screen()
    assert walk.place == "card-pin"


@pytest.mark.requirement("LINK-03", "LINK-20", "LINK-23", "LINK-24")
async def test_call_without_scripts(walker: Walker) -> None:
    """With JavaScript off the page says how many seconds there are; the button tells the rest."""
    walk = await walker(scripts=False)
    await walk.to("call")
    words = await walk.page.locator("main").inner_text()
    assert "画面の表示から120秒以内におかけください。" in words
    assert "残り時間" not in words
    await walk.go()
    assert WAITING in await walk.page.locator("main").inner_text()
    await look(walk.page, "call-waiting-plain", scripts=False)
    walk.demo.advance_clock(121)
    await walk.go()
    assert walk.place == "account"
    assert TOO_LATE in await walk.page.get_by_role("alert").inner_text()
    await walk.to("call")
    await walk.call()
    await walk.go()
    assert walk.place == "card-pin"


@pytest.mark.requirement("LINK-22")
async def test_withheld_call_does_not_count(walker: Walker) -> None:
    """The screen tells how to add 186; a call from a withheld number does not count."""
    walk = await walker()
    await walk.to("call")
    assert "「186」" in await walk.page.locator("main").inner_text()
    walk.demo.call(None, await walk.page.locator("a.number").inner_text())
    await walk.go()
    assert WAITING in await walk.page.locator("main").inner_text()


async def _seconds(walk: LinkWalk) -> int:
    return int(await walk.page.locator("[data-call-clock] .seconds").inner_text())
