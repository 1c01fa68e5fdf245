"""The app's pages. All of them work without JavaScript."""

import asyncio
import re
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import httpx2
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.applications import Starlette
from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from madoguchi.demo.sample_app import texts
from madoguchi.demo.sample_app.configuration import Configuration
from madoguchi.demo.sample_app.oauth import Client, Refused
from madoguchi.demo.sample_app.reading import Failure, failure_of, read_link, read_movements
from madoguchi.demo.sample_app.store import Link, Store

HERE = Path(__file__).parent
POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; frame-ancestors 'none'"
)
YEAR_SECONDS = 31_536_000
CODE = re.compile(r"[a-z_]{1,40}")
Endpoint = Callable[[Request], Awaitable[Response]]


class App:
    """The pages, and what they need."""

    def __init__(
        self, configuration: Configuration, http: httpx2.AsyncClient | None = None
    ) -> None:
        self._configuration = configuration
        self._store = Store(configuration.database)
        self.client = Client(configuration, self._store, http)
        self._pages = Environment(
            loader=FileSystemLoader(HERE / "templates"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        port = configuration.base_url.rstrip("/").rpartition(":")[2]
        # cookies do not tell ports apart, and several demos may run on one machine
        self._browser_cookie = f"book-{port}"
        self._language_cookie = f"book-language-{port}"

    def routes(self) -> list[Route | Mount]:
        """Return the addresses of the app."""
        return [
            Route("/", self.home),
            Route("/link", self.choose),
            Route("/link", self.begin, methods=["POST"]),
            Route("/callback", self.callback),
            Route("/links/{link}/accounts/{account}", self.movements),
            Route("/links/{link}/unlink", self.ask_unlink),
            Route("/links/{link}/unlink", self.unlink, methods=["POST"]),
            Mount("/static", StaticFiles(directory=HERE / "static")),
        ]

    async def home(self, request: Request) -> Response:
        """Show all links with their balances."""
        known = [
            (link, bank)
            for link in self._store.links(self._browser(request))
            if (bank := self._configuration.bank(link.bank))
        ]
        shown = await asyncio.gather(*(read_link(self.client, *pair) for pair in known))
        balances = [a.balance for one in shown for a in one.accounts if a.balance]
        done, problem = (_code(request, name) for name in ("done", "problem"))
        return self._page(
            request,
            "home.html",
            links=shown,
            total=sum(int(balance["current_balance"]) for balance in balances),
            has_balances=bool(balances),
            done=done if f"done.{done}" in texts.TEXTS else "",
            problem=problem,
        )

    async def choose(self, request: Request) -> Response:
        """Show the banks that can be linked."""
        return self._page(request, "choose.html", banks=self._configuration.banks)

    async def begin(self, request: Request) -> Response:
        """Send the browser to the bank."""
        form = dict(parse_qsl((await request.body()).decode("utf-8", "replace")))
        bank = self._configuration.bank(form.get("bank", ""))
        if bank is None:
            return _to("/link")
        browser = self._browser(request) or secrets.token_urlsafe(24)
        try:
            address = await self.client.begin(bank, browser, form.get("replaces", ""))
        except Refused as refused:
            return _to(f"/?problem={_safe(refused.code)}")
        answer = _to(address)
        answer.set_cookie(
            self._browser_cookie, browser, max_age=YEAR_SECONDS, httponly=True, samesite="lax"
        )
        return answer

    async def callback(self, request: Request) -> Response:
        """Take the bank's answer: one that this browser waits for, from the bank asked."""
        told = request.query_params
        pending = self._store.take_pending(told.get("state", ""), self._browser(request))
        bank = self._configuration.bank(pending.bank) if pending else None
        if pending is None or bank is None:
            return _to("/?problem=state")
        if told.get("iss") != bank.issuer:
            return _to("/?problem=issuer")
        if "code" not in told:
            return _to(f"/?problem={_safe(told.get('error', ''))}")
        try:
            await self.client.finish(bank, pending, told["code"])
        except Refused as refused:
            return _to(f"/?problem={_safe(refused.code)}")
        if replaced := self._store.link(pending.browser, pending.replaces):
            await self._end(replaced)
        return _to("/?done=linked")

    async def movements(self, request: Request) -> Response:
        """Show a page of an account's movements."""
        link = self._link(request)
        account, cursor = request.path_params["account"], request.query_params.get("cursor", "")
        if not re.fullmatch(r"[A-Za-z0-9_-]{1,64}", account):
            raise HTTPException(404)
        bank = self._configuration.bank(link.bank)
        if bank is None:
            raise HTTPException(404)
        shown, movements = await asyncio.gather(
            read_link(self.client, link, bank), read_movements(self.client, link, account, cursor)
        )
        return self._page(
            request,
            "movements.html",
            shown=shown,
            account=next((one for one in shown.accounts if one.told["id"] == account), None),
            failure=movements if isinstance(movements, Failure) else None,
            movements=None if isinstance(movements, Failure) else movements,
            cursor=cursor,
        )

    async def ask_unlink(self, request: Request) -> Response:
        """Ask whether the link shall really end."""
        link = self._link(request)
        return self._page(
            request, "unlink.html", link=link, bank=self._configuration.bank(link.bank)
        )

    async def unlink(self, request: Request) -> Response:
        """End the consent at the bank, then forget the link."""
        failure = await self._end(self._link(request))
        return _to(f"/?problem={_safe(failure.code)}" if failure else "/?done=unlinked")

    async def missing(self, request: Request, error: Exception) -> Response:
        """Answer for what is not here."""
        status = error.status_code if isinstance(error, HTTPException) else 404
        return self._page(request, "missing.html", status_code=status)

    async def _end(self, link: Link) -> Failure | None:
        try:
            await self.client.call(link, "/consent", method="DELETE")
        except Refused as refused:
            failure = failure_of(refused)
            if not failure.ends_link:
                return failure
        self._store.forget(link.id)
        return None

    def _link(self, request: Request) -> Link:
        link = self._store.link(self._browser(request), request.path_params["link"])
        if link is None:
            raise HTTPException(404)
        return link

    def _browser(self, request: Request) -> str:
        return request.cookies.get(self._browser_cookie, "")

    def _language(self, request: Request) -> str:
        for wish in (
            request.query_params.get("lang", ""),
            request.cookies.get(self._language_cookie, ""),
            request.headers.get("accept-language", "")[:2],
        ):
            if wish in texts.LANGUAGES:
                return wish
        return "ja"

    def _page(self, request: Request, name: str, status_code: int = 200, **values: Any) -> Response:
        language = self._language(request)
        content = self._pages.get_template(name).render(
            language=language,
            t=partial(texts.text, language),
            error_text=partial(texts.error_text, language),
            day=partial(texts.day_text, language),
            moment=partial(texts.moment_text, language),
            yen=texts.yen,
            **values,
        )
        answer = HTMLResponse(content, status_code)
        if request.query_params.get("lang") == language:
            answer.set_cookie(
                self._language_cookie, language, max_age=YEAR_SECONDS, httponly=True, samesite="lax"
            )
        return answer


class SafeHeaders:
    """Adds the headers of a careful app; `origins` are where its forms may lead in the end."""

    def __init__(self, app: ASGIApp, origins: frozenset[str]) -> None:
        self._app = app
        targets = " ".join(("'self'", *sorted(origins)))
        self._headers = {
            "content-security-policy": f"{POLICY}; form-action {targets}",
            "referrer-policy": "no-referrer",
            "x-content-type-options": "nosniff",
            "cache-control": "no-store",
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request."""

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(self._headers)
            await send(message)

        await self._app(scope, receive, with_headers)


def sample_app(configuration: Configuration, http: httpx2.AsyncClient | None = None) -> Starlette:
    """Return the app; `http` stands for the way to the banks."""
    app = App(configuration, http)

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        yield
        await app.client.close()

    handlers: Mapping[Any, Any] = {404: app.missing, 405: app.missing}
    origins = frozenset(bank.origin for bank in configuration.banks)
    return Starlette(
        routes=app.routes(),
        lifespan=lifespan,
        exception_handlers=handlers,
        middleware=[Middleware(SafeHeaders, origins=origins)],
    )


def _code(request: Request, name: str) -> str:
    value = request.query_params.get(name, "")
    return value if CODE.fullmatch(value) else ""


def _safe(code: str) -> str:
    return code if CODE.fullmatch(code) else "unexpected"


def _to(address: str) -> RedirectResponse:
    return RedirectResponse(address, 303)
