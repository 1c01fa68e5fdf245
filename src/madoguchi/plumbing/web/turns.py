"""Requests for one thing take turns in this process, before any of them takes a connection.

The database's row lock decides, over all processes. But whoever waits for it holds a connection,
and one person's impatient clicks on a slow step must not take them all.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from weakref import WeakValueDictionary

from starlette.requests import Request
from starlette.responses import Response

Endpoint = Callable[[Request], Awaitable[Response]]


class NoSeat(Exception):
    """All seats were taken for longer than a person should wait."""


class Seats:
    """How many requests of a kind may hold a database connection at once, in this process.

    For those that ask a system behind while they hold one: where that system is slow they fill
    their own seats, and everything else still finds a connection.
    """

    def __init__(self, count: int, patience_seconds: float = 5.0) -> None:
        self._free = asyncio.Semaphore(count)
        self._patience_seconds = patience_seconds

    @asynccontextmanager
    async def one(self) -> AsyncIterator[None]:
        """Take a seat for the block. Raises `NoSeat`."""
        try:
            async with asyncio.timeout(self._patience_seconds):
                await self._free.acquire()
        except TimeoutError:
            raise NoSeat from None
        try:
            yield
        finally:
            self._free.release()


class Turns:
    """The turns of whatever a path parameter names; what nobody waits for is forgotten."""

    def __init__(self, parameter: str) -> None:
        self._parameter = parameter
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    def taking(self, endpoint: Endpoint) -> Endpoint:
        """Return the endpoint with each request waiting for its turn; a slow body waits before."""

        async def answer(request: Request) -> Response:
            if request.method == "POST":
                await request.body()
            async with self._lock(request.path_params[self._parameter]):
                return await endpoint(request)

        return answer

    def _lock(self, name: str) -> asyncio.Lock:
        lock = self._locks.get(name)
        if lock is None:
            lock = self._locks[name] = asyncio.Lock()
        return lock
