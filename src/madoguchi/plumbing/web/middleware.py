"""What surrounds every request: reference, source, own hosts, headers, load, last-resort errors."""

import asyncio
import ipaddress
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, urlencode, urlsplit

import structlog
from opentelemetry.trace import SpanKind
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import ClientDisconnect, Request
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from madoguchi.plumbing.database import DatabaseUnavailable
from madoguchi.plumbing.observability import span, under_reference
from madoguchi.plumbing.web.context import LANGUAGE_COOKIE

BODY_LIMIT_BYTES = 64 * 1024
BODY_SECONDS = 10.0
"""How long a body may take to arrive: a slow one is not waited for, and never counts as load."""
RETRY_AFTER_SECONDS = 15
LONGEST_PLACE = 100
LANGUAGES = ("ja", "en")
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "font-src 'self'; connect-src 'self'; manifest-src 'self'; form-action 'self'; "
    "frame-ancestors 'none'; base-uri 'none'; require-trusted-types-for 'script'"
)
HEADERS = {
    "content-security-policy": CONTENT_SECURITY_POLICY,
    "x-frame-options": "DENY",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "strict-transport-security": "max-age=63072000; includeSubDomains",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "cache-control": "no-store",
}

log = structlog.get_logger("web")
Network = ipaddress.IPv4Network | ipaddress.IPv6Network


@dataclass(frozen=True)
class Surroundings:
    """What the surrounding needs from outside.

    `slug_of_host` maps an institution's own host to its slug (INST-03). `limit_of` tells above how
    many requests under way in this process a path is shed: low for what begins something new, so
    that what is under way still finishes (LINK-34). `place_header` is where a trusted proxy says
    what place a request comes from.
    """

    new_reference: Callable[[], str]
    slug_of_host: Callable[[str], str | None]
    limit_of: Callable[[str], int]
    error_response: Callable[[Request, int], Response]
    measure: Callable[[str, int, float], None]
    trusted_proxies: Sequence[Network] = field(default=())
    place_header: str = ""


class Surround:
    """The outermost ASGI layer."""

    def __init__(self, app: ASGIApp, surroundings: Surroundings) -> None:
        self._app = app
        self._with = surroundings
        self._under_way = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        self._describe(scope)
        answer = _Answer(send, scope["state"]["cookies"])
        started = time.perf_counter()
        with (
            under_reference(scope["state"]["reference"]),
            span("request", kind=SpanKind.SERVER) as traced,
        ):
            try:
                await self._serve(scope, receive, answer)
            finally:
                route = _route(scope)
                traced.update_name(route)
                traced.set_attribute("http.response.status_code", answer.status)
                self._with.measure(route, answer.status, time.perf_counter() - started)

    async def _serve(self, scope: Scope, receive: Receive, answer: "_Answer") -> None:
        chosen = chosen_language(scope)
        if chosen is not None:
            await switch_language(scope, chosen)(scope, receive, answer)
            return
        try:
            body = await asyncio.wait_for(_body(scope, receive), BODY_SECONDS)
        except BodyTooLarge:
            await self._fail(scope, receive, answer, 413)
        except TimeoutError:
            await Response(status_code=408, headers={"connection": "close"})(scope, receive, answer)
        except ClientDisconnect:
            log.info("client-gone", path=scope["path"])
        else:
            await self._work(scope, _given_again(body, receive), answer)

    async def _work(self, scope: Scope, receive: Receive, answer: "_Answer") -> None:
        """Have the doors answer what has arrived whole; only that is load."""
        if self._is_too_much(scope["path"]):
            await self._fail(scope, receive, answer, 503)
            return
        self._under_way += 1
        try:
            await self._app(scope, receive, answer)
        except DatabaseUnavailable as error:
            log.warning("database-unavailable", path=scope["path"], error=str(error))
            await self._fail(scope, receive, answer, 503)
        except Exception:
            log.exception("unexpected-error", path=scope["path"])
            await self._fail(scope, receive, answer, 500)
        finally:
            self._under_way -= 1

    def _is_too_much(self, path: str) -> bool:
        return self._under_way >= self._with.limit_of(path)

    async def _fail(self, scope: Scope, receive: Receive, answer: "_Answer", status: int) -> None:
        if answer.status:
            return
        response = self._with.error_response(Request(scope, receive), status)
        if status == 503:
            response.headers["retry-after"] = str(RETRY_AFTER_SECONDS)
        await response(scope, receive, answer)

    def _describe(self, scope: Scope) -> None:
        headers = Headers(scope=scope)
        slug = self._with.slug_of_host(headers.get("host", "").partition(":")[0].lower())
        state = scope.setdefault("state", {})
        state["reference"] = self._with.new_reference()
        state["source"] = source_address(
            scope, headers.getlist("x-forwarded-for"), self._with.trusted_proxies
        )
        state["place"] = self._place(scope, headers)
        state["cookies"] = []
        state["own_host"] = slug is not None
        state["asked_path"] = scope.get("raw_path", b"/").decode("ascii", "replace")
        if slug is not None and not scope["path"].startswith("/.well-known/"):
            scope["path"] = f"/{slug}{scope['path']}"
            scope["raw_path"] = scope["path"].encode()

    def _place(self, scope: Scope, headers: Headers) -> str:
        """Return the place that a trusted proxy tells; from anybody else it is not believed."""
        name = self._with.place_header
        peer = scope["client"][0] if scope.get("client") else "unix"
        trusted = peer == "unix" or _is_in(peer, self._with.trusted_proxies)
        return headers.get(name, "")[:LONGEST_PLACE] if name and trusted else ""


def _route(scope: Scope) -> str:
    """Return method and path pattern of what was served: names from the code, not from outside."""
    method = scope["method"] if scope["method"] in METHODS else "(other)"
    return f"{method} {getattr(scope.get('route'), 'path', '') or '(none)'}"


def chosen_language(scope: Scope) -> str | None:
    """Return the language that a link on a page asks for by `?lang=`, or None (UI-02)."""
    if scope["method"] != "GET" or "text/html" not in Headers(scope=scope).get("accept", ""):
        return None
    chosen = dict(parse_qsl(scope["query_string"].decode("latin-1"))).get("lang")
    return chosen if chosen in LANGUAGES else None


def switch_language(scope: Scope, language: str) -> Response:
    """Remember the language in this browser and lead to the same page without `?lang=`."""
    query = parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True)
    kept = urlencode([(name, value) for name, value in query if name != "lang"])
    path = scope["state"]["asked_path"].lstrip("/")
    response = RedirectResponse(f"/{path}" + (f"?{kept}" if kept else ""), status_code=303)
    response.set_cookie(
        LANGUAGE_COOKIE,
        language,
        max_age=365 * 86400,
        path="/",
        secure=True,
        httponly=True,
        samesite="lax",
    )
    return response


def source_address(scope: Scope, forwarded: Sequence[str], trusted: Sequence[Network]) -> str:
    """Return the address that a request comes from: the peer's, or what trusted proxies say.

    Of `X-Forwarded-For` the rightmost address that is no trusted proxy counts; a malformed one
    makes the peer count.
    """
    peer = scope["client"][0] if scope.get("client") else "unix"
    if peer != "unix" and not _is_in(peer, trusted):
        return str(peer)
    for hop in reversed([hop.strip() for line in forwarded for hop in line.split(",")]):
        try:
            ipaddress.ip_address(hop)
        except ValueError:
            return str(peer)
        if not _is_in(hop, trusted):
            return hop
    return str(peer)


def _is_in(address: str, networks: Sequence[Network]) -> bool:
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return False
    return any(parsed in network for network in networks if network.version == parsed.version)


class BodyTooLarge(Exception):
    """A body is longer than is taken."""


async def _body(scope: Scope, receive: Receive) -> bytes:
    """Return the whole body. Raises `BodyTooLarge`, `ClientDisconnect`."""
    if int(Headers(scope=scope).get("content-length", "0") or 0) > BODY_LIMIT_BYTES:
        raise BodyTooLarge
    body, more = b"", True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        body += message.get("body", b"")
        if len(body) > BODY_LIMIT_BYTES:
            raise BodyTooLarge
        more = message.get("more_body", False)
    return body


def _given_again(body: bytes, receive: Receive) -> Receive:
    """Return what gives the body that was read, and then whatever comes after it."""
    waiting: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def given() -> Message:
        return waiting.pop() if waiting else await receive()

    return given


class _Answer:
    """Adds the headers that every answer has, unless it has them itself, and the cookies given."""

    def __init__(self, send: Send, cookies: Sequence[str]) -> None:
        self._send = send
        self._cookies = cookies
        self.status = 0

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            headers = MutableHeaders(scope=message)
            for name, value in HEADERS.items():
                headers.setdefault(name, value)
            for cookie in self._cookies:
                headers.append("set-cookie", cookie)
        await self._send(message)


def origin_of(uri: str) -> str:
    """Return the origin of a URI, or the scheme of an app's own, as CSP sources are written."""
    parts = urlsplit(uri)
    return f"{parts.scheme}://{parts.netloc}" if parts.netloc else f"{parts.scheme}:"


def policy_with_form_targets(targets: Sequence[str]) -> str:
    """Return the policy that lets a form's redirect lead to `targets` too (origins, `scheme:`)."""
    return CONTENT_SECURITY_POLICY.replace(
        "form-action 'self'", " ".join(("form-action 'self'", *targets))
    )
