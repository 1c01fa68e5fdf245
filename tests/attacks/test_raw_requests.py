"""Requests that no HTTP library would send, to the running server itself (SEC-01, SEC-05)."""

import asyncio
import contextlib
from urllib.parse import urlsplit

import pytest

from tests.support.demo_bank import DemoBank

HOST = b"Host: localhost\r\nAccept: text/html\r\nConnection: close\r\n"
SLUG = b"/sample-shinkumi"
FORM = b"Content-Type: application/x-www-form-urlencoded\r\n"


async def send(bank: DemoBank, request: bytes) -> tuple[int, bytes]:
    """Send bytes to the first web process; return the answer's status (0: none) and all of it."""
    port = urlsplit(bank.demo.home).port
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        writer.write(request)
        await writer.drain()
        answer = await asyncio.wait_for(reader.read(-1), 10)
    except ConnectionResetError:
        answer = b""
    finally:
        writer.close()
    status = answer.split(b" ", 2)[1] if answer.startswith(b"HTTP/1.1 ") else b"0"
    return int(status), answer


def get(path: bytes, more: bytes = b"") -> bytes:
    """Return a GET with any bytes as its path."""
    return b"GET " + path + b" HTTP/1.1\r\n" + HOST + more + b"\r\n"


PATHS = (
    b"//evil.example/?lang=en", b"/\\evil.example/?lang=en", b"/\\/evil.example/?lang=en",
    b"///evil.example?lang=ja", b"http://evil.example/?lang=en", b"//evil.example\\@x/?lang=en",
    b"/%0d%0aX-Injected:1?lang=en", b"/?lang=en&a=%0d%0aX-Injected:1", b"/\xe3\x81\x82?lang=en",
    SLUG + b"/link/%00/account", SLUG + b"/link/\xff/account", SLUG + b"/%2e%2e/%2e%2e/etc/passwd",
    SLUG + b"/assets/../../../../etc/passwd", SLUG + b"/assets/%2e%2e%2f%2e%2e%2fetc%2fpasswd",
    b"/assets/..%2f..%2f..%2fpyproject.toml", SLUG + b"/link/a/" + b"b" * 8000, b"/" + b"a/" * 3000,
    SLUG + b"/oauth/authorize?client_id=%ff&request_uri=%00", SLUG + b"/.well-known/%00",
    b"/.well-known/oauth-authorization-server/%00", SLUG + b"/api/v1/accounts/%00/balance",
    b"/%00/link/a/account",
)  # fmt: skip


@pytest.mark.requirement("SEC-01")
@pytest.mark.parametrize("path", PATHS)
async def test_no_path_leads_away_or_breaks_the_server(path: bytes, bank: DemoBank) -> None:
    """No redirect leaves the bank, no header is added, no file comes out, and none is a fault."""
    status, answer = await send(bank, get(path))
    assert status not in (0, 500), answer[:300]
    head = answer.partition(b"\r\n\r\n")[0]
    assert b"x-injected" not in head.lower().replace(b"%0d%0ax-injected", b"")
    for line in head.split(b"\r\n"):
        if line.lower().startswith(b"location:"):
            target = line.partition(b":")[2].strip()
            assert target.startswith(b"/")
            assert not target.startswith((b"//", b"/\\"))
    assert b"root:" not in answer
    assert b"[project]" not in answer


STRANGE = {
    "two-lengths": b"Content-Length: 3\r\nContent-Length: 9\r\n",
    "length-and-chunks": b"Content-Length: 3\r\nTransfer-Encoding: chunked\r\n",
    "no-number": b"Content-Length: abc\r\n",
    "below-zero": b"Content-Length: -1\r\n",
    "odd-coding": b"Transfer-Encoding: xchunked\r\n",
}


@pytest.mark.requirement("SEC-01")
@pytest.mark.parametrize("kind", STRANGE)
async def test_bodies_of_two_lengths_are_not_read_twice(kind: str, bank: DemoBank) -> None:
    """A request whose end is in doubt is refused, or answered once: nothing is smuggled."""
    smuggled = b"GET " + SLUG + b"/link/smuggled/account HTTP/1.1\r\nHost: a\r\n\r\n"
    host = HOST.replace(b"Connection: close\r\n", b"")
    request = b"POST " + SLUG + b"/link/a/account HTTP/1.1\r\n" + host + FORM + STRANGE[kind]
    answer = await send_and_end(bank, request + b"\r\n0\r\n\r\n" + smuggled)
    assert answer.startswith((b"HTTP/1.1 4", b"HTTP/1.1 501"))
    assert answer.count(b"HTTP/1.1 404") <= 1


async def send_and_end(bank: DemoBank, request: bytes) -> bytes:
    """Send bytes, and return all that comes until nothing does for a second."""
    port = urlsplit(bank.demo.home).port
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        writer.write(request)
        answer = b""
        with contextlib.suppress(ConnectionResetError, TimeoutError):
            while more := await asyncio.wait_for(reader.read(200_000), 1):
                answer += more
    finally:
        writer.close()
    return answer


@pytest.mark.requirement("SEC-01")
@pytest.mark.parametrize(
    "headers",
    [b"Cookie: \xff\xfe=\xff\r\n", b"Cookie: a=" + b"b" * 20_000 + b"\r\n", b"Accept: \xff\r\n",
     b"Accept-Language: " + b"ja;q=x," * 500 + b"\r\n", b"Accept-Language: ja;q=nan,en;q=inf\r\n",
     b"Accept-Language: \xff\xfe\r\n", b"X-Forwarded-For: \xff\r\n", b"DPoP: \xff\r\n",
     b"Authorization: DPoP \xff\xfe\r\nDPoP: \xff\r\n", b"Authorization: Basic \xff\r\n",
     b"x-fapi-interaction-id: \xff\xfe\r\n", b"traceparent: \xff\r\n"],
)  # fmt: skip
async def test_headers_beyond_ascii_are_no_fault(headers: bytes, bank: DemoBank) -> None:
    """Bytes that are no text, and values that are none, in any header: an answer, and no fault."""
    for path in (SLUG + b"/link/a/account", SLUG + b"/api/v1/accounts", SLUG + b"/oauth/userinfo"):
        status, answer = await send(bank, get(path, headers))
        assert status not in (0, 500), (path, answer[:300])


@pytest.mark.requirement("SEC-01")
async def test_slow_and_half_requests_hold_nobody_up(bank: DemoBank) -> None:
    """Eighty connections that never finish their request are not load: a person gets through."""
    port = urlsplit(bank.demo.home).port
    halves = [await asyncio.open_connection("127.0.0.1", port) for _ in range(80)]
    for _, writer in halves:
        writer.write(
            b"POST " + SLUG + b"/link/a/account HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\na"
        )
    try:
        walk = await asyncio.wait_for(bank.begin(), 15)
        assert walk.browser.screen == "account"
    finally:
        for _, writer in halves:
            writer.close()
