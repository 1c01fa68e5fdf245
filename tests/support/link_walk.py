"""A depositor who links an app: the six screens over HTTP, without JavaScript, in one call."""

from html.parser import HTMLParser
from typing import Any
from urllib.parse import urljoin, urlsplit

import httpx2

from tests.support.demo import RunningDemo

MOST_SCREENS = 12


class LinkDidNotComplete(Exception):
    """The walk came to a page where it cannot go on; its text tells which."""


def walk_link(demo: RunningDemo, authorization_url: str, customer: dict[str, Any]) -> str:
    """Walk from the app's authorization URL through all screens; return the callback URL.

    `customer` is an entry of the ready file. Nothing is sent to the app: the walk stops at the
    redirect that leaves the bank.
    """
    with httpx2.Client(trust_env=False) as http:
        person = _Person(demo, http, customer)
        url = person.follow(person.get(authorization_url))
        for _ in range(MOST_SCREENS):
            if not url.startswith(demo.home):
                return url
            url = person.answer(url)
    raise LinkDidNotComplete(f"still at {url} after {MOST_SCREENS} screens")


class _Person:
    """A person, and a browser that keeps `Secure` cookies for http on localhost."""

    def __init__(self, demo: RunningDemo, http: httpx2.Client, customer: dict[str, Any]) -> None:
        self.demo = demo
        self.http = http
        self.known = {**customer, **_birth(customer), "email_again": customer["email"]}
        self.known["agree"] = "yes"
        self.cookies: dict[str, str] = {}
        self.last = ""

    def get(self, url: str) -> httpx2.Response:
        return self._kept(self.http.get(url, headers=self._headers()))

    def follow(self, response: httpx2.Response) -> str:
        """Follow redirects within the bank; return where a page stands, or the way out."""
        while response.status_code == 303:
            url = urljoin(str(response.url), response.headers["location"])
            if _origin(url) != _origin(self.demo.home):
                return url
            response = self.get(url)
        self.last = response.text
        if response.status_code != 200 or not _Form(self.last).names:
            raise LinkDidNotComplete(f"{response.status_code} {response.url}\n{self.last}")
        return str(response.url)

    def answer(self, url: str) -> str:
        """Fill in the form of the page that was shown last and press 次へ; return what comes."""
        form = _Form(self.last)
        if form.number_to_call:
            self.demo.call(self.known["phone"], form.number_to_call)
        filled = {name: str(self.known[name]) for name in form.names if name in self.known}
        response = self.http.post(
            urljoin(url, form.action),
            data={**form.hidden, **filled, "go": form.go},
            headers={**self._headers(), "origin": _origin(url), "sec-fetch-site": "same-origin"},
        )
        return self.follow(self._kept(response))

    def _headers(self) -> dict[str, str]:
        cookies = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        return {"accept": "text/html", **({"cookie": cookies} if cookies else {})}

    def _kept(self, response: httpx2.Response) -> httpx2.Response:
        for line in response.headers.get_list("set-cookie"):
            name, _, value = line.partition(";")[0].partition("=")
            self.cookies[name] = value
        return response


class _Form(HTMLParser):
    """The form of a screen, and the number that the page asks to call."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.action = ""
        self.go = ""
        self.hidden: dict[str, str] = {}
        self.names: set[str] = set()
        self.number_to_call = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        name = given.get("name", "")
        if tag == "form" and given.get("method", "").lower() == "post":
            self.action = given.get("action", "")
        elif tag == "input" and given.get("type") == "hidden":
            self.hidden[name] = given.get("value", "")
            self.names.add(name)
        elif tag in {"input", "select"} and name:
            self.names.add(name)
        elif tag == "button" and name == "go":
            self.go = given.get("value", "")
        elif tag == "a" and "number" in given.get("class", "").split():
            self.number_to_call = given["href"].removeprefix("tel:")


def _birth(customer: dict[str, Any]) -> dict[str, str]:
    parts = (customer["birth_date"] or "--").split("-")
    return dict(zip(("birth_year", "birth_month", "birth_day"), parts, strict=True))


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"
