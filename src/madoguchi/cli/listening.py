"""Sockets to listen on, and the small server beside the public one."""

import asyncio
import contextlib
import os
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import uvicorn
from starlette.types import ASGIApp

from madoguchi.kernel.errors import Fault
from madoguchi.plumbing.settings import host_and_port

BACKLOG = 512
PORTS_TRIED = 256


class NoFreePort(Fault):
    """None of the ports tried is free."""


def listen(place: str) -> socket.socket:
    """Listen on `host:port` or `unix:/path`."""
    if place.startswith("unix:"):
        path = place.removeprefix("unix:")
        Path(path).unlink(missing_ok=True)
        one = socket.socket(socket.AF_UNIX)
        one.bind(path)
        one.listen(BACKLOG)
        return one
    host, port = host_and_port(place)
    return socket.create_server((host, port), backlog=BACKLOG)


def listen_from(place: str) -> socket.socket:
    """Listen on `place`, or where another process of ours has it, on the next port or path."""
    if place.startswith("unix:"):
        return listen(f"{place}.{os.getpid()}")
    host, port = host_and_port(place)
    for candidate in range(port, port + PORTS_TRIED if port else 1):
        with contextlib.suppress(OSError):
            return socket.create_server((host, candidate), backlog=BACKLOG)
    raise NoFreePort(f"no free internal port from {place} on")


class _Beside(uvicorn.Server):
    """A server that leaves the signals to the one that it stands beside."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Capture none."""
        yield


@asynccontextmanager
async def served_beside(application: ASGIApp, place: str) -> AsyncIterator[None]:
    """Serve `application` on an address of its own while the block runs."""
    config = uvicorn.Config(
        application, ws="none", lifespan="off", log_config=None, access_log=False
    )
    server = _Beside(config)
    task = asyncio.create_task(server.serve([listen_from(place)]))
    try:
        yield
    finally:
        server.should_exit = True
        await task
