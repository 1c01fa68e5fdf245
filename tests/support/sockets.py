"""No test talks to the outside: sockets beyond loopback are closed."""

import ipaddress
import socket
from collections.abc import Callable
from typing import Any

INTERNET_FAMILIES = (socket.AF_INET, socket.AF_INET6)


class OutsideWorld(AssertionError):
    """A test tried to reach an address beyond this machine."""


def close_the_outside() -> None:
    """Make every later connect or sendto beyond loopback raise, and no other name be found."""
    for name in ("connect", "connect_ex", "sendto"):
        setattr(socket.socket, name, _guarded(getattr(socket.socket, name)))
    socket.getaddrinfo = _guarded_look_up(socket.getaddrinfo)


def _guarded(original: Callable[..., Any]) -> Callable[..., Any]:
    def guarded(self: socket.socket, *args: Any) -> Any:
        if self.family in INTERNET_FAMILIES and not _is_loopback(args[-1][0]):
            raise OutsideWorld(f"a test may not reach {args[-1][0]}")
        return original(self, *args)

    return guarded


def _guarded_look_up(original: Callable[..., Any]) -> Callable[..., Any]:
    def guarded(host: str | bytes | None, *args: Any, **kwargs: Any) -> Any:
        name = host.decode() if isinstance(host, bytes) else host
        if name and not _is_address(name) and not _is_loopback(name):
            raise socket.gaierror(socket.EAI_NONAME, f"a test may not look up {name}")
        return original(host, *args, **kwargs)

    return guarded


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _is_loopback(host: str) -> bool:
    if not _is_address(host):
        return host in {"localhost", socket.gethostname()}
    address = ipaddress.ip_address(host)
    return address.is_loopback or address.is_unspecified
