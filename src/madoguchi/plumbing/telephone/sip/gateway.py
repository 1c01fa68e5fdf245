"""The SIP gateway on its sockets: UDP and TCP on one port (RFC 3261, 18)."""

import asyncio
import contextlib
import re
from typing import Any

import structlog

from madoguchi.kernel.clock import Clock
from madoguchi.plumbing.telephone.calls import CallSink
from madoguchi.plumbing.telephone.sip.agent import SipAgent, Way
from madoguchi.plumbing.telephone.sip.messages import LONGEST_MESSAGE, Incoming, reply_port
from madoguchi.plumbing.telephone.sip.trunk import Trunk

CONNECTIONS_AT_ONCE = 32
LONGEST_SILENCE_SECONDS = 900
LONGEST_BACKLOG = 65536
CONTENT_LENGTH = re.compile(
    rb"\r\n(?:content-length|l)[ \t]*:[ \t]*(\d{1,5})[ \t]*\r\n", re.IGNORECASE
)
PORTS_TRIED = 10

log = structlog.get_logger(__name__)


class SipGateway:
    """One trunk's telephone gateway: start it, and every call that counts goes to the sink."""

    def __init__(self, trunk: Trunk, clock: Clock, sink: CallSink) -> None:
        self._trunk = trunk
        self._agent = SipAgent(trunk, clock, sink)
        self._datagrams: asyncio.DatagramTransport | None = None
        self._server: asyncio.Server | None = None
        self._connections: set[asyncio.StreamWriter] = set()
        self.address: tuple[str, int] = ("", 0)
        """Where it listens, once it does."""

    async def start(self, host: str, port: int = 5060) -> None:
        """Listen on `host` and `port` (0: a free one for both UDP and TCP). Raises `OSError`."""
        for attempts_left in reversed(range(PORTS_TRIED)):
            try:
                await self._listen(host, port)
                return
            except OSError:
                self._stop_listening()
                if port or not attempts_left:
                    raise

    async def close(self) -> None:
        """Stop: calls that still ring do not count; calls that count are handed over first."""
        await self._agent.close()
        self._stop_listening()
        for connection in list(self._connections):
            connection.close()
        await asyncio.sleep(0)

    async def _listen(self, host: str, port: int) -> None:
        loop = asyncio.get_running_loop()
        self._datagrams, _protocol = await loop.create_datagram_endpoint(
            lambda: _Datagrams(self._agent, self._way_over_datagrams), local_addr=(host, port)
        )
        self.address = self._datagrams.get_extra_info("sockname")[:2]
        self._server = await asyncio.start_server(
            self._converse, host, self.address[1], limit=LONGEST_MESSAGE
        )

    def _stop_listening(self) -> None:
        if self._datagrams:
            self._datagrams.close()
        if self._server:
            self._server.close()

    @property
    def _contact(self) -> str:
        host, port = self.address
        return self._trunk.contact or (f"[{host}]:{port}" if ":" in host else f"{host}:{port}")

    def _way_over_datagrams(self, address: tuple[Any, ...]) -> Way:
        def send(incoming: Incoming, data: bytes) -> None:
            transport = self._datagrams
            if transport and not transport.is_closing():
                with contextlib.suppress(OSError):
                    transport.sendto(
                        data, (address[0], reply_port(incoming, address[1]), *address[2:])
                    )

        return Way((address[0], address[1]), "UDP", self._contact, send)

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one TCP connection until the peer ends it, breaks the rules or falls silent."""
        source = writer.get_extra_info("peername")
        if (
            len(self._connections) >= CONNECTIONS_AT_ONCE
            or not source
            or not self._agent.trusts(source[0])
        ):
            writer.close()
            return
        self._connections.add(writer)
        way = Way(source[:2], "TCP", self._contact, lambda _incoming, data: _write(writer, data))
        try:
            while not writer.is_closing():
                async with asyncio.timeout(LONGEST_SILENCE_SECONDS):
                    message = await _read_message(reader)
                self._agent.receive(message, way)
        except (asyncio.IncompleteReadError, asyncio.LimitOverrunError, ValueError, OSError):
            log.info("sip_connection_ended", trunk=self._trunk.name, peer=source[0])
        finally:
            self._connections.discard(writer)
            writer.close()


class _Datagrams(asyncio.DatagramProtocol):
    """Hands datagrams of trusted peers to the agent; others are not answered."""

    def __init__(self, agent: SipAgent, way: Any) -> None:
        self._agent = agent
        self._way = way

    def datagram_received(self, data: bytes, addr: tuple[Any, ...]) -> None:
        """Take one datagram."""
        if self._agent.trusts(addr[0]):
            self._agent.receive(data, self._way(addr))


async def _read_message(reader: asyncio.StreamReader) -> bytes:
    """Read one message or keep-alive. Raises `ValueError` where its length is not told (18.3)."""
    head = await reader.readuntil(b"\r\n\r\n")
    if not head.strip(b"\r\n"):
        return head
    length = CONTENT_LENGTH.search(head)
    if length is None or int(length[1]) > LONGEST_MESSAGE:
        raise ValueError("no usable Content-Length")
    return head + await reader.readexactly(int(length[1]))


def _write(writer: asyncio.StreamWriter, data: bytes) -> None:
    if writer.is_closing():
        return
    writer.write(data)
    if writer.transport.get_write_buffer_size() > LONGEST_BACKLOG:
        writer.close()
