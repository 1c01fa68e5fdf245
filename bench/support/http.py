"""A client that costs little: HTTP/1.1 on one connection that is kept, answers read whole."""

import asyncio
import time
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

LONGEST_ANSWER_SECONDS = 20.0
LONGEST_IDLE_SECONDS = 3.0
"""The server closes what is idle for 5 seconds."""
Times = defaultdict[str, list[float]]


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer; header names in lower case, `set-cookie` apart."""

    status: int
    headers: Mapping[str, str]
    cookies: tuple[str, ...]
    body: bytes


@dataclass
class Client:
    """One kept connection to 127.0.0.1. `times` gathers how long requests took, by name."""

    port: int
    times: Times
    reader: asyncio.StreamReader | None = field(default=None, init=False)
    writer: asyncio.StreamWriter | None = field(default=None, init=False)
    used_at: float = field(default=0.0, init=False)

    async def request(
        self,
        name: str,
        method: str,
        url: str,
        headers: Mapping[str, str] | None = None,
        body: bytes = b"",
    ) -> Answer:
        """Send a request to the path of `url` (whole, or a path alone) and return the answer."""
        parts = urlsplit(url)
        target = parts.path + (f"?{parts.query}" if parts.query else "")
        lines = [f"{method} {target} HTTP/1.1", f"host: localhost:{self.port}"]
        lines += [f"{key}: {value}" for key, value in (headers or {}).items()]
        if body:
            lines.append(f"content-length: {len(body)}")
        message = "\r\n".join((*lines, "", "")).encode() + body
        reader, writer = await self._connected()
        began = time.perf_counter()
        writer.write(message)
        async with asyncio.timeout(LONGEST_ANSWER_SECONDS):
            answer = await _read(reader)
        self.used_at = time.perf_counter()
        self.times[name].append(self.used_at - began)
        return answer

    async def _connected(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        idle = time.perf_counter() - self.used_at > LONGEST_IDLE_SECONDS
        if self.reader is None or self.writer is None or idle:
            if self.writer is not None:
                self.writer.close()
            self.reader, self.writer = await asyncio.open_connection("127.0.0.1", self.port)
        return self.reader, self.writer


async def _read(reader: asyncio.StreamReader) -> Answer:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    first, *lines = head.split("\r\n")[:-2]
    headers: dict[str, str] = {}
    cookies: list[str] = []
    for line in lines:
        name, _, value = line.partition(":")
        if name.lower() == "set-cookie":
            cookies.append(value.strip())
        else:
            headers[name.lower()] = value.strip()
    body = await reader.readexactly(int(headers.get("content-length", "0")))
    return Answer(int(first.split(" ")[1]), headers, tuple(cookies), body)
