"""What customers of internet banking do again and again, for the driver."""

import asyncio
import json
import random
import time
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any

from bench.support.customer import Customer, TurnedAway
from bench.support.http import Client, Times
from bench.support.mailed_codes import MailedCodes
from madoguchi.plumbing.settings import load_settings

Unit = Callable[[], Awaitable[None]]
PAGES = {
    "top": "top",
    "balances": "balances",
    "statements": "statements",
}
READERS = 4
"""Signed-in customers who go on reading while others log in."""
PAUSE_SECONDS = 0.05
"""Between two pages of one reader."""
AFTER_TURNED_AWAY_SECONDS = 0.2


class RetailLoad:
    """The customers of one job, each with a connection and a browser."""

    def __init__(self, job: Mapping[str, Any], times: Times) -> None:
        self._job = job
        self._times = times
        self._browsers = Path(job["browsers"])
        self._customers: list[Customer] = []
        self._codes = MailedCodes(load_settings(Path(job["settings"])), job["institution"])

    async def units(self, what: str) -> list[Unit]:
        """Return what each customer does again and again, once he is ready for it."""
        await self._codes.open()
        kept = json.loads(self._browsers.read_text("utf-8")) if self._browsers.exists() else {}
        customers = [self._customer(place, kept) for place in range(self._job["users"])]
        self._customers = customers
        match what:
            case "login":
                return [self._timed(each.login) for each in customers]
            case "readers" | "flood":
                readers = customers[:READERS]
                await self._log_in(readers)
                reading = [self._steadily_reading(each) for each in readers]
                if what == "readers":
                    return reading
                return [*reading, *(self._flooding(each) for each in customers[READERS:])]
            case "transfer":
                await self._log_in(customers)
                return [self._transferring(each) for each in customers]
            case page:
                await self._log_in(customers)
                return [self._reading(each, page) for each in customers]

    def keep_browsers(self) -> None:
        """Keep the browsers' cookies for the next job: customers come back with a known device."""
        kept = {each.facts["login_id"]: each.cookies for each in self._customers}
        self._browsers.write_text(json.dumps(kept), "utf-8")

    def _customer(self, place: int, kept: Mapping[str, dict[str, str]]) -> Customer:
        everybody = self._job["contracts"]
        payee = {**everybody[(place + 1) % len(everybody)], "bank": self._job["institution"]}
        client, facts = Client(self._job["port"], self._times), everybody[place]
        cookies = kept.get(facts["login_id"], {})
        return Customer(client, self._job["home"], facts, payee, self._codes.last_of, cookies)

    async def _log_in(self, customers: list[Customer]) -> None:
        for each in customers:
            await each.login()

    def _reading(self, customer: Customer, page: str) -> Unit:
        async def read() -> None:
            await customer.read(page, PAGES[page])

        return read

    def _steadily_reading(self, customer: Customer) -> Unit:
        async def read() -> None:
            await asyncio.sleep(PAUSE_SECONDS * random.uniform(0.5, 1.5))  # noqa: S311
            try:
                await customer.read("balances", PAGES["balances"])
            except TurnedAway:
                self._times["reader turned away"].append(0.0)

        return read

    def _flooding(self, customer: Customer) -> Unit:
        login = self._timed(customer.login)

        async def flood() -> None:
            try:
                await login()
            except TurnedAway:
                self._times["turned away"].append(0.0)
                await asyncio.sleep(AFTER_TURNED_AWAY_SECONDS)

        return flood

    def _transferring(self, customer: Customer) -> Unit:
        async def transfer() -> None:
            await customer.transfer(amount=100)

        return self._timed(transfer)

    def _timed(self, whole: Unit) -> Unit:
        async def do() -> None:
            began = time.perf_counter()
            await whole()
            self._times["journey"].append(time.perf_counter() - began)

        return do
