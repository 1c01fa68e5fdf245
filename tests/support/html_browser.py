"""A browser without a screen: keeps cookies, fills in the forms of the HTML, follows redirects."""

import html
import re
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urlencode, urljoin, urlsplit

import httpx2

MOST_REDIRECTS = 10


@dataclass
class Form:
    """A form of a page: where it goes, and what a browser would send of it untouched."""

    action: str = ""
    method: str = "get"
    fields: dict[str, str] = field(default_factory=dict)
    buttons: dict[str, str] = field(default_factory=dict)


class _Reader(HTMLParser):
    """Reads the forms and the visible words of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self.words: list[str] = []
        self.unchosen: set[str] = set()
        self._select = ""
        self._hidden = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.forms.append(Form(given.get("action", ""), given.get("method", "get").lower()))
        elif tag in ("style", "script", "title"):
            self._hidden += 1
        elif self.forms:
            self._read_control(tag, given)

    def _read_control(self, tag: str, given: dict[str, str]) -> None:
        form, name, value = self.forms[-1], given.get("name", ""), given.get("value", "")
        if tag == "input" and given.get("type") in ("radio", "checkbox"):
            self.unchosen.add(name)
            if "checked" in given:
                form.fields[name] = value
        elif tag == "input" and name:
            form.fields[name] = value
        elif tag == "select":
            self._select = name
        elif tag == "option" and (self._select not in form.fields or "selected" in given):
            form.fields[self._select] = value
        elif tag == "button" and name:
            form.buttons[name] = value

    def handle_endtag(self, tag: str) -> None:
        if tag in ("style", "script", "title"):
            self._hidden -= 1

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self.words.append(data)


@dataclass
class HtmlBrowser:
    """One person's browser. `left_for` is where a redirect led out of the bank, if one did."""

    http: httpx2.AsyncClient
    base: str
    language: str = "ja"
    cookies: dict[str, str] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)
    page: httpx2.Response | None = None
    left_for: str = ""
    path: str = ""
    followed: list[httpx2.Response] = field(default_factory=list)

    async def open(self, url: str) -> httpx2.Response:
        """Type a URL, or click on a link, and follow where it leads."""
        return await self._follow(await self.request("GET", url))

    async def request(
        self, method: str, url: str, *, headers: dict[str, str] | None = None, **more: Any
    ) -> httpx2.Response:
        """Send one request with this browser's cookies, and keep those of the answer."""
        sent = {
            "accept": "text/html",
            "accept-language": self.language,
            "accept-encoding": "identity",
            **self.headers,
        }
        if self.cookies:
            sent["cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        self.http.cookies.clear()
        answer = await self.http.request(
            method, urljoin(f"{self.base}/", url), headers={**sent, **(headers or {})}, **more
        )
        self.http.cookies.clear()
        for line in answer.headers.get_list("set-cookie"):
            self._keep(line)
        return answer

    async def send(self, button: str = "go", /, **typed: str) -> httpx2.Response:
        """Fill in the form of the page shown, press a button of it, and follow where it leads."""
        fields = self.filled_in(button, **typed)
        return await self._follow(await self.submit(fields))

    def filled_in(self, button: str = "go", /, **typed: str) -> dict[str, str]:
        """Return what the browser would send of the form shown."""
        form = self.form
        unknown = set(typed) - set(form.fields) - self._read().unchosen
        assert not unknown, f"no such fields on this page: {unknown}"
        return {**form.fields, **typed, button: form.buttons[button]}

    async def submit(self, fields: dict[str, str], path: str = "") -> httpx2.Response:
        """Post fields as a form, and do not follow."""
        return await self.request(
            "POST",
            path or self.form.action,
            content=urlencode(fields).encode(),
            headers={"content-type": "application/x-www-form-urlencoded", "origin": self.base},
        )

    async def follow_pairs(self, fields: list[tuple[str, str]]) -> httpx2.Response:
        """Post names that may stand several times, and follow where it leads."""
        answer = await self.request(
            "POST",
            self.form.action,
            content=urlencode(fields).encode(),
            headers={"content-type": "application/x-www-form-urlencoded", "origin": self.base},
        )
        return await self._follow(answer)

    @property
    def form(self) -> Form:
        """The one form of the page shown, beside the one that logs out and those that search."""
        read = self._read().forms
        forms = [form for form in read if not form.action.endswith("/bank/logout")]
        found = [form for form in forms if form.method == "post"] or forms
        assert len(found) == 1, f"{len(found)} forms on: {self.text[:300]}"
        return found[0]

    @property
    def text(self) -> str:
        """What can be read on the page shown, its white space made one space each."""
        return re.sub(r"\s+", " ", " ".join(self._read().words)).strip()

    @property
    def html(self) -> str:
        """The page shown, as it came."""
        assert self.page is not None, "nothing was opened"
        return self.page.text

    @property
    def screen(self) -> str:
        """The last part of the path: the name of the screen or of the ending."""
        return self.path.rsplit("/", 1)[-1]

    @property
    def heading(self) -> str:
        """The page's heading."""
        found = re.search(r"<h1[^>]*>(.*?)</h1>", self.html, re.DOTALL)
        return html.unescape(re.sub(r"<[^>]+>", "", found[1])).strip() if found else ""

    def link(self, words: str) -> str:
        """Return where the link with these words leads."""
        links = re.findall(r'<a [^>]*href="([^"]*)"[^>]*>(.*?)</a>', self.html, re.DOTALL)
        for href, inner in links:
            if words in html.unescape(re.sub(r"<[^>]+>", "", inner)):
                return html.unescape(href)
        raise AssertionError(f"no link {words!r} on: {self.text[:300]}")

    def copy(self, **changes: Any) -> "HtmlBrowser":
        """Return a browser that holds the same cookies and page: a second tab as it is now."""
        again = HtmlBrowser(self.http, self.base, self.language, dict(self.cookies), self.headers)
        again.page, again.path = self.page, self.path
        for name, value in changes.items():
            setattr(again, name, value)
        return again

    def _read(self) -> _Reader:
        reader = _Reader()
        reader.feed(self.html)
        return reader

    async def _follow(self, answer: httpx2.Response) -> httpx2.Response:
        self.followed = [answer]
        self.left_for = ""
        for _ in range(MOST_REDIRECTS):
            if not answer.is_redirect:
                self.page, self.path = answer, answer.url.path
                return answer
            target = urljoin(str(answer.url), answer.headers["location"])
            if urlsplit(target).netloc != urlsplit(self.base).netloc:
                self.left_for = target
                return answer
            answer = await self.request("GET", target)
            self.followed.append(answer)
        raise AssertionError("redirected without end")

    def _keep(self, line: str) -> None:
        pair, _, attributes = line.partition(";")
        name, _, value = pair.strip().partition("=")
        if "max-age=0" in attributes.lower():
            self.cookies.pop(name, None)
        else:
            self.cookies[name] = value
