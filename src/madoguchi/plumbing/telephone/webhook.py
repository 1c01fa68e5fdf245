"""The signed webhook of a telephony provider (LINK-26 b).

The provider rings the caller out, rejects the call without answering it, and sends::

    POST <webhook URL>
    Madoguchi-Timestamp: 1795132800
    Madoguchi-Signature: v1=<64 hex digits>

    {"call_id": "…", "called": "0120000001", "caller": "09000001234",
     "arrived_at": "2026-11-20T09:00:00+09:00"}

The timestamp is when the request was signed, in seconds since 1970; the signature is the
HMAC-SHA256 over "<timestamp>.<body>" under the shared secret.

`caller` is null where the caller withheld it. `arrived_at` is when the line began to ring; a
provider that cannot tell must send the request at that moment, because then the time of the
request's receipt stands for it. Answers: 204 taken (a repetition of a `call_id` is answered so too,
and counts once), 400 what cannot be read, 401 no right signature or more than five minutes off, 413
too long, 503 not taken: send it again. Errors are RFC 9457 problems.
"""

import hashlib
import hmac
import re
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal

import msgspec
import structlog
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response

from madoguchi.kernel.clock import Clock
from madoguchi.kernel.phone import to_e164
from madoguchi.plumbing.telephone.calls import CallSink, IncomingCall

TIMESTAMP_HEADER = "Madoguchi-Timestamp"
SIGNATURE_HEADER = "Madoguchi-Signature"
TOLERANCE = timedelta(minutes=5)
LONGEST_DELAY = timedelta(days=1)
LONGEST_BODY = 4096
SIGNATURE = re.compile(r"v1=([0-9a-f]{64})")
TIMESTAMP = re.compile(r"[0-9]{1,12}")

log = structlog.get_logger(__name__)
Secrets = Callable[[], Sequence[bytes]]
"""Gives the secrets accepted now: the current one and, during a change, the older one."""


@dataclass(frozen=True, slots=True)
class WebhookRefused:
    """Why a request is not a call: the words are stable and tell nothing secret."""

    reason: Literal["unsigned", "stale", "wrong_signature", "unreadable", "too_long"]


class _Body(msgspec.Struct):
    call_id: str
    called: str
    caller: str | None
    arrived_at: datetime | None = None


def sign(secret: bytes, timestamp: str, body: bytes) -> str:
    """Return the value of the signature header, as a provider (or the demo) makes it."""
    digest = hmac.new(secret, timestamp.encode("ascii") + b"." + body, hashlib.sha256)
    return "v1=" + digest.hexdigest()


@dataclass(frozen=True, slots=True)
class SignedRequest:
    """The parts of a request that are signed, and its signature, as received."""

    timestamp: str
    signature: str
    body: bytes


def read_webhook(
    request: SignedRequest, secrets: Sequence[bytes], now: datetime, *, gateway: str = "webhook"
) -> IncomingCall | WebhookRefused:
    """Verify the signature, then the time, then read the call."""
    if len(request.body) > LONGEST_BODY:
        return WebhookRefused("too_long")
    if not TIMESTAMP.fullmatch(request.timestamp) or not SIGNATURE.fullmatch(request.signature):
        return WebhookRefused("unsigned")
    if not _signed(request, secrets):
        return WebhookRefused("wrong_signature")
    if abs(now.timestamp() - int(request.timestamp)) > TOLERANCE.total_seconds():
        return WebhookRefused("stale")
    return _read_call(request.body, now, gateway) or WebhookRefused("unreadable")


def webhook_endpoint(
    secrets: Secrets, clock: Clock, sink: CallSink, *, gateway: str = "webhook"
) -> Callable[[Request], Awaitable[Response]]:
    """Return the handler for `POST` on the webhook's URL."""

    async def receive(request: Request) -> Response:
        signed = SignedRequest(
            request.headers.get(TIMESTAMP_HEADER, ""),
            request.headers.get(SIGNATURE_HEADER, ""),
            await _read_body(request),
        )
        call = read_webhook(signed, secrets(), clock.now(), gateway=gateway)
        if isinstance(call, WebhookRefused):
            log.warning("webhook_refused", gateway=gateway, reason=call.reason)
            return _problem(call.reason)
        try:
            await sink(call)
        except Exception:
            log.exception("webhook_call_lost", gateway=gateway)
            return _problem("unavailable")
        return Response(status_code=204)

    return receive


def _signed(request: SignedRequest, secrets: Sequence[bytes]) -> bool:
    """Compare with every secret that is set, each in constant time."""
    given = request.signature.encode("ascii")
    matches = [
        hmac.compare_digest(sign(secret, request.timestamp, request.body).encode("ascii"), given)
        for secret in secrets
        if secret
    ]
    return any(matches)


def _read_call(body: bytes, now: datetime, gateway: str) -> IncomingCall | None:
    try:
        told = msgspec.json.decode(body, type=_Body)
    except msgspec.DecodeError:
        return None
    called = to_e164(told.called)
    arrived_at = told.arrived_at or now
    if called is None or arrived_at.tzinfo is None or not _recent(arrived_at, now):
        return None
    if not (told.call_id.isprintable() and 0 < len(told.call_id) <= 255):
        return None
    caller = to_e164(told.caller) if told.caller else None
    return IncomingCall(
        gateway, told.call_id, called, caller, min(arrived_at.astimezone(UTC), now), now
    )


def _recent(arrived_at: datetime, now: datetime) -> bool:
    return now - LONGEST_DELAY <= arrived_at <= now + TOLERANCE


async def _read_body(request: Request) -> bytes:
    """Read at most one byte more than is allowed, so that a long body shows without being held."""
    body = b""
    try:
        async for chunk in request.stream():
            body = (body + chunk)[: LONGEST_BODY + 1]
            if len(body) > LONGEST_BODY:
                break
    except ClientDisconnect:
        return b""
    return body


PROBLEMS = {
    "unsigned": (401, "The request carries no readable timestamp and signature."),
    "wrong_signature": (401, "The signature is wrong."),
    "stale": (401, "The timestamp is more than five minutes off."),
    "unreadable": (400, "The body is not a call."),
    "too_long": (413, "The body is too long."),
    "unavailable": (503, "The call could not be taken. Send it again."),
}


def _problem(reason: str) -> Response:
    status, title = PROBLEMS[reason]
    return JSONResponse(
        {"type": "about:blank", "title": title, "status": status, "code": reason},
        status,
        media_type="application/problem+json",
    )
