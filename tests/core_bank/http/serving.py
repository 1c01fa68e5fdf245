"""Gateways on real sockets of this machine, good ones and bad ones."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import uvicorn
from starlette.types import ASGIApp

from madoguchi.core_bank import CoreBank
from madoguchi.core_bank.http import CoreAddress, HttpCore
from madoguchi.core_bank.http.gateway import core_gateway
from madoguchi.core_bank.http.rules import Patience
from tests.support.clock import SettableClock

TOKEN = "core-token-9f8e7d6c5b4a"
NEVER = Patience(failures=1_000_000)


@asynccontextmanager
async def served(application: ASGIApp, **tls: Any) -> AsyncIterator[int]:
    """Serve an application on a free port of 127.0.0.1; yield the port."""
    config = uvicorn.Config(
        application, host="127.0.0.1", port=0, log_config=None, access_log=False, lifespan="off",
        ws="none", **tls,
    )  # fmt: skip
    server = uvicorn.Server(config)
    running = asyncio.create_task(server._serve())
    while not server.started:  # noqa: ASYNC110 - uvicorn tells nobody
        await asyncio.sleep(0.01)
    try:
        yield int(server.servers[0].sockets[0].getsockname()[1])
    finally:
        server.should_exit = server.force_exit = True
        await running


@asynccontextmanager
async def core_over_http(
    port: int, clock: SettableClock, folder: Path, patience: Patience | None = None, **more: Any
) -> AsyncIterator[HttpCore]:
    """Yield the adapter for the gateway at a port, with the token of this module."""
    reference = folder / "token"
    reference.write_text(TOKEN)
    reference.chmod(0o600)
    values = {"url": f"http://127.0.0.1:{port}/core/v1", "token": f"file:{reference}", **more}
    core = HttpCore(CoreAddress(name="test", **values), clock, patience)
    try:
        yield core
    finally:
        await core.close()


@asynccontextmanager
async def around(core: CoreBank, clock: SettableClock, folder: Path) -> AsyncIterator[HttpCore]:
    """Yield the adapter before a gateway before `core`."""
    gateway = core_gateway(core, institutions=("9901", "9902"), tokens=(TOKEN,), clock=clock)
    async with served(gateway) as port, core_over_http(port, clock, folder) as adapter:
        yield adapter


Answering = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@dataclass
class BadGateway:
    """A server that reads each request whole and answers with whatever bytes it is told.

    `requests` are those that arrived, headers and body.
    """

    port: int = 0
    requests: list[bytes] = field(default_factory=list)
    answer: Answering | None = None
    """What happens after a request; None: the connection is reset."""


@asynccontextmanager
async def bad_gateway() -> AsyncIterator[BadGateway]:
    """Serve a `BadGateway` on a free port."""
    gateway = BadGateway()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            gateway.requests.append(await _request(reader))
            if gateway.answer is None:
                writer.transport.abort()
            else:
                await gateway.answer(reader, writer)
        except (OSError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    gateway.port = server.sockets[0].getsockname()[1]
    try:
        yield gateway
    finally:
        server.close()


def saying(
    body: bytes, *, status: str = "200 OK", media_type: str = "application/json", more: str = ""
) -> Answering:
    """Return the answer with this body, well-formed HTTP."""
    head = (
        f"HTTP/1.1 {status}\r\nContent-Type: {media_type}\r\nContent-Length: {len(body)}\r\n"
        f"Connection: close\r\n{more}\r\n"
    )

    async def answer(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(head.encode() + body)
        await writer.drain()

    return answer


async def _request(reader: asyncio.StreamReader) -> bytes:
    head = await reader.readuntil(b"\r\n\r\n")
    length = next(
        int(line.partition(b":")[2])
        for line in head.lower().split(b"\r\n")
        if line.startswith(b"content-length")
    )
    return head + await reader.readexactly(length)
