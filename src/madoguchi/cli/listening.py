"""Sockets to listen on, and the small server beside the public one."""

import asyncio
import contextlib
import errno
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
    """Listen on `host:port` or `unix:/path`. Raises `OSError`."""
    if place.startswith("unix:"):
        return _listen_at(Path(place.removeprefix("unix:")))
    return _listen_on(*host_and_port(place))


def listen_from(place: str) -> socket.socket:
    """Listen on `place`, or where another process of ours has it, on the next port or path."""
    if place.startswith("unix:"):
        return listen(f"{place}.{os.getpid()}")
    host, port = host_and_port(place)
    for candidate in range(port, port + PORTS_TRIED if port else 1):
        with contextlib.suppress(OSError):
            return _listen_on(host, candidate)
    raise NoFreePort(f"no free internal port from {place} on")


def _listen_on(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    return socket.create_server((host, port), family=family, backlog=BACKLOG)


def _listen_at(path: Path) -> socket.socket:
    """Listen where a dead process listened, never where one still does.

    The proxy is another user: whoever may enter the folder may connect.
    """
    _clear(path)
    one = socket.socket(socket.AF_UNIX)
    try:
        one.bind(str(path))
        path.chmod(0o666)
        one.listen(BACKLOG)
    except OSError:
        one.close()
        raise
    return one


def _clear(path: Path) -> None:
    if not path.is_socket():
        return
    with socket.socket(socket.AF_UNIX) as caller:
        if caller.connect_ex(str(path)) == 0:
            raise OSError(errno.EADDRINUSE, os.strerror(errno.EADDRINUSE))
    path.unlink()


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
