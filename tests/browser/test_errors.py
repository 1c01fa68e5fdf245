"""What goes wrong, as people see it: the dialog, the fields, what stays, where it ends."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import asyncpg
import pytest
from playwright.async_api import Route

from madoguchi.kernel.clock import in_japan
from madoguchi.plumbing.templates import Assets, Templates
from madoguchi.plumbing.web.middleware import CONTENT_SECURITY_POLICY
from tests.browser.conftest import NewPage, Walker
from tests.browser.look import FAULTS, look, look_at_frame, look_here, take_picture
from tests.browser.walk import LinkWalk, demo_now, pushed_url
from tests.plumbing.templates.look import INSTITUTION
from tests.support.demo import RunningDemo

LOOK: Any = INSTITUTION

WRONG = "認証データに誤りがあります。入力内容をご確認のうえ、もう一度入力してください。"
NOT_FILLED_IN = "入力されていない項目があります。"
EMPTY = {
    "account": {"branch_code": "", "account_number": ""},
    "customer": dict.fromkeys(
        (
            *("name_kana", "birth_year", "birth_month", "birth_day"),
            *("phone", "email", "email_again"),
        ),
        "",
    ),
    "card-pin": {"card_pin": ""},
    "consent": {"agree": ""},
}
UNREADABLE = {
    "account": {
        "branch_code": ("01", "店番は数字3桁で入力してください。"),
        "account_number": ("12345678", "口座番号は7桁以内の数字で入力してください。"),
    },
    "customer": {
        "name_kana": ("見本太郎", "お名前（カナ）はカナで入力してください。"),
        "birth_year": ("S55", "生年月日に、暦にない日付が入力されています。"),
        "phone": ("12345", "電話番号は、0から始まる10桁または11桁の数字で入力してください。"),
        "email": ("taro", "メールアドレスの形式が正しくありません。"),
        "email_again": ("hanako@", "メールアドレス（確認用）の形式が正しくありません。"),
    },
    "card-pin": {"card_pin": ("123", "暗証番号は数字4桁で入力してください。")},
}


@pytest.mark.requirement("LINK-04", "LINK-29")
@pytest.mark.parametrize("screen", EMPTY)
async def test_empty_fields_are_told(walker: Walker, screen: str) -> None:
    """A dialog says that something is not filled in; so does each field."""
    walk = await walker()
    await walk.to(screen)
    names = list(EMPTY[screen])
    if screen != "account":
        await walk.fill(**EMPTY[screen])
    await walk.go()
    await _look_at_dialog(walk, f"{screen}-empty")
    said = await walk.close_dialog()
    assert said.startswith("エラー")
    assert NOT_FILLED_IN in said
    assert await walk.focused() == names[0]
    shown = await walk.page.locator(".form .field-error").all_inner_texts()
    assert len(shown) == len(names) + (screen == "account")
    assert await walk.page.locator(f'[name="{names[0]}"]').get_attribute("aria-invalid") == "true"
    assert (await walk.page.title()).startswith("エラー: ")
    await look(walk.page, f"{screen}-empty")


@pytest.mark.requirement("LINK-04", "LINK-05", "UI-03")
@pytest.mark.parametrize("screen", UNREADABLE)
async def test_what_cannot_be_read_is_told_at_its_field(walker: Walker, screen: str) -> None:
    """Each field says what is wrong with it; what was typed stays, but never the PIN."""
    walk = await walker()
    await walk.to(screen)
    wrong = UNREADABLE[screen]
    await walk.fill(**{name: typed for name, (typed, _) in wrong.items()})
    await walk.go()
    await walk.close_dialog()
    assert await walk.focused() == next(iter(wrong))
    told = "\n".join(await walk.page.locator(".form .field-error").all_inner_texts())
    for name, (typed, text) in wrong.items():
        assert text in told
        assert await walk.value(name) == ("" if name == "card_pin" else typed)
    await look(walk.page, f"{screen}-unreadable")


@pytest.mark.requirement("LINK-03", "LINK-04")
async def test_errors_stand_in_the_page_without_scripts(walker: Walker) -> None:
    """With JavaScript off the dialog's words stand in the page, with links to the fields."""
    walk = await walker(scripts=False)
    await walk.to("account")
    await walk.page.locator("[name=branch_code]").fill("001")
    await walk.go()
    summary = walk.page.get_by_role("alert")
    assert NOT_FILLED_IN in await summary.inner_text()
    assert await summary.get_by_role("link").count() == 2
    await summary.get_by_role("link").last.click()
    assert walk.page.url.endswith("#account_number")
    assert await walk.value("branch_code") == "001"
    assert await walk.page.get_by_role("dialog").count() == 0
    await look(walk.page, "account-empty-plain", scripts=False)


@pytest.mark.requirement("LINK-14", "LINK-04")
async def test_wrong_data_is_told_alike_whatever_was_wrong(
    walker: Walker, demo: RunningDemo
) -> None:
    """Wrong birth date or phone: the same words, in dialog and page; what was typed stays."""
    walk = await walker(_ordinary(demo, 4))
    await walk.to("customer")
    told = []
    for wrong in ({"birth_year": "1955"}, {"phone": "09000009999"}):
        await walk.fill(**wrong)
        await walk.go()
        told.append(await walk.close_dialog())
        assert await walk.value(next(iter(wrong))) == next(iter(wrong.values()))
        assert WRONG in await walk.page.get_by_role("alert").inner_text()
    assert told[0] == told[1]
    assert WRONG in told[0]
    await look(walk.page, "customer-wrong")


@pytest.mark.requirement("LINK-15", "LINK-16")
async def test_lock_is_told_when_it_falls_and_afterwards(walker: Walker, demo: RunningDemo) -> None:
    """The fifth wrong try ends with a page that says so; right data afterwards with code B84."""
    walk = await walker(_ordinary(demo, 5))
    await walk.to("customer")
    for _ in range(5):
        await walk.fill(birth_year="1955")
        await walk.go()
        if walk.place == "customer":
            await walk.close_dialog()
    assert walk.place == "locked"
    text = await walk.page.locator("main").inner_text()
    assert "認証データの誤りが続いたため" in text
    assert "B84" not in text
    await look_at_frame(walk.page)
    await look(walk.page, "locked")
    assert (await walk.leave("a.button"))["error"] == "access_denied"

    again = await walker(_ordinary(demo, 5))
    await again.to("customer")
    await again.pass_screen()
    text = await again.page.locator("main").inner_text()
    assert "ただいまこのサービスをご利用いただけません。" in text
    assert "理由コード: B84" in text
    await look(again.page, "locked-before")


@pytest.mark.requirement("LINK-13", "LINK-01")
async def test_account_that_cannot_be_linked_is_told_and_no_more(
    walker: Walker, demo: RunningDemo
) -> None:
    """An account without a cash card: "cannot be used with this service", and a way back."""
    walk = await walker(demo.customer("no_card"))
    await walk.to("customer")
    await walk.pass_screen()
    assert walk.place == "refused"
    assert "このサービスをご利用いただけません" in await walk.page.locator("main").inner_text()
    await look(walk.page, "refused")


@pytest.mark.requirement("LINK-27", "LINK-04")
async def test_wrong_pin_is_told_and_never_given_back(walker: Walker, demo: RunningDemo) -> None:
    """A wrong PIN: the words of wrong data in dialog and page; the field is empty and has focus."""
    walk = await walker(_ordinary(demo, 3))
    await walk.to("card-pin")
    await walk.fill(card_pin="9999")
    await walk.go()
    await _look_at_dialog(walk, "card-pin-wrong")
    assert WRONG in await walk.close_dialog()
    assert WRONG in await walk.page.get_by_role("alert").inner_text()
    assert await walk.focused() == "card_pin"
    assert await walk.value("card_pin") == ""
    assert "9999" not in await walk.page.content()
    await look(walk.page, "card-pin-wrong")


@pytest.mark.requirement("LINK-06")
@pytest.mark.parametrize("screen", ["customer", "phone", "call", "card-pin", "consent"])
async def test_giving_up_leads_back_to_the_app(walker: Walker, screen: str) -> None:
    """中止する leads to a page that says so, and from there to the app with `access_denied`."""
    walk = await walker()
    await walk.to(screen)
    await walk.go("cancel")
    assert walk.place == "cancelled"
    assert await walk.page.locator("h1").inner_text() == "API連携認証の中止"
    if screen == "consent":
        await look_at_frame(walk.page)
        await look(walk.page, "cancelled")
    told = await walk.leave("text=連携元画面へ")
    assert told["error"] == "access_denied"
    assert told["state"] == "back-at-the-app"


@pytest.mark.requirement("LINK-33")
async def test_closed_hours_are_told_with_the_next_opening(walker: Walker) -> None:
    """A form sent in closed hours gets a page that says when the service opens again."""
    walk = await walker()
    await walk.to("account")
    await walk.fill()
    tomorrow = in_japan(demo_now(walk.demo)) + timedelta(days=1)
    await walk.begin()
    walk.demo.set_clock(tomorrow.replace(hour=3, minute=59, second=0).isoformat())
    await walk.begin()
    await walk.fill()
    walk.demo.set_clock(tomorrow.replace(hour=4, minute=2, second=0).isoformat())
    await walk.go()
    text = await walk.page.locator("main").inner_text()
    assert "ただいまの時間は、このサービスをご利用いただけません。" in text
    assert "4時05分" in text
    await look(walk.page, "closed")


@pytest.mark.requirement("LINK-08")
async def test_time_without_input_ends_the_visit(walker: Walker) -> None:
    """After fifteen minutes without input the page says so, and leads back to the app."""
    walk = await walker()
    await walk.to("customer")
    await walk.fill()
    walk.demo.advance_clock(15 * 60 + 1)
    await walk.go()
    assert walk.place == "expired"
    await look(walk.page, "expired")
    assert (await walk.leave("a.button"))["error"] == "access_denied"


@pytest.mark.requirement("LINK-08", "LINK-25")
async def test_another_browser_cannot_open_the_visit(walker: Walker, new_page: NewPage) -> None:
    """The address of a screen is nothing to another browser but a page that says what to do."""
    walk = await walker()
    await walk.to("customer")
    stranger = await new_page()
    answer = await stranger.goto(walk.page.url)
    assert answer
    assert answer.status == 404
    assert "この手続きの情報が見つかりません。" in await stranger.locator("main").inner_text()
    await look(stranger, "visit-unknown")


@pytest.mark.requirement("LINK-07", "SEC-01", "UI-03")
async def test_forged_form_gets_a_page_with_a_reference_number(walker: Walker) -> None:
    """A form without the right token changes nothing; its page has a number for staff."""
    walk = await walker()
    await walk.to("account")
    await walk.fill()
    await walk.page.locator("[name=csrf]").evaluate("e => { e.value = 'forged'; }")
    await walk.go()
    assert await walk.page.locator("h1").inner_text() == "この操作は受け付けられません"
    assert await walk.page.locator(".reference strong").inner_text()
    await take_picture(walk.page, "forged")


@pytest.mark.requirement("INST-02", "LINK-06")
async def test_institution_in_login_mode_asks_for_its_login(
    walker: Walker, demo: RunningDemo
) -> None:
    """An institution that is not in card mode asks for the login, in its own look."""
    walk = await walker()
    await walk.page.goto(await pushed_url(demo, "9902"))
    assert walk.place == "login"
    logo = walk.page.get_by_role("banner").get_by_role("img", name="見本信用金庫")
    assert await logo.evaluate("img => img.complete && img.naturalWidth > 0")
    await walk.go("cancel")
    assert (await walk.leave("a.button"))["error"] == "access_denied"


@pytest.mark.requirement("LINK-35")
async def test_core_that_does_not_answer_loses_nothing_typed(walker: Walker) -> None:
    """With the core down the screen says so, with a number to quote; what was typed stays."""
    walk = await walker()
    await walk.to("customer")
    await walk.fill()
    async with _core_that_hangs(walk.demo):
        walk.page.set_default_timeout(30_000)
        await walk.go()
    said = await walk.close_dialog()
    assert "勘定系システムとの通信に失敗しました。" in said
    assert "受付番号" in said
    assert await walk.value("email") == walk.customer["email"]
    await look(walk.page, "customer-core-down")
    await walk.pass_screen()
    assert walk.place == "phone"


@pytest.mark.requirement("LINK-34", "UI-01")
@pytest.mark.parametrize("status", [413, 429, 500, 503])
async def test_pages_of_rare_errors_look_like_all(
    new_page: NewPage, demo: RunningDemo, status: int
) -> None:
    """Too much, too often, broken, busy: pages in both languages, as the server draws them."""
    page = await new_page()
    templates = Templates(["madoguchi.api_link"], assets=Assets())
    slug = demo.institution()["slug"]

    async def answer(route: Route) -> None:
        language = "en" if "lang=en" in route.request.url else "ja"
        html = templates.render(
            "error.html",
            language=language,
            institution=LOOK,
            status=status,
            reference="ABC-DEF-GHJ",
        )
        headers = {"content-security-policy": CONTENT_SECURITY_POLICY}
        await route.fulfill(body=html, headers=headers, content_type="text/html; charset=utf-8")

    await page.route(f"{demo.home}/{slug}/rare*", answer)
    await page.goto(f"{demo.home}/{slug}/rare")
    assert "ABC-DEF-GHJ" in await page.locator("main").inner_text()
    await look(page, f"error-{status}")


@pytest.mark.requirement("UI-01", "UI-03")
@pytest.mark.parametrize(
    ("path", "method", "status"),
    [
        ("nothing/here", "GET", 404),
        ("oauth/authorize", "DELETE", 405),
        ("oauth/authorize", "GET", 400),
    ],
)
async def test_pages_of_errors_are_pages_like_all(
    new_page: NewPage, demo: RunningDemo, path: str, method: str, status: int
) -> None:
    """Wrong addresses and methods get a page in the institution's look, with a number."""
    page = await new_page()
    url = f"{demo.institution()['issuer']}/{path}"
    await page.route(url, lambda route: route.continue_(method=method))
    answer = await page.goto(url)
    assert answer
    assert answer.status == status
    assert await page.locator(".reference strong").inner_text()
    await look_here(page, f"error-{status}")


@asynccontextmanager
async def _core_that_hangs(demo: RunningDemo) -> AsyncIterator[None]:
    """Hold the embedded core's accounts, so that it cannot answer."""
    connection = await asyncpg.connect(demo.ready["database_url"])
    try:
        async with connection.transaction():
            await connection.execute("LOCK TABLE embedded_core.account")
            yield
    finally:
        await connection.close()


def _ordinary(demo: RunningDemo, number: int) -> dict[str, Any]:
    """Return one of the ordinary customers: each test that tries wrongly takes one of its own."""
    return demo.customers("ordinary")[number]


async def _look_at_dialog(walk: LinkWalk, name: str) -> None:
    await walk.page.get_by_role("dialog").wait_for()
    assert await walk.page.evaluate(FAULTS) == []
    await take_picture(walk.page, f"{name}-dialog")
