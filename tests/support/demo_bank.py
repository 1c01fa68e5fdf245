"""The running demo as tests walk through it: browsers, apps, telephones and its database."""

import asyncio
import json
import urllib.request
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import httpx2

from madoguchi.plumbing.database import Database
from tests.support.demo import RunningDemo
from tests.support.html_browser import HtmlBrowser
from tests.support.link_person import Person, Walk, person_of
from tests.support.oauth_client import AppClient

CALLBACK = "https://app.example.jp/callback"
CORE = "embedded_core_"
"""How the tables of the core banking system begin: what stands there is the bank's own book."""


@dataclass
class DemoBank:
    """A running demo, with an open HTTP client and its database."""

    demo: RunningDemo
    http: httpx2.AsyncClient
    database: Database

    def now(self) -> datetime:
        """Return the demo's present time."""
        with urllib.request.urlopen(self.demo.ready["clock"]["now_url"], timeout=10) as answer:
            return datetime.fromisoformat(json.load(answer)["now"])

    def app(self, client_id: str = "tester", institution: str = "9901") -> AppClient:
        """Return an installation of a sample app."""
        client = self.demo.client(client_id, institution)
        return AppClient(
            http=self.http, issuer=self.demo.institution(institution)["issuer"],
            client_id=client_id, private_jwk=client["private_jwk"], redirect_uri=CALLBACK,
            time=lambda: self.now().timestamp(),
        )  # fmt: skip

    def browser(self, base: str = "", language: str = "ja") -> HtmlBrowser:
        """Return a new browser; `base` names another web process than the first."""
        return HtmlBrowser(self.http, base or self.demo.home, language)

    async def begin(
        self,
        person: Person | None = None,
        *,
        app: AppClient | None = None,
        browser: HtmlBrowser | None = None,
    ) -> Walk:
        """Have an app push a request, and open it in a browser: the walk stands on screen ①."""
        await self.forget_rates()
        app, browser = app or self.app(), browser or self.browser()
        if not app.metadata:
            await app.discover()
        url = await app.pushed_url()
        await browser.open(url.replace(self.demo.home, browser.base))
        return Walk(browser, app, person or self.person(), self.call)

    async def call(self, caller: str | None, called: str) -> Any:
        """Have a telephone call a number."""
        return await asyncio.to_thread(self.demo.call, caller, called)

    def person(self, case: str = "ordinary", number: int = 0, **changes: str) -> Person:
        """Return what a sample customer types."""
        person = person_of(self.demo.customers(case)[number])
        return person.but(**changes)

    async def forget_rates(self) -> None:
        """Forget how often this machine has tried: all browsers of the tests share its address."""
        async with self.database.transaction() as tx:
            await tx.execute("DELETE FROM rate_limits_window")

    async def rows(self, sql: str, *values: object) -> list[dict[str, Any]]:
        """Return what a query finds in the database."""
        async with self.database.transaction() as tx:
            found: list[dict[str, Any]] = await tx.many(dict, sql, *values)
        return found

    async def count(self, sql: str, *values: object) -> int:
        """Return the one number that a query finds."""
        async with self.database.transaction() as tx:
            return int(await tx.value(sql, *values))

    async def tables(self) -> list[str]:
        """Return the names of all tables."""
        found = await self.rows(
            "SELECT tablename::text AS name FROM pg_tables WHERE schemaname = 'public'"
        )
        return sorted(row["name"] for row in found)

    async def tables_with(self, *words: str) -> dict[str, list[str]]:
        """Return each word with the tables of the platform in which it stands, in clear."""
        places: dict[str, list[str]] = {word: [] for word in words}
        for table in await self.tables():
            if table.startswith(CORE):
                continue
            rows = await self.rows(f"SELECT t::text AS row FROM {table} AS t")
            text = "\n".join(row["row"] for row in rows)
            for word in words:
                if word in text or word.encode().hex() in text:
                    places[word].append(table)
        return places

    def logs(self) -> str:
        """Return all that the demo's processes have written to their logs."""
        files = [self.demo.directory / "demo.log", self.demo.directory / "second.log"]
        files += sorted((self.demo.directory / "data" / "logs").iterdir())
        files += [self.demo.directory / "data" / "postgres" / "postgres.log"]
        return "\n".join(file.read_text("utf-8", "replace") for file in files if file.exists())


@asynccontextmanager
async def open_bank(demo: RunningDemo) -> AsyncIterator[DemoBank]:
    """Open a running demo for walking through it."""
    database = await Database.connect(str(demo.ready["database_url"]), largest=4)
    limits = httpx2.Limits(max_connections=64, max_keepalive_connections=32)
    async with httpx2.AsyncClient(limits=limits, timeout=30, trust_env=False) as http:
        yield DemoBank(demo, http, database)
    await database.close()
