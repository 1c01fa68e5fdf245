"""A customer of the demo's internet banking, before one of its web processes."""

import asyncio
import re
import time
from dataclasses import dataclass, field, replace
from typing import Any

import httpx2

from madoguchi.core_bank.embedded import CoreAdministration
from madoguchi.kernel.clock import SystemClock
from madoguchi.kernel.entropy import SystemEntropy
from tests.support.demo_bank import DemoBank
from tests.support.html_browser import HtmlBrowser
from tests.support.keys import FixedKeys

PATIENCE_SECONDS = 30.0
PAYEE = {"branch": "003", "account_kind": "ordinary", "account_number": "7890123"}
"""An invented customer of another branch of the sample bank, who is paid."""
OF_CUSTOMER = """
SELECT contract_id AS contract FROM customers_login_id WHERE institution = $1 AND login_id = $2"""
TRANSFERS = """
SELECT id, state, amount, fee, reason, account_id FROM transfers_transfer
WHERE institution = $1 AND contract_id = $2 ORDER BY made_at, id"""
BALANCE = "SELECT balance - held FROM embedded_core.account WHERE institution = $1 AND id = $2"
CARD_ACCOUNT = """
SELECT a.account_id FROM customers_account a
JOIN customers_contract c ON c.institution = a.institution AND c.id = a.contract_id
    AND c.account_number = a.account_number
WHERE a.institution = $1 AND a.contract_id = $2"""
MOVEMENTS = """
SELECT count(*) FROM embedded_core.posting p
JOIN embedded_core.journal j ON j.institution = p.institution AND j.id = p.journal_id
WHERE p.institution = $1 AND p.account_id = $2 AND j.hold_id IN (
    SELECT hold_id FROM transfers_transfer WHERE institution = $1 AND id = $3)"""


@dataclass
class DemoCustomer:
    """Somebody of the ready file's list, with his browser; `mails_seen` are those read already."""

    bank: DemoBank
    known: dict[str, Any]
    browser: HtmlBrowser
    mails_seen: int = 0
    contract: str = field(default="", repr=False)

    @classmethod
    async def of(
        cls, bank: DemoBank, login_id: str = "mihontaro1", *, base: str = "", code: str = "9901"
    ) -> "DemoCustomer":
        """Return the customer of a login ID, not signed in, at one of the processes."""
        [known] = [
            each
            for each in bank.demo.ready["retail"]
            if (each["institution"], each["login_id"]) == (code, login_id)
        ]
        [row] = await bank.rows(OF_CUSTOMER, code, login_id)
        return cls(bank, known, bank.browser(base), contract=row["contract"])

    @classmethod
    async def come(
        cls, bank: DemoBank, login_id: str = "mihontaro1", *, base: str = "", code: str = "9901"
    ) -> "DemoCustomer":
        """Return the customer, signed in."""
        customer = await cls.of(bank, login_id, base=base, code=code)
        await customer.sign_in()
        return customer

    @property
    def code(self) -> str:
        """The institution's code."""
        return str(self.known["institution"])

    @property
    def url(self) -> str:
        """The path that every page of the institution's internet banking begins with."""
        return f"/{self.bank.demo.institution(self.code)['slug']}/bank/"

    @property
    def session(self) -> str:
        """The session's secret that the browser holds."""
        return self.browser.cookies.get(f"__Host-bank-{self.code}", "")

    @property
    def screen(self) -> str:
        """The screen shown."""
        return self.browser.screen

    @property
    def text(self) -> str:
        """What can be read."""
        return self.browser.text

    def at(self, base: str, **changes: Any) -> HtmlBrowser:
        """Return this browser as it is now, at one of the processes."""
        return self.browser.copy(base=base, **changes)

    def twin(self) -> "DemoCustomer":
        """Return the same customer with a second tab, as it is now."""
        return replace(self, browser=self.browser.copy())

    async def enter(self, password: str = "") -> None:
        """Type login ID and password, the right one unless told otherwise."""
        await self.browser.open(f"{self.url}login")
        await self.browser.send(
            login_id=self.known["login_id"], login_password=password or self.known["login_password"]
        )

    async def sign_in(self) -> None:
        """Log in; answer the question where one is asked."""
        await self.enter()
        await self.answer_if_asked()
        assert self.session, self.text[:600]

    async def answer_if_asked(self) -> None:
        """Answer the question, where the login shows one."""
        if self.screen == "question":
            [answer] = [it for ask, it in self.known["questions"].items() if ask in self.text]
            await self.browser.send(answer=answer)

    async def open(self, path: str) -> httpx2.Response:
        """Open a page of internet banking, or begin a journey."""
        return await self.browser.open(f"{self.url}{path}")

    async def send(self, button: str = "go", /, **typed: str) -> None:
        """Fill in the form, press a button."""
        await self.browser.send(button, **typed)

    async def to_amount(self) -> None:
        """Begin a transfer to somebody at another branch, up to the amount."""
        await self.open("transfer")
        await self.send(to="new")
        await self.send(bank=self.code)
        await self.send(branch=PAYEE["branch"])
        await self.send(account_kind=PAYEE["account_kind"], account_number=PAYEE["account_number"])
        assert self.screen == "amount", self.text[:600]

    async def to_confirm(self, amount: int = 1000, **typed: str) -> None:
        """Begin a transfer, up to its confirmation."""
        await self.to_amount()
        self.read_mails()
        await self.send(**{"amount": str(amount), "when": "today", **typed})
        assert self.screen == "confirm", self.text[:600]

    async def right(self) -> dict[str, str]:
        """Return the confirmation's form, filled in rightly; waits for the code's mail."""
        typed = {"confirmation_password": self.known["confirmation_password"]}
        if "code" in self.browser.form.fields:
            typed["code"] = await self.code_mailed()
        return self.browser.filled_in("go", **typed)

    async def confirm(self) -> None:
        """Confirm rightly."""
        await self.browser._follow(await self.browser.submit(await self.right()))

    async def reserved(self, amount: int, on: str) -> None:
        """Reserve a transfer."""
        await self.to_confirm(amount, when="reserved", on=on)
        await self.confirm()
        assert self.screen == "done", self.text[:600]

    def read_mails(self) -> None:
        """Take what is in the mailbox for read."""
        self.mails_seen = max((int(mail["id"]) for mail in self.bank.demo.mails()), default=0)

    async def code_mailed(self) -> str:
        """Wait for the mail with a code that is not read yet; return the code."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < deadline:
            for mail in self.bank.demo.mails():
                new = int(mail["id"]) > self.mails_seen and self.known["email"] in mail["to"]
                found = re.search(r"^([0-9]{6})\r?$", mail["text"], re.MULTILINE)
                if new and found:
                    return found[1]
            await asyncio.sleep(0.05)
        raise AssertionError("no code came")

    async def transfers(self) -> list[dict[str, Any]]:
        """Return the customer's transfers, oldest first."""
        return await self.bank.rows(TRANSFERS, self.code, self.contract)

    async def account(self) -> str:
        """Return the core's id of the account on his contract card."""
        [row] = await self.bank.rows(CARD_ACCOUNT, self.code, self.contract)
        return str(row["account_id"])

    async def available(self) -> int:
        """Return what is available on the account of his contract card."""
        return await self.bank.count(BALANCE, self.code, await self.account())

    async def movements(self, transfer_id: str) -> int:
        """Return how many lines a transfer has made on his account (amount and fee are two)."""
        return await self.bank.count(MOVEMENTS, self.code, await self.account(), transfer_id)

    async def mails(self, subject: str, wanted: int = 1) -> int:
        """Wait for so many unread mails with words in their subject, then a moment more."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while self._count(subject) < wanted and time.monotonic() < deadline:  # noqa: ASYNC110
            await asyncio.sleep(0.05)
        await asyncio.sleep(0.3)
        return self._count(subject)

    def _count(self, subject: str) -> int:
        return sum(
            subject in mail["subject"] and self.known["email"] in mail["to"]
            for mail in self.bank.demo.mails()
            if int(mail["id"]) > self.mails_seen
        )


async def broken_rules(bank: DemoBank, institution: str = "9901") -> object:
    """Return what the audit of the books finds broken: nothing where all is right."""
    core = CoreAdministration(bank.database, FixedKeys(), SystemClock(), SystemEntropy())
    return getattr(await core.verify_books(institution), "findings", ())


async def forget_tries(bank: DemoBank) -> None:
    """Forget locks, and how often was tried and how many codes were sent."""
    async with bank.database.transaction() as tx:
        for table in ("lockout_count", "rate_limits_window", "one_time_passwords_sending"):
            await tx.execute(f"DELETE FROM {table}")
