"""What the scripts add to the screens, in a real browser under the real content security policy."""

import asyncio
import shutil
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import pytest
import pytest_asyncio
import uvicorn
from playwright.async_api import Browser, Page, async_playwright
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Mount, Route

from madoguchi.kernel.journey import FieldError
from madoguchi.plumbing.templates import Assets, Templates, icon_svg, theme_css
from madoguchi.plumbing.web.middleware import CONTENT_SECURITY_POLICY
from tests.plumbing.templates.look import BRANCH, INSTITUTION

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
LOOK: Any = INSTITUTION
ACCOUNT = SimpleNamespace(branch_code="001", kind="ordinary", number="0000123")
VIEWS: dict[str, Any] = {
    "account": {
        "client": SimpleNamespace(third_party="事業者", app="アプリ"),
        "only_branch": BRANCH,
    },
    "call": {
        "phone": "+819000003333",
        "number_shown": "0120-000-123",
        "seconds": 120,
        "state": "waiting",
        "seconds_left": 100,
        "status_url": "./call/status",
    },
    "card-pin": {"account": ACCOUNT},
}
WRONG = {
    "account": {
        "message": "incomplete",
        "errors": (
            FieldError("account_kind", "required"),
            FieldError("account_number", "required"),
        ),
    }
}

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine")


@dataclass
class Stage:
    """A server of screens: what it was sent, and what it answers about the call."""

    url: str = ""
    posts: list[str] = field(default_factory=list)
    call: dict[str, Any] = field(default_factory=dict)

    def app(self) -> Starlette:
        """Return the application: each screen, plain and with its errors."""
        assets = Assets()
        templates = Templates(["madoguchi.api_link"], assets=assets, strict=True)

        async def show(request: Request) -> Response:
            if request.method == "POST":
                self.posts.append(request.url.path)
                await asyncio.sleep(0.3)
            name = request.path_params["name"]
            wrong: Any = WRONG.get(name, {}) if "wrong" in request.query_params else {}
            context = {"view": VIEWS[name], "screen": SimpleNamespace(screen_id="SOA"), **wrong}
            html = templates.render(
                f"api_link/{name}.html", language="ja", institution=LOOK, **context
            )
            return HTMLResponse(html, headers={"content-security-policy": CONTENT_SECURITY_POLICY})

        async def status(_request: Request) -> Response:
            return JSONResponse(self.call)

        look = "/sample-shinkumi/assets"
        css = Response(theme_css(LOOK.colours), media_type="text/css")
        icon = Response(icon_svg(LOOK.name, LOOK.colours), media_type="image/svg+xml")
        return Starlette(
            routes=[
                Mount("/assets", app=assets),
                Route(f"{look}/theme.css", css),
                Route(f"{look}/icon.svg", icon),
                Route("/call/status", status),
                Route("/{name}", show, methods=["GET", "POST"]),
            ]
        )


@pytest_asyncio.fixture
async def stage() -> AsyncIterator[Stage]:
    """A running server of screens."""
    stage = Stage(call={"state": "waiting", "seconds_left": 90})
    server = uvicorn.Server(uvicorn.Config(stage.app(), port=0, log_level="warning"))
    running = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110 - uvicorn sets a flag, no event
        await asyncio.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    stage.url = f"http://127.0.0.1:{port}"
    yield stage
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
async def page(browser: Browser) -> AsyncIterator[Page]:
    """A page of a phone's size that fails the test when the browser complains of anything."""
    page = await browser.new_page(viewport={"width": 360, "height": 740})
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    yield page
    await page.close()
    assert complaints == []


@pytest.mark.requirement("LINK-04")
async def test_errors_open_as_a_dialog_that_leads_to_the_first_field(
    stage: Stage, page: Page
) -> None:
    """A dialog 「エラー」 opens; 閉じる puts the focus on the first field in error."""
    await page.goto(f"{stage.url}/account?wrong")
    dialog = page.get_by_role("dialog", name="エラー")
    await dialog.get_by_text("入力されていない項目があります。").wait_for()
    await dialog.get_by_role("button", name="閉じる").click()
    focused = await page.evaluate("document.activeElement.id")
    assert focused == "account_kind-ordinary"
    assert await page.locator("[data-error-summary]").is_visible()


@pytest.mark.requirement("UI-03")
async def test_masked_field_is_shown_until_it_is_left(stage: Stage, page: Page) -> None:
    """The button shows and hides what is typed, and leaving the field hides it again."""
    await page.goto(f"{stage.url}/card-pin")
    pin = page.get_by_label("暗証番号", exact=False)
    button = page.get_by_role("button", name="表示")
    await pin.fill("1234")
    await button.click()
    assert await pin.get_attribute("type") == "text"
    await page.get_by_role("button", name="隠す").click()
    assert await pin.get_attribute("type") == "password"
    await button.click()
    await page.get_by_role("button", name="次へ").focus()
    assert await pin.get_attribute("type") == "password"


@pytest.mark.requirement("LINK-21", "LINK-23")
async def test_call_is_noticed_without_moving_on(stage: Stage, page: Page) -> None:
    """The page counts down, says by itself that the call has come, and stays where it is."""
    await page.goto(f"{stage.url}/call")
    clock = page.locator("[data-call-clock]")
    await clock.wait_for()
    assert 85 <= int(await clock.locator(".seconds").inner_text()) <= 100
    stage.call = {"state": "confirmed", "seconds_left": 0}
    await page.get_by_role("status").get_by_text("お電話を確認しました。").wait_for()
    assert not await clock.is_visible()
    assert page.url == f"{stage.url}/call"
    assert stage.posts == []


@pytest.mark.requirement("LINK-24")
async def test_time_that_is_over_is_said(stage: Stage, page: Page) -> None:
    """After the time the page says that the person is to start over."""
    stage.call = {"state": "too-late", "seconds_left": 0}
    await page.goto(f"{stage.url}/call")
    await page.get_by_role("status").get_by_text("はじめからやり直してください").wait_for()


@pytest.mark.requirement("LINK-07")
async def test_double_click_posts_once(stage: Stage, page: Page) -> None:
    """Two clicks on the button send the form once, and the button is not disabled for it."""
    await page.goto(f"{stage.url}/card-pin")
    await page.get_by_role("button", name="次へ").dblclick()
    await page.wait_for_load_state()
    await asyncio.sleep(0.5)
    assert stage.posts == ["/card-pin"]
    assert await page.get_by_role("button", name="次へ").is_enabled()


@pytest.mark.requirement("LINK-03")
@pytest.mark.parametrize("width", [320, 360, 768, 1280])
async def test_nothing_is_cut_off(stage: Stage, page: Page, width: int) -> None:
    """From 320 px to a desktop no screen has to be scrolled sideways."""
    await page.set_viewport_size({"width": width, "height": 740})
    for name in VIEWS:
        await page.goto(f"{stage.url}/{name}?wrong")
        assert await page.evaluate("document.documentElement.scrollWidth") <= width
