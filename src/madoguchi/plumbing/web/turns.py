"""Requests for one thing take turns in this process, before any of them takes a connection.

The database's row lock decides, over all processes. But whoever waits for it holds a connection,
and one person's impatient clicks on a slow step must not take them all.
"""

import asyncio
from collections.abc import Awaitable, Callable
from weakref import WeakValueDictionary

from starlette.requests import Request
from starlette.responses import Response

Endpoint = Callable[[Request], Awaitable[Response]]


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
