"""One contract for every telephone gateway: whatever way a call comes, the same comes out."""

import hashlib
import hmac
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime, timedelta

import httpx2
import pytest
from starlette.applications import Starlette
from starlette.routing import Route

from madoguchi.kernel.clock import Clock, SystemClock
from madoguchi.plumbing.telephone import (
    SIGNATURE_HEADER,
    TIMESTAMP_HEADER,
    CallSink,
    IncomingCall,
    NotANumber,
    SignedRequest,
    TelephoneSimulator,
    WebhookRefused,
    read_webhook,
    sign,
    webhook_endpoint,
)
from tests.plumbing.telephone.sip_peer import CALLED, CALLER, Peer, listening
from tests.support.clock import SettableClock
from tests.support.entropy import SeededEntropy

SECRET, OLDER = b"a secret of thirty-two bytes....", b"the one before it..............."
Dial = Callable[[str | None, str], Awaitable[None]]


def client_of(clock: Clock, sink: CallSink, secrets: tuple[bytes, ...]) -> httpx2.AsyncClient:
    """Return a client of an application with nothing but the webhook."""
    endpoint = webhook_endpoint(lambda: secrets, clock, sink)
    app = Starlette(routes=[Route("/calls", endpoint, methods=["POST"])])
    return httpx2.AsyncClient(transport=httpx2.ASGITransport(app=app), base_url="http://test")


def signed(body: bytes, at: datetime, secret: bytes = SECRET) -> dict[str, str]:
    """Sign as a provider would, without the product's help."""
    timestamp = str(int(at.timestamp()))
    digest = hmac.new(secret, f"{timestamp}.".encode() + body, hashlib.sha256).hexdigest()
    return {TIMESTAMP_HEADER: timestamp, SIGNATURE_HEADER: f"v1={digest}"}


async def by_simulator(calls: list[IncomingCall]) -> AsyncIterator[Dial]:
    async def take(call: IncomingCall) -> None:
        calls.append(call)

    simulator = TelephoneSimulator(take, SystemClock(), SeededEntropy())

    async def dial(caller: str | None, called: str) -> None:
        await simulator.call(caller, called)

    yield dial


async def by_webhook(calls: list[IncomingCall]) -> AsyncIterator[Dial]:
    async def take(call: IncomingCall) -> None:
        calls.append(call)

    async def dial(caller: str | None, called: str) -> None:
        told = {"call_id": f"call-{len(calls)}", "called": called, "caller": caller}
        body = json.dumps(told).encode()
        async with client_of(SystemClock(), take, (SECRET,)) as client:
            answer = await client.post(
                "/calls", content=body, headers=signed(body, datetime.now(UTC))
            )
        assert answer.status_code == 204

    yield dial


async def by_sip(calls: list[IncomingCall]) -> AsyncIterator[Dial]:
    async with listening() as line, Peer(line) as peer:

        async def dial(caller: str | None, called: str) -> None:
            name = f"call-{len(line.calls)}"
            more = {"headers": f"P-Asserted-Identity: <sip:{caller}@carrier.example>"}
            if caller is None:
                more = {"headers": "Privacy: id"}
            peer.request(branch=name, call_id=name, uri=f"sip:{called}@127.0.0.1", **more)
            assert [await peer.code() for _ in range(3)] == [100, 180, 486]
            peer.request("ACK", branch=name, call_id=name)
            await peer.codes(until_silent_for=0.05)
            calls[:] = line.calls

        yield dial


@pytest.mark.requirement("LINK-26")
@pytest.mark.parametrize("way", [by_simulator, by_webhook, by_sip])
async def test_every_gateway_tells_the_same_call(
    way: Callable[[list[IncomingCall]], AsyncIterator[Dial]],
) -> None:
    """Numbers in E.164, withheld callers as None, an id for each call, times in order and UTC."""
    calls: list[IncomingCall] = []
    started = datetime.now(UTC)
    async for dial in way(calls):
        await dial("09000001234", "0120000001")
        await dial("+819000001234", "+81120000001")
        await dial(None, "0120000001")
    assert [(call.caller, call.called) for call in calls] == [
        (CALLER, CALLED),
        (CALLER, CALLED),
        (None, CALLED),
    ]
    assert len({(call.gateway, call.call_id) for call in calls}) == 3
    for call in calls:
        assert call.counted_at is not None
        assert started <= call.arrived_at <= call.counted_at <= datetime.now(UTC)
        assert call.arrived_at.utcoffset() == timedelta()


async def test_the_simulator_takes_numbers_only(clock: SettableClock) -> None:
    """What is no number cannot be called."""
    calls: list[IncomingCall] = []

    async def take(call: IncomingCall) -> None:
        calls.append(call)

    simulator = TelephoneSimulator(take, clock, SeededEntropy())
    assert await simulator.call("09000001234", "the bank") == NotANumber()
    assert await simulator.call("abc", "0120000001") == NotANumber()
    assert calls == []


def body(**changes: object) -> bytes:
    told = {"call_id": "c", "called": "0120000001", "caller": "09000001234", **changes}
    return json.dumps(told).encode()


def read(content: bytes, clock: SettableClock, at: datetime | None = None) -> object:
    headers = signed(content, at or clock.now())
    request = SignedRequest(headers[TIMESTAMP_HEADER], headers[SIGNATURE_HEADER], content)
    return read_webhook(request, (SECRET,), clock.now())


@pytest.mark.requirement("LINK-26")
def test_a_webhooks_arrival_is_believed_up_to_now(clock: SettableClock) -> None:
    """The time that the provider tells counts, in any zone; the future is now at the most."""
    now = clock.now()
    for arrived_at, counts_at in (
        ("2026-11-20T08:59:50+09:00", now - timedelta(seconds=10)),
        ("2026-11-19T23:59:50Z", now - timedelta(seconds=10)),
        ("2026-11-20T09:00:05+09:00", now),
        (None, now),
    ):
        call = read(body(arrived_at=arrived_at), clock)
        assert isinstance(call, IncomingCall)
        assert (call.arrived_at, call.counted_at) == (counts_at, now)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"[]",
        b"{}",
        b"\xff",
        b'{"call_id": "c", "called": "0120000001"}',
        body(called="the bank"),
        body(called=None),
        body(call_id=""),
        body(call_id="c" * 256),
        body(call_id="a\nb"),
        body(call_id="a\x00b"),
        body(caller=9000001234),
        body(arrived_at="2026-11-20T09:00:00"),
        body(arrived_at="0001-01-01T00:00:00+09:00"),
        body(arrived_at="9999-12-31T23:59:59-09:00"),
        body(arrived_at="2026-11-20T09:06:00+09:00"),
    ],
    ids=range(16),
)
def test_a_signed_webhook_that_is_no_call_is_unreadable(
    content: bytes, clock: SettableClock
) -> None:
    """Wrong JSON, missing or wrong members and impossible times give no call."""
    assert read(content, clock) == WebhookRefused("unreadable")


@pytest.mark.requirement("LINK-22")
@pytest.mark.parametrize("caller", [None, "", "anonymous", "withheld"])
def test_a_webhooks_caller_that_is_no_number_is_withheld(
    caller: str | None, clock: SettableClock
) -> None:
    """Whatever word stands for a withheld number, it is nobody's."""
    call = read(body(caller=caller), clock)
    assert isinstance(call, IncomingCall)
    assert call.caller is None


@pytest.mark.parametrize(
    ("seconds", "fresh"), [(-301, False), (-300, True), (300, True), (301, False)]
)
def test_a_webhook_is_fresh_for_five_minutes(
    seconds: int, fresh: bool, clock: SettableClock
) -> None:
    """Older or further ahead than five minutes is refused, though rightly signed."""
    result = read(body(), clock, clock.now() + timedelta(seconds=seconds))
    assert isinstance(result, IncomingCall) is fresh
    assert fresh or result == WebhookRefused("stale")


@pytest.mark.requirement("SEC-04")
@pytest.mark.parametrize(
    ("secrets", "status"),
    [((SECRET,), 204), ((OLDER, SECRET), 204), ((OLDER,), 401), ((), 401), ((b"",), 401)],
)
async def test_a_webhook_needs_a_secret_that_is_accepted_now(
    secrets: tuple[bytes, ...], status: int, clock: SettableClock
) -> None:
    """Two secrets while they are changed; none, another or an empty one lets nothing in."""
    calls: list[IncomingCall] = []

    async def take(call: IncomingCall) -> None:
        calls.append(call)

    content = body()
    async with client_of(clock, take, secrets) as client:
        answer = await client.post("/calls", content=content, headers=signed(content, clock.now()))
        empty = signed(content, clock.now(), b"")
        assert (await client.post("/calls", content=content, headers=empty)).status_code == 401
    assert answer.status_code == status
    assert len(calls) == (status == 204)


async def test_a_webhooks_errors_are_problems(clock: SettableClock) -> None:
    """Each refusal has its status and code, and tells nothing else."""
    content, now = body(), clock.now()

    async def take(call: IncomingCall) -> None:
        raise ConnectionError("secret detail")

    cases = [
        (content, {}, 401, "unsigned"),
        (content, {**signed(content, now), SIGNATURE_HEADER: "v1=é"}, 401, "unsigned"),
        (content, {**signed(content, now), TIMESTAMP_HEADER: "-1"}, 401, "unsigned"),
        (content + b" ", signed(content, now), 401, "wrong_signature"),
        (b"{}", signed(b"{}", now), 400, "unreadable"),
        (b" " * 5000, signed(b" " * 5000, now), 413, "too_long"),
        (content, signed(content, now - timedelta(hours=1)), 401, "stale"),
        (content, signed(content, now), 503, "unavailable"),
    ]
    async with client_of(clock, take, (SECRET,)) as client:
        for sent, headers, status, code in cases:
            encoded = [(name.encode(), value.encode("latin-1")) for name, value in headers.items()]
            answer = await client.post("/calls", content=sent, headers=encoded)
            assert (answer.status_code, answer.json()["code"]) == (status, code)
            assert answer.headers["content-type"] == "application/problem+json"
            assert "secret" not in answer.text


def test_signing_follows_the_written_format() -> None:
    """The product's own signing, which the demo uses, is what the format says."""
    at = datetime(2026, 11, 20, tzinfo=UTC)
    headers = signed(b"{}", at)
    assert sign(SECRET, headers[TIMESTAMP_HEADER], b"{}") == headers[SIGNATURE_HEADER]
