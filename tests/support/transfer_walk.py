"""A customer who walks the transfer's screens over HTTP, and reads his one-time passwords."""

from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any

from madoguchi.institutions import Destination, Fee, FeeTable
from madoguchi.kernel.errors import must
from madoguchi.one_time_passwords import Asked
from madoguchi.plumbing.database import Tx
from tests.support.html_browser import HtmlBrowser
from tests.support.retail_world import Customer, RetailWorld

PAYEE = {"branch": "003", "account_kind": "ordinary", "account_number": "7890123"}
"""An invented customer of another branch, who is paid."""
NO_LOOK_UP = "0005"
"""A bank of which the simulated network tells no names."""


KNOWN = """
INSERT INTO transfers_payee (institution, contract_id, bank_code, branch_code, kind, number,
    nickname, bank_name, branch_name, name_kana, name_checked, account_id, holder_id, id,
    registered_at)
VALUES ($1, $2, $1, $3, $4, $5, 'x', 'x', 'x', 'X', true, NULL, '', 'known-long-since',
    '2020-01-01 00:00+09')
ON CONFLICT DO NOTHING"""
"""A payee kept long since: a reservation for him needs no code."""


@dataclass
class Walk:
    """Where a customer stands; `codes` are those sent to anybody, the latest last."""

    bank: RetailWorld
    customer: Customer
    browser: HtmlBrowser
    codes: list[tuple[Asked, str]] = field(default_factory=list)

    @classmethod
    async def come(cls, bank: RetailWorld, number: str = "1234567", **more: Any) -> "Walk":
        """Give the holder of a sample account a contract, and log him in."""
        customer = await bank.customer(number, **more)
        walk = cls(bank, customer, await bank.sign_in(customer))
        port: Any = bank.runtime.banking.mailed_codes
        tell = port._tell

        async def read_along(tx: Tx, asked: Asked, code: str, expires_at: datetime) -> None:
            walk.codes.append((asked, code))
            await tell(tx, asked, code, expires_at)

        port._tell = read_along
        return walk

    def in_another_tab(self) -> "Walk":
        """Return the same customer in a second tab, as it is now."""
        return replace(self, browser=self.browser.copy())

    @property
    def code(self) -> str:
        """The code sent last."""
        return self.codes[-1][1]

    @property
    def screen(self) -> str:
        """The screen that the browser shows."""
        return self.browser.screen

    @property
    def text(self) -> str:
        """What can be read."""
        return self.browser.text

    async def open(self, path: str) -> None:
        """Open a page or begin a journey."""
        await self.browser.open(self.bank.url(path))

    async def send(self, button: str = "go", /, **typed: str) -> None:
        """Fill in the form and press a button, a second later than the one before."""
        self.bank.clock.advance(1)
        await self.browser.send(button, **typed)

    async def submit(self, **typed: str) -> None:
        """Send what the page does not offer."""
        self.bank.clock.advance(1)
        fields = {**self.browser.filled_in("go"), **typed}
        await self.browser._follow(await self.browser.submit(fields))

    async def find_bank(self, code: str) -> None:
        """Search a bank by its code, and choose it."""
        await self.send("search", query=code)
        await self.send(bank=code)

    async def find_branch(self, code: str) -> None:
        """Search a branch by its code, and choose it."""
        await self.send("search", query=code)
        await self.send(branch=code)

    async def to_account(self, journey: str = "transfer") -> None:
        """Go to the payee's account at the own institution."""
        await self.open(journey)
        if self.screen == "parties":
            await self.send(to="new")
        await self.send(bank=self.bank.code)
        await self.send(branch=PAYEE["branch"])

    async def to_amount(self, **account: str) -> None:
        """Begin a transfer to somebody at the own institution, up to the amount."""
        account = {**PAYEE, **account}
        await self.to_account()
        await self.send(
            account_kind=account["account_kind"], account_number=account["account_number"]
        )
        assert self.screen == "amount", self.text

    async def to_confirm(self, amount: str = "1000", **typed: str) -> None:
        """Begin a transfer, up to the confirmation."""
        await self.to_amount()
        await self.send(**{"amount": amount, "when": "today", **typed})
        assert self.screen == "confirm", self.text

    async def confirm(self, **typed: str) -> None:
        """Confirm with what is right, unless told otherwise."""
        right = {"confirmation_password": self.customer.confirmation_password}
        if "code" in self.browser.form.fields:
            right["code"] = self.code
        await self.send(**{**right, **typed})

    async def made(self, amount: str = "1000") -> str:
        """Make a transfer for today; return its id."""
        await self.to_confirm(amount)
        await self.confirm()
        assert self.screen == "done", self.text
        return str((await self.transfers())[-1]["id"])

    async def reserved(self, on: str = "2026-11-24") -> str:
        """Reserve a transfer; return its id."""
        await self.to_confirm(when="reserved", on=on)
        await self.confirm()
        assert self.screen == "done", self.text
        return str((await self.transfers())[-1]["id"])

    async def registered(self, nickname: str = "家賃") -> str:
        """Register a payee; return its id."""
        await self.to_account("payee-register")
        await self.send(account_kind=PAYEE["account_kind"], account_number="7890123")
        await self.send(nickname=nickname)
        await self.confirm()
        assert self.screen == "done", self.text
        [payee] = await self.bank.rows("SELECT id FROM transfers_payee WHERE id IS NOT NULL")
        found: str = payee["id"]
        return found

    async def lose_account(self) -> None:
        """Have the account that pays taken off the contract meanwhile."""
        account = self.customer.contract.accounts[0].account_id
        async with self.bank.database.transaction() as tx:
            await tx.execute("DELETE FROM customers_account WHERE account_id = $1", account)

    def raise_fees(self) -> None:
        """Have the institution take 999 yen for every transfer from now on."""
        kinds: tuple[Destination, ...] = ("own", "same_branch", "other_branch", "other_bank")
        table = FeeTable(date(2000, 1, 2), tuple(Fee(kind, 999, 999) for kind in kinds))
        old = self.bank.institution.transfers.fee_tables
        self.bank.configure(transfers={"fee_tables": (*old, table)})

    async def transfers(self) -> list[dict[str, Any]]:
        """Return the transfers written down, oldest first."""
        return await self.bank.rows(
            "SELECT id, state, amount FROM transfers_transfer ORDER BY made_at, id"
        )

    async def available(self) -> int:
        """Return what is available on the customer's first account."""
        account = self.customer.contract.accounts[0]
        found = await self.bank.runtime.core.balances(self.bank._call(), account.account_id)
        return must(found).available
