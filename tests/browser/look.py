"""What is looked at on every page: nothing cut off, nothing missing, nobody shut out."""

import asyncio
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from playwright.async_api import Page

from tests.support.source import ROOT

LANGUAGES = ("ja", "en")
WIDTHS = (320, 360, 1280)
HEIGHT = 800
PICTURES = os.environ.get("MADOGUCHI_PICTURES", "")
"""A folder to leave a picture of every page in; none are taken without it."""
AXE = ROOT / "tests/clients/node_modules/axe-core/axe.min.js"
AXE_RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]

FAULTS = """() => {
  const faults = [], width = document.documentElement.clientWidth;
  const name = (e) => `<${e.localName} ${e.className}> ${e.textContent.trim().slice(0, 30)}`;
  if (document.documentElement.scrollWidth > innerWidth) faults.push("the page scrolls sideways");
  if (document.querySelectorAll("h1").length !== 1) faults.push("not one h1");
  if (document.querySelectorAll("main").length !== 1) faults.push("not one main");
  for (const e of document.querySelectorAll("body *")) {
    if (!e.checkVisibility() || e.closest(".visually-hidden, .skip, svg")) continue;
    const style = getComputedStyle(e);
    if (e.textContent.trim() && style.overflowX !== "visible" && e.scrollWidth > e.clientWidth + 1)
      faults.push(`cut off: ${name(e)}`);
  }
  const logo = document.querySelector(".logo");
  if (logo && logo.getBoundingClientRect().width < 100) faults.push("the logo is squeezed");
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    const text = texts.currentNode, parent = text.parentElement;
    if (!text.data.trim() || !parent.checkVisibility()) continue;
    if (parent.closest(".visually-hidden, .skip, select, svg")) continue;
    const boxes = "button, .button, .choice, .notice, .call, .number, dd, dialog, .width";
    const box = parent.closest(boxes);
    const room = box ? box.getBoundingClientRect() : { left: 0, right: width };
    const range = document.createRange();
    range.selectNodeContents(text);
    for (const r of range.getClientRects())
      if (r.left < Math.max(0, room.left) - 1 || r.right > Math.min(width, room.right) + 1)
        faults.push(`sticks out: ${name(parent)}`);
  }
  const pen = document.createElement("canvas").getContext("2d");
  for (const e of document.querySelectorAll("select")) {
    const style = getComputedStyle(e), text = e.selectedOptions[0]?.text ?? "";
    pen.font = style.font;
    const room = e.clientWidth - parseFloat(style.paddingLeft) - parseFloat(style.paddingRight);
    if (e.checkVisibility() && pen.measureText(text).width > room + 1)
      faults.push(`cut off in its field: ${text}`);
  }
  const sheet = document.querySelector(".sheet").getBoundingClientRect();
  for (const e of document.querySelectorAll(".sheet :is(.button, .input, .choice, .notice)"))
    if (e.checkVisibility() && e.getBoundingClientRect().right > sheet.right - 15)
      faults.push(`out of line: ${name(e)}`);
  for (const e of document.querySelectorAll("a[href], button, input:not([type=hidden]), select")) {
    const r = e.getBoundingClientRect();
    if (e.checkVisibility() && !e.closest(".skip") && !e.closest("p, li, dd") && r.height < 24)
      faults.push(`too low to hit: ${name(e)}`);
  }
  return faults;
}"""
RUN_AXE = """async (rules) => {
  const found = await axe.run(document, { resultTypes: ["violations"], runOnly: rules });
  return found.violations.map(({ id, impact, help, nodes }) => ({
    id, impact, help, where: nodes.map((node) => node.target.join(" ")).slice(0, 3) }));
}"""


async def look(
    page: Page,
    name: str,
    *,
    scripts: bool = True,
    widths: Sequence[int] = WIDTHS,
    axe: Sequence[str] = LANGUAGES,
) -> None:
    """Look at a page in both languages, in every width; end in Japanese.

    In the languages of `axe`, axe looks too.
    """
    for language in LANGUAGES:
        await switch_to(page, language)
        await look_here(page, name, scripts=scripts and language in axe, widths=widths)
    await switch_to(page, "ja")


async def look_here(
    page: Page, name: str, *, scripts: bool = True, widths: Sequence[int] = WIDTHS
) -> None:
    """Look at a page as it stands, in every width; with axe, Japanese on light, English on dark."""
    language = await page.locator("html").get_attribute("lang")
    for width in widths:
        await page.set_viewport_size({"width": width, "height": HEIGHT})
        faults: list[str] = await page.evaluate(FAULTS)
        assert faults == [], (name, language, width)
        await take_picture(page, f"{name}-{language}-{width}")
    if scripts:
        await page.emulate_media(color_scheme="light" if language == "ja" else "dark")
        await ask_axe(page, f"{name}-{language}")
        await take_picture(page, f"{name}-{language}-axe")
        await page.emulate_media(color_scheme="light")


async def switch_to(page: Page, language: str) -> None:
    """Change the language by the switch that stands on every page (UI-02)."""
    if await page.locator("html").get_attribute("lang") == language:
        return
    async with page.expect_navigation():
        await page.locator(f'header a[hreflang="{language}"]').click()
    assert await page.locator("html").get_attribute("lang") == language
    dialog = page.locator("dialog[open] button")
    if await dialog.count():
        await dialog.click()


async def ask_axe(page: Page, where: str) -> None:
    """Have axe look for what keeps people out; nothing of it may be serious."""
    if not await page.evaluate("'axe' in window"):
        await page.evaluate(AXE.read_text("utf-8"))
    found: list[dict[str, Any]] = await page.evaluate(RUN_AXE, AXE_RULES)
    assert [each for each in found if each["impact"] in {"serious", "critical"}] == [], where


async def look_at_frame(page: Page, screen_id: str = "") -> None:
    """Check what stands around a screen: logo, name, links and id at the foot (LINK-03)."""
    heading = await page.locator("h1").inner_text()
    assert heading in await page.title()
    assert "サンプル信用組合" in await page.title()
    logo = page.get_by_role("banner").get_by_role("img", name="サンプル信用組合")
    assert await logo.evaluate("img => img.complete && img.naturalWidth > 0")
    foot = page.get_by_role("contentinfo")
    for link in ("API利用規約", "よくあるご質問"):
        assert await foot.get_by_role("link", name=link).is_visible()
    telephone = foot.get_by_role("link", name="0120-000-101")
    assert await telephone.get_attribute("href") == "tel:0120000101"
    if screen_id:
        assert await foot.get_by_text(f"画面ID: {screen_id}").is_visible()


async def take_picture(page: Page, name: str) -> None:
    """Leave a picture of the whole page, where a folder for pictures is named."""
    if PICTURES:
        await asyncio.sleep(0.2)
        await page.screenshot(path=Path(PICTURES) / f"{name}.png", full_page=True)
