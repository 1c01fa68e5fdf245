"""Waiting until what was started answers."""

import asyncio
import contextlib
import socket
from collections.abc import Awaitable, Callable

from madoguchi.kernel.errors import Fault

READY_SECONDS = 60.0
PAUSE_SECONDS = 0.025
REQUEST = b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"


class NotReady(Fault):
    """Something did not answer in time."""


async def until_all(*conditions: Callable[[], Awaitable[bool]]) -> None:
    """Wait until each has been true once. Raises `NotReady` after a minute."""
    try:
        async with asyncio.timeout(READY_SECONDS):
            await asyncio.gather(*map(_until, conditions))
    except TimeoutError:
        raise NotReady(f"not everything answered within {READY_SECONDS:.0f} seconds") from None


async def answers_http(port: int) -> bool:
    """Say whether `GET /` on 127.0.0.1 is answered with 200."""
    try:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        return False
    try:
        writer.write(REQUEST)
        return b" 200 " in await reader.readline()
    except OSError:
        return False
    finally:
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()


async def is_udp_taken(port: int) -> bool:
    """Say whether somebody listens on the UDP port of 127.0.0.1."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return True
    return False


async def _until(condition: Callable[[], Awaitable[bool]]) -> None:
    while not await condition():  # noqa: ASYNC110 -- what is waited for is another process
        await asyncio.sleep(PAUSE_SECONDS)
