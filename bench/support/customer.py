"""A customer of internet banking with a browser: logs in, reads pages, makes transfers."""

import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from html import unescape
from urllib.parse import urlencode, urlsplit

from bench.support.app import FORM, Unexpected
from bench.support.http import Answer, Client
from bench.support.visitor import HIDDEN

MAIN_FORM = re.compile(r'<form class="form"[^>]*>.*?</form>', re.DOTALL)
PAYER = re.compile(r'name="from_account" type="radio" value="([^"]+)"')
ReadCode = Callable[[str], Awaitable[str]]
"""Returns the code that was mailed last under a contract."""


class TurnedAway(Exception):
    """The server had no seat: 503."""


@dataclass
class Customer:
    """One contract's customer; `payee` is whose account he pays. Pages are timed by their names."""

    http: Client
    home: str
    facts: Mapping[str, str]
    payee: Mapping[str, str]
    read_code: ReadCode
    cookies: dict[str, str] = field(default_factory=dict)

    async def login(self) -> None:
        """Log in over the login page, up to the top page. Raises `TurnedAway`, `Unexpected`."""
        typed = {"login_id": self.facts["login_id"], "login_password": self.facts["password"]}
        await self._walk("login", {"login": typed}, until="top")

    async def read(self, name: str, path: str) -> None:
        """Read a page. Raises `TurnedAway`, `Unexpected`."""
        answer = await self._browse(name, "GET", f"{self.home}/{path}")
        if answer.status != 200:
            raise Unexpected(f"{path}: {answer.status} {answer.headers.get('location')}")

    async def transfer(self, amount: int) -> None:
        """Pay somebody at the own institution: seven screens, the mailed code, and it is done."""
        payee = self.payee
        typed = {
            "parties": {"to": "new"},
            "bank": {"bank": payee["bank"]},
            "branch": {"branch": payee["branch"]},
            "account": {"account_kind": "ordinary", "account_number": payee["number"]},
            "amount": {"amount": str(amount), "when": "today", "payer_name": "ｹｲｿｸ ﾀﾛｳ"},
            "confirm": {"confirmation_password": self.facts["confirmation_password"]},
        }
        await self._walk("transfer", typed, until="done")

    async def _walk(self, journey: str, typed: Mapping[str, Mapping[str, str]], until: str) -> None:
        """Fill in one screen after the other, up to the page named `until`."""
        url, method, form = f"{self.home}/{journey}", "GET", None
        for _ in range(3 * len(typed) + 4):
            screen = _screen(url)
            begins = url == f"{self.home}/{journey}"
            name = f"begin {journey}" if begins else f"{method} {journey}/{screen}"
            answer = await self._browse(name, method, url, form)
            if answer.status == 303:
                url, method, form = answer.headers["location"], "GET", None
            elif answer.status != 200 or method == "POST":
                raise Unexpected(f"{method} {url}: {answer.status} {_words(answer)}")
            elif screen == until:
                return
            else:
                form, method = await self._filled_in(screen, answer, typed), "POST"
        raise Unexpected(f"no end of {journey}, at {url}")

    async def _filled_in(
        self, screen: str, page: Answer, typed: Mapping[str, Mapping[str, str]]
    ) -> dict[str, str]:
        found = MAIN_FORM.search(page.body.decode())
        if found is None or screen not in typed:
            raise Unexpected(f"at {screen}: {_words(page)}")
        form = {name: unescape(value) for name, value in HIDDEN.findall(found[0])}
        form |= typed[screen]
        button = {
            "bank": ("bank", form.get("bank", "")),
            "branch": ("branch", form.get("branch", "")),
        }
        form |= dict([button.get(screen, ("go", "1"))])
        if screen == "parties":
            form["from_account"] = unescape(_must(PAYER.search(found[0]))[1])
        if screen == "confirm":
            form["code"] = await self.read_code(self.facts["contract_id"])
        return form

    async def _browse(
        self, name: str, method: str, url: str, form: Mapping[str, str] | None = None
    ) -> Answer:
        headers = {"accept": "text/html", "accept-language": "ja"}
        if self.cookies:
            headers["cookie"] = "; ".join(f"{key}={v}" for key, v in self.cookies.items())
        body = urlencode(form).encode("ascii") if form is not None else b""
        if form is not None:
            headers |= FORM
        answer = await self.http.request(name, method, url, headers, body)
        for cookie in answer.cookies:
            key, _, value = cookie.partition(";")[0].partition("=")
            self.cookies[key] = value
        if answer.status == 503:
            raise TurnedAway
        return answer


def _screen(url: str) -> str:
    return urlsplit(url).path.rpartition("/")[2]


def _words(page: Answer) -> str:
    text = page.body.decode()
    main = text[text.find("<main") :]
    return " ".join(re.sub(r"<[^>]+>", " ", main).split())[:600]


def _must(found: "re.Match[str] | None") -> "re.Match[str]":
    if found is None:
        raise Unexpected("the page offers no account to pay from")
    return found
