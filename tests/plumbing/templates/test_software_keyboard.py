"""The software keyboard in a real browser, under the real content security policy (RET-08)."""

import asyncio
import shutil
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
import uvicorn
from jinja2 import DictLoader
from playwright.async_api import Browser, Page, async_playwright
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Mount, Route

from madoguchi.plumbing.templates import Assets, Templates
from madoguchi.plumbing.web.middleware import CONTENT_SECURITY_POLICY

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
PAGE = """
{% extends "base.html" %}
{% set title = "鍵盤" %}
{% set labels = {"first": "ログインパスワード", "second": "確認用パスワード"} %}
{% set chosen = () %}
{% block content %}
<h1>{{ title }}</h1>
{% call c.form() %}
{{ c.password_field("first") }}
{{ c.password_field("second", symbols=true) }}
{{ c.buttons("次へ") }}
{% endcall %}
{% endblock %}
"""

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine")


def page_html() -> str:
    """Return a page with two passwords, of which only the second may hold signs."""
    templates = Templates([], assets=Assets(), strict=True)
    environment = templates._environments["ja"]
    environment.loader.loaders.append(DictLoader({"page.html": PAGE}))  # type: ignore[union-attr]
    return templates.render("page.html", language="ja", institution=None)


@pytest_asyncio.fixture(scope="module")
async def url() -> AsyncIterator[str]:
    """A running server of that page."""
    html = page_html()

    async def show(_request: Request) -> Response:
        return HTMLResponse(html, headers={"content-security-policy": CONTENT_SECURITY_POLICY})

    app = Starlette(routes=[Mount("/assets", app=Assets()), Route("/", show)])
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="warning"))
    running = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110 - uvicorn sets a flag, no event
        await asyncio.sleep(0.01)
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}/"
    server.should_exit = True
    await running


@pytest_asyncio.fixture(scope="module")
async def browser() -> AsyncIterator[Browser]:
    """One Chromium for all tests here."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        await browser.close()


@pytest_asyncio.fixture
async def page(browser: Browser, url: str) -> AsyncIterator[Page]:
    """The page on a telephone; the test fails when the browser complains of anything."""
    page = await browser.new_page(viewport={"width": 320, "height": 640})
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    await page.goto(url)
    yield page
    await page.close()
    assert [text for text in complaints if "favicon" not in text and "404" not in text] == []


async def type_in(page: Page, text: str) -> None:
    """Press the keys of a text, changing the kind of letters where needed."""
    for character in text:
        kind = "数字" if character.isdigit() else "英大文字" if character.isupper() else "英小文字"
        await page.get_by_role("button", name=kind, exact=True).click()
        await page.locator(".keyboard-key", has_text=character).click()


@pytest.mark.requirement("RET-08")
async def test_a_password_is_typed_on_the_screen(page: Page) -> None:
    """The tick opens it; keys, 1文字クリア, 入力確定 fill in the field, and one sees ● only."""
    await page.get_by_label("ソフトウェアキーボードを使う（ログインパスワード）").check()
    dialog = page.get_by_role("dialog", name="ソフトウェアキーボード ログインパスワード")
    await type_in(page, "aB3x")
    await dialog.get_by_role("button", name="1文字クリア").click()
    assert await dialog.locator("[data-keyboard-dots]").inner_text() == "●●●"
    assert await dialog.get_by_role("status").inner_text() == "3文字入力しています。"
    assert await page.locator("#first").input_value() == ""
    await dialog.get_by_role("button", name="入力確定").click()
    assert not await dialog.is_visible()
    assert await page.locator("#first").input_value() == "aB3"
    await page.wait_for_function("document.activeElement.id === 'first'")


@pytest.mark.requirement("RET-08")
@pytest.mark.parametrize("way", ["×", "Escape"])
async def test_leaving_it_types_nothing(page: Page, way: str) -> None:
    """× and Escape close it: nothing is filled in, nothing kept, and the focus returns."""
    await page.locator("#first").fill("before1")
    await page.locator("#first-keyboard").check()
    await type_in(page, "ab")
    if way == "×":
        await page.get_by_role("button", name="入力せずに閉じる").click()
    else:
        await page.keyboard.press("Escape")
    assert await page.locator("#first").input_value() == "before1"
    await page.wait_for_function("document.activeElement.id === 'first'")
    await page.keyboard.press("Enter")
    assert await page.locator("[data-keyboard-dots]").inner_text() == ""


@pytest.mark.requirement("RET-08")
async def test_keys_stand_elsewhere_each_time(page: Page) -> None:
    """All 26 letters are there, in another order whenever the keyboard is opened."""
    orders = set()
    for _ in range(4):
        await page.locator("#first-keyboard:not(:checked)").check()
        keys = await page.locator(".keyboard-key").all_inner_texts()
        assert sorted(keys) == list("abcdefghijklmnopqrstuvwxyz")
        orders.add("".join(keys))
        await page.keyboard.press("Escape")
        await page.locator("#first-keyboard").uncheck()
    assert len(orders) == 4


@pytest.mark.requirement("RET-08")
async def test_it_is_used_by_keyboard_alone(page: Page) -> None:
    """Arrows go from key to key, Enter presses one; Tab leads past the keys in one step."""
    await page.locator("#second").focus()
    await page.locator("#second-keyboard").press("Space")
    keys = await page.locator(".keyboard-key").all_inner_texts()
    for press in ("ArrowRight", "ArrowDown", "Enter", "Home", "Enter", "ArrowUp", "End", "Enter"):
        await page.keyboard.press(press)
    await page.keyboard.press("Tab")
    assert await page.evaluate("document.activeElement.textContent") == "1文字クリア"
    await page.get_by_role("button", name="入力確定").press("Enter")
    assert await page.locator("#second").input_value() == keys[7] + keys[0] + keys[25]


@pytest.mark.requirement("RET-08")
async def test_signs_are_offered_where_they_may_be_used(page: Page) -> None:
    """記号 is there for the password that may hold signs, and not for the other."""
    await page.locator("#first-keyboard").check()
    assert not await page.get_by_role("button", name="記号").is_visible()
    await page.keyboard.press("Escape")
    await page.locator("#second-keyboard").check()
    await page.get_by_role("button", name="記号").click()
    assert len(await page.locator(".keyboard-key").all()) == 32


@pytest.mark.requirement("RET-08")
async def test_the_real_keyboard_is_silent_while_it_is_on(page: Page) -> None:
    """With the tick the field takes nothing from the real keyboard; without it, it does again."""
    await page.locator("#first-keyboard").check()
    await page.keyboard.type("abc")
    await page.keyboard.press("Escape")
    await page.wait_for_function("document.activeElement.id === 'first'")
    await page.keyboard.type("abc")
    assert await page.locator("#first").input_value() == ""
    await page.locator("#first-keyboard").uncheck()
    await page.locator("#first").press_sequentially("abc")
    assert await page.locator("#first").input_value() == "abc"


@pytest.mark.requirement("RET-08", "UI-01")
async def test_keys_are_large_enough_and_nothing_is_cut_off(page: Page) -> None:
    """At 320 px each key can be hit by a thumb, and the dialog fits."""
    await page.locator("#second-keyboard").check()
    for kind in ("英小文字", "記号"):
        await page.get_by_role("button", name=kind, exact=True).click()
        boxes = [await key.bounding_box() for key in await page.locator(".keyboard-key").all()]
        assert all(box and box["width"] >= 36 and box["height"] >= 44 for box in boxes)
        assert all(box and box["x"] >= 0 and box["x"] + box["width"] <= 320 for box in boxes)
    assert await page.evaluate("document.documentElement.scrollWidth") <= 320


@pytest.mark.requirement("RET-08")
async def test_without_scripts_it_is_not_offered(browser: Browser, url: str) -> None:
    """Without JavaScript there is neither tick nor keyboard, and the fields can be filled in."""
    page = await browser.new_page(java_script_enabled=False)
    await page.goto(url)
    assert not await page.get_by_text("ソフトウェアキーボードを使う").first.is_visible()
    await page.locator("#first").fill("typed1")
    await page.close()


async def test_one_page_has_one_keyboard() -> None:
    """However many passwords a page asks for, the dialog stands on it once."""
    assert page_html().count("<dialog") == 1
