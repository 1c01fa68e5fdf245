"""No test talks to the outside: sockets beyond loopback are closed."""

import ipaddress
import socket
from collections.abc import Callable
from typing import Any

INTERNET_FAMILIES = (socket.AF_INET, socket.AF_INET6)


class OutsideWorld(AssertionError):
    """A test tried to reach an address beyond this machine."""


def close_the_outside() -> None:
    """Make every later connect or sendto beyond loopback raise `OutsideWorld`."""
    for name in ("connect", "connect_ex", "sendto"):
        setattr(socket.socket, name, _guarded(getattr(socket.socket, name)))


def _guarded(original: Callable[..., Any]) -> Callable[..., Any]:
    def guarded(self: socket.socket, *args: Any) -> Any:
        if self.family in INTERNET_FAMILIES and not _is_loopback(args[-1][0]):
            raise OutsideWorld(f"a test may not reach {args[-1][0]}")
        return original(self, *args)

    return guarded


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
