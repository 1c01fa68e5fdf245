"""The demo's ports on this machine: last time's, those asked for, or free ones."""

import contextlib
import errno
import socket
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeVar

from madoguchi.kernel.errors import Fault

T = TypeVar("T")
USUAL_PORT = 8000
TRIES = 200
ADDRESSES = ((socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1"))
BACKLOG = 256


class PortTaken(Fault):
    """The port asked for is in use."""


@dataclass(frozen=True)
class Door:
    """One port, and the sockets that already listen on it: no other program can come between."""

    port: int
    sockets: tuple[socket.socket, ...]

    @property
    def numbers(self) -> tuple[int, ...]:
        """The sockets' file descriptors."""
        return tuple(one.fileno() for one in self.sockets)

    def close(self) -> None:
        """Stop listening."""
        for one in self.sockets:
            one.close()


@dataclass(frozen=True)
class Doors:
    """Where the demo listens. `sip` (UDP) and `internal` are only known to be free."""

    home: Door
    sample_app: Door
    smtp: Door
    sip: int
    internal: int

    @property
    def ports(self) -> dict[str, int]:
        """The ports by name, to be asked for again the next time."""
        return {
            "home": self.home.port,
            "sample_app": self.sample_app.port,
            "smtp": self.smtp.port,
            "sip": self.sip,
            "internal": self.internal,
        }

    def close(self) -> None:
        """Stop listening everywhere."""
        for door in (self.home, self.sample_app, self.smtp):
            door.close()


def open_doors(wish: int | None, last: Mapping[str, int]) -> Doors:
    """Listen on all ports.

    `wish` is the home page's port: 0 for any, None for 8000 or the next free one. Without a wish,
    or with 0, the `last` time's ports come first. Raises `PortTaken` where a wish cannot be had.
    """
    if wish and last.get("home") != wish:
        last = {}
    with contextlib.ExitStack() as undo:
        home = _wished(wish) if wish else _first(_listen, last.get("home", 0), wish)
        undo.callback(home.close)
        sample_app = _first(_listen, last.get("sample_app", 0), _after(home, wish))
        undo.callback(sample_app.close)
        smtp = _first(_listen, last.get("smtp", 0), _after(sample_app, wish))
        undo.callback(smtp.close)
        sip = _first(_sip_port, last.get("sip", 0), _after(smtp, wish))
        internal = _first(_tcp_port, last.get("internal", 0), _after(smtp, wish))
        undo.pop_all()
        return Doors(home, sample_app, smtp, sip, internal)


def _wished(port: int) -> Door:
    door = _listen(port)
    if door is None:
        raise PortTaken(f"port {port} is in use")
    return door


def _after(door: Door, wish: int | None) -> int:
    return 0 if wish == 0 else door.port + 1


def _first(opening: Callable[[int], T | None], last: int, begin: int | None) -> T:
    """Open the `last` port, else the first that is free from `begin` on (0: any)."""
    if last and (found := opening(last)) is not None:
        return found
    begin = USUAL_PORT if begin is None else begin
    candidates = [0] * TRIES if begin == 0 else range(begin, min(begin + TRIES, 65536))
    for port in candidates:
        found = opening(port)
        if found is not None:
            return found
    raise PortTaken(f"no free port from {begin} on")


def _listen(port: int) -> Door | None:
    """Listen on `port` (0: any) of both loopback addresses; None where another program has it."""
    with contextlib.ExitStack() as undo:
        sockets: list[socket.socket] = []
        for family, address in ADDRESSES:
            one = _tcp_socket(family)
            if one is None:
                continue
            undo.callback(one.close)
            try:
                one.bind((address, port))
                one.listen(BACKLOG)
            except OSError as error:
                if family == socket.AF_INET6 and _is_without_ipv6(error):
                    continue
                return None
            port = int(one.getsockname()[1])
            sockets.append(one)
        undo.pop_all()
        return Door(port, tuple(sockets))


def _tcp_socket(family: socket.AddressFamily) -> socket.socket | None:
    try:
        one = socket.socket(family, socket.SOCK_STREAM)
    except OSError:
        return None
    one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if family == socket.AF_INET6:
        one.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
    one.setblocking(False)
    return one


def _is_without_ipv6(error: OSError) -> bool:
    return error.errno in {errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT}


def _tcp_port(port: int) -> int | None:
    door = _listen(port)
    if door is None:
        return None
    door.close()
    return door.port


def _sip_port(port: int) -> int | None:
    """Find a port that is free for UDP and for TCP: SIP is answered on both."""
    with (
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as datagrams,
        socket.socket(socket.AF_INET, socket.SOCK_STREAM) as streams,
    ):
        try:
            datagrams.bind(("127.0.0.1", port))
            found = int(datagrams.getsockname()[1])
            streams.bind(("127.0.0.1", found))
        except OSError:
            return None
        return found
