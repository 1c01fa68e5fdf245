"""Takes the pictures of the README from a running demo: `python -m tests.browser.pictures`.

With `link` or `bank` behind it, only those of the API link or of internet banking.
"""

import asyncio
import shutil
import subprocess
import sys
import time
from pathlib import Path

from playwright.async_api import Browser, Page, ViewportSize, async_playwright

from tests.browser.bank_walk import OTHER_BANK, OTHER_BRANCH, BankWalk, customer_of
from tests.browser.conftest import ARGUMENTS, CHROMIUM
from tests.browser.walk import SCREEN_IDS, LinkWalk
from tests.support.demo import RunningDemo, demo_directory
from tests.support.source import ROOT

FOLDER = ROOT / "docs/pictures"
PHONE = ViewportSize(width=360, height=760)
DESKTOP = ViewportSize(width=1100, height=760)


async def take_all(demo: RunningDemo, groups: list[str]) -> None:
    """Take the pictures of the groups named, on a telephone and on a desktop."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        if "link" in groups:
            await _phone(browser, demo)
            await _desktop(browser, demo)
        if "bank" in groups:
            await _bank_phone(browser, demo)
            await _bank_desktop(browser, demo)
        await browser.close()


async def _phone(browser: Browser, demo: RunningDemo) -> None:
    context = await browser.new_context(locale="ja-JP", viewport=PHONE, device_scale_factor=1.5)
    page = await context.new_page()
    walk = LinkWalk(page, demo, demo.customer())
    await page.goto(demo.ready["sample_app"]["url"])
    await _take(page, "app-before")
    await page.get_by_role("link", name="連携").first.click()
    await page.locator("form", has_text="サンプル信用組合").get_by_role("button").click()
    await page.wait_for_url("**/link/*/account")
    for number, screen in enumerate(SCREEN_IDS, 1):
        await walk.to(screen)
        if screen == "call":
            await page.wait_for_timeout(2500)
        else:
            await walk.fill()
        await _take(page, f"{number}-{screen}")
    await walk.go()
    await page.locator(".amount").first.wait_for()
    await _take(page, "app-after")
    await page.locator(".accounts a").first.click()
    await _take(page, "app-transactions", full=False)
    await context.close()


async def _desktop(browser: Browser, demo: RunningDemo) -> None:
    context = await browser.new_context(locale="en-US", viewport=DESKTOP)
    walk = LinkWalk(await context.new_page(), demo, demo.customers()[1])
    await walk.to("consent")
    await _take(walk.page, "consent-desktop")
    await walk.page.emulate_media(color_scheme="dark")
    await _take(walk.page, "consent-desktop-dark")
    await context.close()


async def _bank_phone(browser: Browser, demo: RunningDemo) -> None:
    """Log in by the keyboard on the screen, look at the accounts, confirm a transfer."""
    context = await browser.new_context(locale="ja-JP", viewport=PHONE, device_scale_factor=1.5)
    walk = BankWalk(await context.new_page(), demo, customer_of(demo, "reisaburo3"))
    await walk.open("login")
    await walk.page.get_by_label("ソフトウェアキーボードを使う").click()
    await _take(walk.page, "bank-software-keyboard", full=False)
    await walk.log_in()
    await _take(walk.page, "bank-top", full=False)
    await walk.open("statements/month?month=2026-10")
    await walk.page.locator("svg[role=img]").evaluate("e => e.scrollIntoView({block: 'center'})")
    await _take(walk.page, "bank-month", full=False)
    await walk.to_confirm("1234561", amount="12345", bank=OTHER_BANK, branch=OTHER_BRANCH)
    await walk.fill(**await walk.prove())
    await _take(walk.page, "bank-transfer-confirm")
    await context.close()


async def _bank_desktop(browser: Browser, demo: RunningDemo) -> None:
    context = await browser.new_context(locale="en-US", viewport=DESKTOP)
    walk = BankWalk(await context.new_page(), demo, customer_of(demo, "mihontaro1"))
    await walk.log_in()
    await _take(walk.page, "bank-top-desktop")
    await walk.open("statements")
    await walk.page.locator("#result").evaluate("e => e.scrollIntoView()")
    await _take(walk.page, "bank-statement-desktop", full=False)
    await walk.to_confirm("7890123", amount="12345")
    await walk.page.emulate_media(color_scheme="dark")
    await _take(walk.page, "bank-transfer-confirm-desktop-dark")
    await context.close()


async def _take(page: Page, name: str, *, full: bool = True) -> None:
    await page.evaluate("document.activeElement.blur()")
    await page.wait_for_timeout(300)
    await page.screenshot(path=FOLDER / f"{name}.png", full_page=full)


def make_small(since: float) -> None:
    """Reduce the pictures taken `since` (Unix time) to few colours where ImageMagick is there."""
    if convert := shutil.which("convert"):
        options = ["-dither", "None", "-colors", "96", "-strip"]
        for path in FOLDER.glob("*.png"):
            if path.stat().st_mtime < since:
                continue
            subprocess.run([convert, path, *options, f"PNG8:{path}"], check=True)


def main() -> None:
    """Start a demo, take the pictures, stop it."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    begun = time.time()
    with demo_directory() as directory:
        demo = RunningDemo.start(Path(directory))
        try:
            asyncio.run(take_all(demo, sys.argv[1:] or ["link", "bank"]))
        finally:
            demo.stop()
    make_small(begun)


if __name__ == "__main__":
    main()
