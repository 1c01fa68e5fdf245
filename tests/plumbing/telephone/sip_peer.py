"""Peers for the SIP tests: SIPp as a carrier's trunk, and a bare socket."""

import asyncio
import re
import shutil
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Self

import pytest

from madoguchi.kernel.clock import SystemClock
from madoguchi.plumbing.telephone import IncomingCall, SipGateway, Timers, Trunk

SCENARIOS = Path(__file__).parent / "sipp"
CALLER, CALLED = "+819000001234", "+81120000001"
SENDER = f"<sip:{CALLER}@carrier.example>"
ASSERTED = f"P-Asserted-Identity: <sip:{CALLER}@carrier.example;user=phone>"
RING_SECONDS = 0.2
QUICK = Timers(t1=0.1, t2=0.2, t4=0.2)
TRUNK = Trunk("trunk", ("127.0.0.1/32",), RING_SECONDS, timers=QUICK)

needs_sipp = pytest.mark.skipif(not shutil.which("sipp"), reason="SIPp (sip-tester) is absent")


class Line:
    """A gateway that listens, and the calls that it has counted."""

    def __init__(self, trunk: Trunk) -> None:
        self.calls: list[IncomingCall] = []
        self.gateway = SipGateway(trunk, SystemClock(), self.take)

    async def take(self, call: IncomingCall) -> None:
        self.calls.append(call)

    async def sipp(
        self, scenario: str, *options: str, sender: str = SENDER, identity: str = ASSERTED,
        privacy: str = "X-Privacy: none", called: str = "0120000001",
    ) -> str:  # fmt: skip
        """Run SIPp; return "" where all calls went as the scenario says, else its complaints."""
        host, port = self.gateway.address
        process = await asyncio.create_subprocess_exec(
            "sipp", f"{host}:{port}", "-sf", str(SCENARIOS / f"{scenario}.xml"), "-i", host,
            "-nostdin", "-skip_rlimit", "-timeout", "15s", "-timeout_error", "-s", called,
            "-key", "sender", sender, "-key", "identity", identity, "-key", "privacy", privacy,
            *(options or ("-m", "1")),
            stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.PIPE,
        )  # fmt: skip
        _out, errors = await process.communicate()
        return f"{process.returncode}: {errors.decode()}" if process.returncode else ""


@asynccontextmanager
async def listening(trunk: Trunk = TRUNK) -> AsyncIterator[Line]:
    """Give a line on a free port of this machine."""
    line = Line(trunk)
    await line.gateway.start("127.0.0.1", 0)
    try:
        yield line
    finally:
        await line.gateway.close()


class Peer:
    """A bare UDP socket."""

    def __init__(self, line: Line) -> None:
        self._to = line.gateway.address
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.setblocking(False)
        self._socket.bind(("127.0.0.1", 0))
        self.port = self._socket.getsockname()[1]

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_reason: object) -> None:
        self._socket.close()

    def send(self, data: bytes) -> None:
        self._socket.sendto(data, self._to)

    def request(
        self, method: str = "INVITE", *, branch: str = "1", call_id: str = "id", **more: str
    ) -> None:
        self.send(request(method, self.port, branch=branch, call_id=call_id, **more))

    async def receive(self, seconds: float = 1.0) -> str:
        """Return the next response, or "" where none comes."""
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(seconds):
                return (await loop.sock_recv(self._socket, 65536)).decode()
        except TimeoutError:
            return ""

    async def code(self, seconds: float = 1.0) -> int:
        """Return the next response's code, or 0."""
        return int((await self.receive(seconds) or "SIP/2.0 0").split(" ")[1])

    async def codes(self, *, until_silent_for: float = 0.4) -> list[int]:
        """Return the codes of all responses until none comes any more."""
        found = []
        while code := await self.code(until_silent_for):
            found.append(code)
        return found


def request(
    method: str, port: int, *, branch: str = "1", call_id: str = "id", cseq: str = "1",
    uri: str = "sip:0120000001@127.0.0.1", headers: str = ASSERTED, sender: str = SENDER,
    to: str = "<sip:0120000001@127.0.0.1>",
) -> bytes:  # fmt: skip
    """Return the bytes of a SIP request."""
    lines = [
        f"{method} {uri} SIP/2.0",
        f"Via: SIP/2.0/UDP 127.0.0.1:{port};branch=z9hG4bK{branch};rport",
        f"From: {sender};tag=1",
        f"To: {to}",
        f"Call-ID: {call_id}",
        f"CSeq: {cseq} {method}",
        *filter(None, headers.split("\r\n")),
        "Content-Length: 0",
    ]
    return "\r\n".join([*lines, "", ""]).encode()


def header(message: str, name: str) -> list[str]:
    """Return the values of a header in a response."""
    return re.findall(rf"(?m)^{name}: (.*?)\r$", message)
