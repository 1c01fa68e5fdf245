"""Walks through the screens of the API link as a customer does, in a real browser."""

import json
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx2
from playwright.async_api import Page

from tests.support.demo import RunningDemo
from tests.support.oauth_client import AppClient

APP = "https://app.example.jp/callback"
SCREEN_IDS = {
    "account": "SOA201",
    "customer": "SOA202",
    "phone": "SOA208",
    "call": "SOA209",
    "card-pin": "SOA211",
    "consent": "SOA206",
}
"""The six screens in order, and the id at the foot of each."""
MOST_SCREENS = len(SCREEN_IDS)


@dataclass
class LinkWalk:
    """One customer in front of one browser page."""

    page: Page
    demo: RunningDemo
    customer: Mapping[str, Any]
    typed: dict[str, str] = field(default_factory=dict)
    """What this customer types otherwise than is right, by the field's name."""

    async def begin(self) -> None:
        """Have an app send the browser to the first screen."""
        await self.page.goto(await pushed_url(self.demo))

    async def to(self, screen: str) -> None:
        """Begin unless begun, and go through the screens up to this one."""
        if "/link/" not in self.page.url:
            await self.begin()
        for _ in range(MOST_SCREENS):
            if self.place == screen:
                return
            await self.pass_screen()
        assert self.place == screen, self.page.url

    @property
    def place(self) -> str:
        """The screen or ending that the browser shows."""
        return self.page.url.partition("?")[0].rpartition("/")[2]

    async def pass_screen(self) -> None:
        """Fill in the screen and go on."""
        if self.place == "call":
            await self.call()
        await self.fill()
        await self.go()

    async def fill(self, **typed: str) -> None:
        """Fill in the screen's fields with the customer's data, or with what is given."""
        wanted = {**right_data(self.customer), **self.typed, **typed}
        for name in await self.fields():
            control = self.page.locator(f'.form [name="{name}"]')
            kind = await control.first.evaluate("e => e.type")
            if kind == "radio":
                await self.page.locator(f'[name="{name}"][value="{wanted[name]}"]').check()
            elif kind == "checkbox":
                await control.set_checked(wanted[name] == "yes")
            elif kind == "select-one":
                await control.select_option(wanted[name])
            else:
                await control.fill(wanted[name])

    async def fields(self) -> list[str]:
        """Return the names of the fields of the screen's form, in order."""
        names: list[str] = await self.page.evaluate(
            "[...new Set([...document.querySelectorAll("
            "'.form :is(input:not([type=hidden]), select)')].map(e => e.name))]"
        )
        return names

    async def go(self, button: str = "go") -> None:
        """Press the main button, or the one named, and wait for what comes."""
        async with self.page.expect_navigation():
            await self.page.locator(f'button[name="{button}"]').click()

    async def leave(self, selector: str = "button[name=go]") -> dict[str, str]:
        """Press what leads back to the app; return what it is told (no app is at its address)."""
        async with self.page.expect_request(lambda request: request.url.startswith(APP)) as asked:
            await self.page.locator(selector).click()
        return dict(parse_qsl(urlsplit((await asked.value).url).query))

    async def call(self) -> None:
        """Call the number shown from the customer's telephone."""
        number = await self.page.locator("a.number").inner_text()
        self.demo.call(self.customer["phone"], number)

    async def value(self, name: str) -> str:
        """Return what stands in a field."""
        return await self.page.locator(f'.form [name="{name}"]').input_value()

    async def close_dialog(self) -> str:
        """Close the dialog of errors; return what it said."""
        dialog = self.page.locator("dialog")
        await dialog.wait_for()
        said = await dialog.inner_text()
        await dialog.get_by_role("button").click()
        await dialog.wait_for(state="detached")
        return said

    async def focused(self) -> str:
        """Return the name of the field that has the focus."""
        name: str = await self.page.evaluate("document.activeElement.name || ''")
        return name


def right_data(customer: Mapping[str, Any]) -> dict[str, str]:
    """Return what a customer types into each field where all is right."""
    year, month, day = (str(int(part)) for part in customer["birth_date"].split("-"))
    return {
        "branch_code": customer["branch_code"],
        "account_kind": customer["account_kind"],
        "account_number": customer["account_number"],
        "name_kana": customer["name_kana"],
        "birth_year": year,
        "birth_month": month,
        "birth_day": day,
        "phone": customer["phone"],
        "email": customer["email"],
        "email_again": customer["email"],
        "card_pin": customer["card_pin"] or "1234",
        "agree": "yes",
    }


async def pushed_url(
    demo: RunningDemo, institution: str = "9901", state: str = "back-at-the-app"
) -> str:
    """Push an authorization request as an app would; return where the browser is sent."""
    client = demo.client(institution=institution)
    async with httpx2.AsyncClient() as http:
        now = demo_now(demo).timestamp()
        app = AppClient(
            http,
            demo.institution(institution)["issuer"],
            client["client_id"],
            client["private_jwk"],
            APP,
            lambda: now,
            scope="openid accounts balances transactions",
            state=state,
        )
        await app.discover()
        return await app.pushed_url()


def demo_now(demo: RunningDemo) -> datetime:
    """Return the instant that the demo's clock shows."""
    with urllib.request.urlopen(demo.ready["clock"]["now_url"], timeout=10) as answer:
        return datetime.fromisoformat(json.load(answer)["now"])
