"""Fetching a client's keys over HTTP, from a site on this machine."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import pytest

from madoguchi.clients import HttpJwksFetcher, JwksUnavailable

JWKS = b'{"keys": []}'


@dataclass
class Site:
    """A site that answers every request with what a test sets."""

    port: int = 0
    status: str = "200 OK"
    body: bytes = JWKS
    headers: str = ""
    asked: list[str] = field(default_factory=list)

    def url(self, host: str = "127.0.0.1") -> str:
        return f"http://{host}:{self.port}/jwks?a=b"

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.asked.append((await reader.readuntil(b"\r\n\r\n")).decode())
        head = f"HTTP/1.1 {self.status}\r\n{self.headers}Content-Length: {len(self.body)}\r\n\r\n"
        writer.write(head.encode() + self.body)
        await writer.drain()
        writer.close()


@pytest.fixture
async def site() -> AsyncIterator[Site]:
    """A running site."""
    site = Site()
    async with await asyncio.start_server(site.answer, "127.0.0.1", 0) as server:
        site.port = server.sockets[0].getsockname()[1]
        yield site


@pytest.mark.requirement("AS-08")
@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
async def test_keys_are_fetched(site: Site, host: str) -> None:
    """One GET for the path and query, with the host's own name."""
    assert await HttpJwksFetcher(loopback_allowed=True).fetch(site.url(host)) == {"keys": []}
    (asked,) = site.asked
    assert asked.startswith("GET /jwks?a=b HTTP/1.1")
    assert f"host: {host}:{site.port}" in asked.lower()


@pytest.mark.parametrize(
    ("status", "body", "headers"),
    [
        ("404 Not Found", b"", ""),
        ("302 Found", b"", "Location: http://127.0.0.1/other\r\n"),
        ("200 OK", b"no json", ""),
        ("200 OK", b"[]", ""),
        ("200 OK", b" " * 70_000 + JWKS, ""),
    ],
)
async def test_what_is_no_jwk_set(site: Site, status: str, body: bytes, headers: str) -> None:
    """Errors, redirects, other contents and long ones are no keys."""
    site.status, site.body, site.headers = status, body, headers
    with pytest.raises(JwksUnavailable):
        await HttpJwksFetcher(loopback_allowed=True).fetch(site.url())
    assert len(site.asked) == 1


async def test_a_site_that_is_not_there(free_port: int) -> None:
    """A refused connection is no keys."""
    with pytest.raises(JwksUnavailable):
        await HttpJwksFetcher(loopback_allowed=True).fetch(f"http://127.0.0.1:{free_port}/jwks")


async def test_production_never_asks_this_machine(site: Site) -> None:
    """Without the demo's setting nothing is sent to loopback."""
    with pytest.raises(JwksUnavailable):
        await HttpJwksFetcher().fetch(site.url())
    assert site.asked == []
