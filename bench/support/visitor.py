"""A person who links an account: reads the forms in the pages, fills them in, makes the call."""

import json
import re
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from html import unescape
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from bench.support.app import FORM, REDIRECT_URI, Unexpected
from bench.support.http import Answer, Client
from madoguchi.plumbing.telephone.webhook import SIGNATURE_HEADER, TIMESTAMP_HEADER, sign

HIDDEN = re.compile(r'<input type="hidden" name="(\w+)" value="([^"]*)">')
NUMBER = re.compile(r'href="tel:([^"]+)"')
MOST_PAGES = 20
ACCOUNT_FIELDS = ("branch_code", "account_kind", "account_number")


@dataclass(frozen=True, slots=True)
class Telephone:
    """The gateway that reports calls by the signed webhook."""

    url: str
    secret: str
    clock_ahead_seconds: float

    async def call(self, http: Client, caller: str, called: str) -> None:
        """Report a call. Raises `Unexpected`."""
        fields = {"call_id": secrets.token_hex(8), "called": called, "caller": caller}
        body, timestamp = (
            json.dumps(fields).encode(),
            str(int(time.time() + self.clock_ahead_seconds)),
        )
        headers = {
            "content-type": "application/json",
            TIMESTAMP_HEADER: timestamp,
            SIGNATURE_HEADER: sign(self.secret.encode(), timestamp, body),
        }
        answer = await http.request("call (webhook)", "POST", self.url, headers, body)
        if answer.status != 204:
            raise Unexpected(f"the call: {answer.status} {answer.body[:200].decode()}")


@dataclass
class Visitor:
    """One sample customer with a browser. Walks the six screens with the first answer right."""

    http: Client
    customer: Mapping[str, Any]
    telephone: Telephone
    cookies: dict[str, str] = field(default_factory=dict)

    async def link(self, url: str) -> str:
        """Go from the authorization endpoint's URL through the screens; return the code."""
        self.cookies.clear()
        for _ in range(MOST_PAGES):
            page = await self._browse("GET", url)
            if page.status == 303:
                url = page.headers["location"]
                if url.startswith(REDIRECT_URI):
                    return _code(url)
                continue
            page = await self._submit(url, page)
            url = page.headers["location"]
        raise Unexpected(f"no end after {MOST_PAGES} pages, at {url}")

    async def _submit(self, url: str, page: Answer) -> Answer:
        text = page.body.decode()
        if page.status != 200:
            raise Unexpected(f"{url}: {page.status} {text[:500]}")
        screen = urlsplit(url).path.rpartition("/")[2]
        if screen == "call":
            found = NUMBER.search(text)
            number = unescape(found[1]) if found else ""
            await self.telephone.call(self.http, self.customer["phone"], number)
        form = {name: unescape(value) for name, value in HIDDEN.findall(text)}
        answer = await self._browse("POST", url, {**form, **self._typed(screen)})
        if answer.status != 303:
            raise Unexpected(f"POST {url}: {answer.status} {answer.body[:500].decode()}")
        return answer

    def _typed(self, screen: str) -> dict[str, str]:
        customer = self.customer
        match screen:
            case "account":
                return {
                    name: customer[name]
                    for name in ("branch_code", "account_kind", "account_number")
                }
            case "customer":
                year, month, day = customer["birth_date"].split("-")
                birth = {"birth_year": year, "birth_month": month, "birth_day": day}
                email = customer["email"]
                name_and_phone = {"name_kana": customer["name_kana"], "phone": customer["phone"]}
                return {**name_and_phone, **birth, "email": email, "email_again": email}
            case "card-pin":
                return {"card_pin": customer["card_pin"]}
            case "consent":
                return {"agree": "yes"}
            case _:
                return {}

    async def _browse(self, method: str, url: str, form: Mapping[str, str] | None = None) -> Answer:
        headers = {"accept": "text/html", "accept-language": "ja"}
        if self.cookies:
            headers["cookie"] = "; ".join(f"{name}={v}" for name, v in self.cookies.items())
        body = urlencode(form).encode("ascii") if form is not None else b""
        if form is not None:
            headers |= FORM
        name = f"{method} {urlsplit(url).path.rpartition('/')[2]}"
        answer = await self.http.request(name, method, url, headers, body)
        for cookie in answer.cookies:
            key, _, value = cookie.partition(";")[0].partition("=")
            self.cookies[key] = value
        return answer


def _code(url: str) -> str:
    answer = parse_qs(urlsplit(url).query)
    if "code" not in answer:
        raise Unexpected(f"came back with {answer}")
    return answer["code"][0]
