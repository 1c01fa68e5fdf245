"""A browser, and pages that complain when the browser does."""

import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, ConsoleMessage, Page, async_playwright

from madoguchi.kernel.clock import in_japan
from tests.browser.bank_walk import BankWalk, customer_of
from tests.browser.walk import LinkWalk, demo_now
from tests.support.demo import RunningDemo

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
]
PHONE = {"width": 360, "height": 800}
NewPage = Callable[..., Awaitable[Page]]
Walker = Callable[..., Awaitable[LinkWalk]]
Banker = Callable[..., Awaitable[BankWalk]]


@pytest_asyncio.fixture(scope="session")
async def browser() -> AsyncIterator[Browser]:
    """One Chromium for all of a worker's tests."""
    if CHROMIUM is None:
        pytest.skip("no Chromium on this machine")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        await browser.close()


@pytest.fixture(autouse=True)
def _another_hour(demo: RunningDemo) -> None:
    """Begin each test an hour later, within the day: what an address may try is counted anew."""
    later = in_japan(demo_now(demo)) + timedelta(minutes=61)
    if not 9 <= later.hour < 18:
        day = later if later.hour < 9 else later + timedelta(days=1)
        later = day.replace(hour=9, minute=0, second=0)
    demo.set_clock(later.isoformat())


@pytest_asyncio.fixture
async def new_page(browser: Browser) -> AsyncIterator[NewPage]:
    """Opens a page in a browser of its own; the test fails when the browser complains."""
    complaints: list[str] = []
    contexts = []

    async def open_page(*, scripts: bool = True, **options: Any) -> Page:
        usual = {"locale": "ja-JP", "viewport": PHONE, "java_script_enabled": scripts}
        context = await browser.new_context(**{**usual, **options})
        context.set_default_timeout(10_000)
        contexts.append(context)
        page = await context.new_page()
        context.on("console", lambda message: complaints.extend(_complaint(message)))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        return page

    yield open_page
    for context in contexts:
        await context.close()
    assert complaints == []


@pytest.fixture
def walker(new_page: NewPage, demo: RunningDemo) -> Walker:
    """Sends a customer on his way, with a browser of his own."""

    async def make(customer: dict[str, Any] | None = None, **options: Any) -> LinkWalk:
        return LinkWalk(await new_page(**options), demo, customer or demo.customer())

    return make


@pytest.fixture
def banker(new_page: NewPage, demo: RunningDemo) -> Banker:
    """Sets a customer of internet banking in front of a browser of his own."""

    async def make(login_id: str, institution: str = "9901", **options: Any) -> BankWalk:
        person = customer_of(demo, login_id, institution)
        scripts = options.get("scripts", True)
        return BankWalk(await new_page(**options), demo, person, scripts=scripts)

    return make


def _complaint(message: ConsoleMessage) -> list[str]:
    """Return what the browser says is wrong.

    No complaint: that a page itself answers 404 or 503, that ④, left open in another window, asks
    for its call once more when the visit has gone on, and that a session asked after has ended.
    """
    address = message.location["url"]
    known = address.endswith(("/call/status", "/bank/session")) or (
        message.page is None or address == message.page.url
    )
    if message.type not in {"error", "warning"}:
        return []
    if message.text.startswith("Failed to load resource") and known:
        return []
    return [f"{message.text} ({address})"]
