"""What surrounds every request: reference number, source address, own hosts, headers, shedding of load, last-resort errors."""

import ipaddress
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import structlog
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from madoguchi.plumbing.database import DatabaseUnavailable

BODY_LIMIT_BYTES = 64 * 1024
RETRY_AFTER_SECONDS = 15
CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; manifest-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'; "
    "require-trusted-types-for 'script'"
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

    `slug_of_host` maps an institution's own host to its slug (INST-03); `begins` tells the paths that begin something new,
    which are shed above `soft_limit` requests under way while everything else goes on up to
    `hard_limit` (LINK-34).
    """

    new_reference: Callable[[], str]
    slug_of_host: Callable[[str], str | None]
    begins: Callable[[str], bool]
    error_response: Callable[[Request, int], Response]
    measure: Callable[[str, int, float], None]
    trusted_proxies: Sequence[Network] = field(default=())
    soft_limit: int = 64
    hard_limit: int = 512


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
        answer = _Answer(send)
        structlog.contextvars.bind_contextvars(reference=scope["state"]["reference"])
        started = time.perf_counter()
        self._under_way += 1
        try:
            await self._serve(scope, receive, answer)
        finally:
            self._under_way -= 1
            self._with.measure(scope["method"], answer.status, time.perf_counter() - started)
            structlog.contextvars.unbind_contextvars("reference")

    async def _serve(self, scope: Scope, receive: Receive, answer: "_Answer") -> None:
        if self._is_too_much(scope["path"]):
            await self._fail(scope, receive, answer, 503)
            return
        if int(Headers(scope=scope).get("content-length", "0") or 0) > BODY_LIMIT_BYTES:
            await self._fail(scope, receive, answer, 413)
            return
        try:
            await self._app(scope, _limited(receive), answer)
        except BodyTooLarge:
            await self._fail(scope, receive, answer, 413)
        except DatabaseUnavailable as error:
            log.warning("database-unavailable", path=scope["path"], error=str(error))
            await self._fail(scope, receive, answer, 503)
        except Exception:
            log.exception("unexpected-error", path=scope["path"])
            await self._fail(scope, receive, answer, 500)

    def _is_too_much(self, path: str) -> bool:
        limit = self._with.soft_limit if self._with.begins(path) else self._with.hard_limit
        return self._under_way > limit

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
        state["own_host"] = slug is not None
        if slug is not None and not scope["path"].startswith("/.well-known/"):
            scope["path"] = f"/{slug}{scope['path']}"
            scope["raw_path"] = scope["path"].encode()


def source_address(scope: Scope, forwarded: Sequence[str], trusted: Sequence[Network]) -> str:
    """Return the address that a request comes from: the peer's own, or what trusted proxies say of it.

    Of `X-Forwarded-For` the rightmost address that is no trusted proxy counts; a malformed one
    makes the peer count.
    """
    peer = scope["client"][0] if scope.get("client") else "unix"
    if peer != "unix" and not _is_in(peer, trusted):
        return str(peer)
    if peer == "unix" and not trusted:
        return "unix"
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
    """A body without a length grew over the limit."""


def _limited(receive: Receive) -> Receive:
    seen = 0

    async def limited() -> Message:
        nonlocal seen
        message = await receive()
        seen += len(message.get("body", b""))
        if seen > BODY_LIMIT_BYTES:
            raise BodyTooLarge
        return message

    return limited


class _Answer:
    """Adds the headers that every answer has, unless the answer has them itself; remembers the status."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self.status = 0

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            headers = MutableHeaders(scope=message)
            for name, value in HEADERS.items():
                headers.setdefault(name, value)
        await self._send(message)


def policy_with_form_targets(targets: Sequence[str]) -> str:
    """Return the content security policy that lets a form's redirect lead to `targets` too (origins or `scheme:`)."""
    return CONTENT_SECURITY_POLICY.replace(
        "form-action 'self'", " ".join(("form-action 'self'", *targets))
    )
