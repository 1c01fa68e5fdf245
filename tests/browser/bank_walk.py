"""Walks through internet banking as its customers do, in a real browser."""

import asyncio
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from playwright.async_api import Page

from tests.browser.look import LANGUAGES, look
from tests.support.demo import RunningDemo

WIDTHS = (360, 1280)
"""A telephone and a desktop: what every screen of internet banking is looked at in."""
MAIL_SECONDS = 15.0
CODE = re.compile(r"(?:メール通知パスワード|One-time password)\n\s*([0-9]{6})\n")
OTHER_BANK, OTHER_BRANCH = "0001", "001"
"""A bank of the national list that tells the names of its customers."""
SILENT_BANK, SILENT_BRANCH = "0005", "001"
"""One that tells none: its code ends in 5."""


@dataclass
class BankWalk:
    """One customer in front of one browser page; `person` is one of the ready file's `retail`."""

    page: Page
    demo: RunningDemo
    person: Mapping[str, Any]
    scripts: bool = True
    codes_before: int = 0
    looks: int = 0

    def url(self, path: str) -> str:
        """Return the address of a page of internet banking."""
        return f"{self.demo.institution(self.person['institution'])['issuer']}/bank/{path}"

    async def open(self, path: str) -> None:
        """Go to a page, or begin a journey; codes mailed before are used no more."""
        self.codes_before = len(self._codes())
        await self.page.goto(self.url(path))

    async def log_in(self) -> None:
        """Log in, with the answer to a question where one is asked."""
        await self.open("login")
        await self.pass_login()
        assert self.place == "top", self.page.url

    async def pass_login(self) -> None:
        """Fill in the login that is shown, and answer the question that may follow."""
        await self.fill(
            login_id=self.person["login_id"], login_password=self.person["login_password"]
        )
        await self.go()
        if self.place == "question":
            await self.answer()

    async def answer(self) -> None:
        """Answer the question that is asked."""
        asked = await self.page.locator("dd").first.inner_text()
        answers = {**self.person["questions"], **self.person["questions_en"]}
        await self.fill(answer=answers[asked])
        await self.go()

    @property
    def place(self) -> str:
        """The screen, page or ending that the browser shows."""
        return self.page.url.partition("?")[0].partition("#")[0].rpartition("/")[2]

    def at(self, screen: str) -> None:
        """Check which screen the browser shows."""
        assert self.place == screen, self.page.url

    async def fill(self, **typed: str) -> None:
        """Type or choose these."""
        for name, value in typed.items():
            control = self.page.locator(f'.form [name="{name}"]')
            kind = await control.first.evaluate("e => e.type")
            if kind == "radio":
                await self.page.locator(f'[name="{name}"][value="{value}"]').check()
            elif kind == "checkbox":
                await control.check()
            elif kind == "select-one":
                await control.select_option(value)
            else:
                await control.fill(value)

    async def go(self, button: str = "go", **typed: str) -> None:
        """Fill in, press a button, wait for what comes."""
        await self.fill(**typed)
        async with self.page.expect_navigation():
            await self.page.locator(f'button[name="{button}"]:visible').first.click()

    async def follow(self, text: str) -> None:
        """Follow the link or press the button that says so, in the page's main part."""
        async with self.page.expect_navigation():
            await self.page.locator("main :is(a, button)", has_text=text).first.click()

    async def look(self, name: str) -> None:
        """Look at the page in both languages, narrow and wide.

        axe looks at every other page in Japanese on light, at the rest in English on dark: the
        parts that pages are made of are looked at in both.
        """
        axe = LANGUAGES[self.looks % len(LANGUAGES)]
        self.looks += 1
        await look(self.page, f"bank-{name}", scripts=self.scripts, widths=WIDTHS, axe=(axe,))

    async def main(self) -> str:
        """Return what can be read in the page's main part."""
        return await self.page.locator("main").inner_text()

    async def close_dialog(self) -> str:
        """Close the dialog of errors; return what it said."""
        dialog = self.page.locator("dialog[open]")
        await dialog.wait_for()
        said = await dialog.inner_text()
        await dialog.get_by_role("button").click()
        await dialog.wait_for(state="detached")
        return said

    async def code(self) -> str:
        """Return the one-time password mailed last since this page was opened."""
        for _ in range(round(MAIL_SECONDS / 0.1)):
            if len(codes := self._codes()) > self.codes_before:
                return codes[0]
            await asyncio.sleep(0.1)
        raise AssertionError(f"no code came to {self.person['email']}")

    def _codes(self) -> list[str]:
        found = [
            CODE.search(mail["text"].replace("\r", ""))
            for mail in self.demo.mails()
            if mail["to"] == self.person["email"]
        ]
        return [match[1] for match in found if match]

    async def prove(self) -> dict[str, str]:
        """Return what the confirmation that is shown asks for."""
        proofs = {"confirmation_password": self.person["confirmation_password"]}
        if await self.page.locator('[name="code"]').count():
            proofs["code"] = await self.code()
        return proofs

    async def confirm(self) -> None:
        """Confirm with what is right."""
        await self.go(**await self.prove())

    # ── a transfer ──

    async def to_bank(self) -> None:
        """Begin a transfer to somebody new."""
        await self.open("transfer")
        if self.place == "parties":
            await self.page.locator('[name="from_account"]').first.check()
            await self.go(to="new")
        self.at("bank")

    async def find(self, what: str, code: str) -> None:
        """Search a bank or a branch by its code, and choose it."""
        await self.go("search", query=code)
        await self.go(**{what: code})

    async def to_amount(self, number: str, *, bank: str = "", branch: str = "003") -> None:
        """Begin a transfer up to the amount; to the own institution unless a bank is named."""
        await self.to_bank()
        await self.find("bank", bank or self.person["institution"])
        await self.find("branch", branch)
        self.at("account")
        await self.go(account_kind="ordinary", account_number=number)
        if self.place == "name":
            await self.go(name_kana="サンプル　タロウ")
        self.at("amount")

    async def to_confirm(self, number: str, *, amount: str = "1000", **payee: str) -> None:
        """Begin a transfer up to the confirmation."""
        await self.to_amount(number, **payee)
        await self.go(amount=amount, when="today")
        self.at("confirm")

    async def transfer(self, number: str, *, amount: str = "1000", **payee: str) -> None:
        """Make a transfer for today."""
        await self.to_confirm(number, amount=amount, **payee)
        await self.confirm()
        self.at("done")


def customer_of(demo: RunningDemo, login_id: str, institution: str = "9901") -> dict[str, Any]:
    """Return a sample customer of internet banking."""
    return next(
        each
        for each in demo.ready["retail"]
        if each["institution"] == institution and each["login_id"] == login_id
    )


def new_customers(demo: RunningDemo, institution: str = "9901") -> list[dict[str, Any]]:
    """Return the sample customers who had no login ID when the demo began."""
    return [
        each
        for each in demo.ready["retail"]
        if each["institution"] == institution and each["state"] == "new"
    ]
