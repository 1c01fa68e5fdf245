"""The reference: a bare ASGI handler with one primary-key look-up, served as the product is."""

import json
import os
import socket
import sys
from itertools import cycle
from typing import Any

import asyncpg
import uvicorn
from uvicorn.supervisors import Multiprocess

DATABASE_URL = "BENCH_DATABASE_URL"
LOOK_UP = "SELECT balance FROM embedded_core.account WHERE institution = $1 AND id = $2"
IDS = "SELECT institution, id FROM embedded_core.account ORDER BY institution, id"
POOL = 10


class Bare:
    """The handler, with a pool like the product's."""

    def __init__(self) -> None:
        self._pool: Any = None
        self._accounts: Any = None

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Answer any request with the balance of the next account."""
        if scope["type"] == "lifespan":
            await self._live(receive, send)
            return
        institution, account_id = next(self._accounts)
        balance = await self._pool.fetchval(LOOK_UP, institution, account_id)
        body = json.dumps({"balance": balance}).encode()
        headers = [
            (b"content-type", b"application/json"),
            (b"content-length", str(len(body)).encode()),
        ]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    async def _live(self, receive: Any, send: Any) -> None:
        await receive()
        self._pool = await asyncpg.create_pool(
            os.environ[DATABASE_URL], min_size=1, max_size=POOL, reset=_as_it_is
        )
        self._accounts = cycle([tuple(row) for row in await self._pool.fetch(IDS)])
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await self._pool.close()
        await send({"type": "lifespan.shutdown.complete"})


async def _as_it_is(_connection: object) -> None:
    """Hand a connection on without a reset, as the product does."""


def serve(descriptor: int, workers: int) -> None:
    """Serve on an open socket, by the same server and settings as the product."""
    config = uvicorn.Config(
        "bench.support.bare:application",
        workers=workers,
        http="httptools",
        loop="uvloop",
        ws="none",
        lifespan="on",
        log_config=None,
        access_log=False,
        proxy_headers=False,
        server_header=False,
    )
    Multiprocess(config, [socket.socket(fileno=descriptor)]).run()


application = Bare()

if __name__ == "__main__":
    serve(int(sys.argv[1]), int(sys.argv[2]))
