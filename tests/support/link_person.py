"""One person's way through the six screens of the API link, step by step over HTTP."""

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import Any

from tests.support.html_browser import HtmlBrowser
from tests.support.oauth_client import AppClient

SCREENS = ("account", "customer", "phone", "call", "card-pin", "consent")
Call = Callable[[str | None, str], Awaitable[Any]]


@dataclass(frozen=True)
class Person:
    """What somebody types on the screens; the phone is also the one that he calls from."""

    branch_code: str
    account_kind: str
    account_number: str
    name_kana: str
    birth_date: str
    phone: str
    email: str
    card_pin: str

    def but(self, **changes: str) -> "Person":
        """Return the person with something else typed."""
        return replace(self, **changes)

    @property
    def account_fields(self) -> dict[str, str]:
        """What is typed on ①."""
        return {
            "branch_code": self.branch_code,
            "account_kind": self.account_kind,
            "account_number": self.account_number,
        }

    @property
    def customer_fields(self) -> dict[str, str]:
        """What is typed on ②."""
        year, month, day = self.birth_date.split("-")
        return {
            "name_kana": self.name_kana,
            "birth_year": year,
            "birth_month": month.lstrip("0"),
            "birth_day": day.lstrip("0"),
            "phone": self.phone,
            "email": self.email,
            "email_again": self.email,
        }


def person_of(customer: dict[str, Any], email: str = "typed@example.jp") -> Person:
    """Return what a sample customer of the demo types."""
    return Person(
        branch_code=customer["branch_code"],
        account_kind=customer["account_kind"],
        account_number=customer["account_number"],
        name_kana=customer["name_kana"],
        birth_date=customer["birth_date"],
        phone=customer["phone"],
        email=email,
        card_pin=customer["card_pin"] or "0000",
    )


@dataclass
class Walk:
    """A person in front of his browser, and the app that sent him there."""

    browser: HtmlBrowser
    app: AppClient
    person: Person
    call: Call

    @property
    def number_shown(self) -> str:
        """The number that screen ④ asks to call, as its link dials it."""
        found = re.search(r'class="number" href="tel:([0-9+]+)"', self.browser.html)
        assert found, self.browser.text[:300]
        return found[1]

    async def to(self, screen: str) -> "Walk":
        """Go on to a screen, by the happy path; return this walk."""
        while self.browser.screen != screen:
            before = self.browser.screen
            await self.step()
            assert self.browser.screen != before, f"still on {before}: {self.browser.text[:600]}"
        return self

    async def step(self) -> None:
        """Do the screen shown rightly, all but the last."""
        match self.browser.screen:
            case "account":
                await self.browser.send(**self.person.account_fields)
            case "customer":
                await self.browser.send(**self.person.customer_fields)
            case "phone":
                await self.browser.send()
            case "call":
                await self.call(self.person.phone, self.number_shown)
                await self.browser.send()
            case "card-pin":
                await self.browser.send(card_pin=self.person.card_pin)
            case other:
                raise AssertionError(f"no way on from {other}: {self.browser.text[:600]}")

    async def finish(self) -> str:
        """Go the whole way and permit; return the code that the app got."""
        await self.to("consent")
        await self.browser.send(agree="1")
        return self.app.returned(self.browser.left_for)["code"]

    async def tokens(self) -> dict[str, Any]:
        """Go the whole way, and have the app redeem the code."""
        answer = await self.app.redeem(await self.finish())
        assert answer.status_code == 200, answer.text
        return dict(answer.json())
