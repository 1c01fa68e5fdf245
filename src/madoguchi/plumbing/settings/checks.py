"""Checks of single settings: they raise `ValueError` with what was expected."""

import ipaddress
import re
from urllib.parse import urlsplit

REFERENCE = re.compile(r"file:/.+|env:[A-Za-z_][A-Za-z0-9_]*")
HOST_AND_PORT = re.compile(r"(?P<host>[^\s/:]+|\[[0-9a-fA-F:]+\]):(?P<port>\d{1,5})")
CORE_NAME = re.compile(r"(?!embedded$)[a-z0-9](-?[a-z0-9])*")


def host_and_port(place: str) -> tuple[str, int]:
    """Return the parts of `host:port` (an IPv6 host in brackets)."""
    found = HOST_AND_PORT.fullmatch(place)
    if not found:
        raise ValueError("expected host:port")
    return found["host"].strip("[]"), int(found["port"])


def check_reference(name: str, value: str) -> None:
    """Check that a secret is referred to, not written out."""
    if not REFERENCE.fullmatch(value):
        raise ValueError(
            f"expected `{name}` to be a reference, file:/path or env:NAME, not a value"
        )


def check_place(name: str, value: str) -> None:
    """Check for `host:port` or `unix:/path`."""
    if not value.startswith("unix:/"):
        check_host_and_port(name, value)


def check_host_and_port(name: str, value: str) -> None:
    """Check for `host:port`."""
    found = HOST_AND_PORT.fullmatch(value)
    if not found or int(found["port"]) > 65535:
        raise ValueError(f"expected `{name}` to be host:port")


def check_network(name: str, value: str) -> None:
    """Check for an IP address or network."""
    try:
        ipaddress.ip_network(value)
    except ValueError:
        raise ValueError(
            f"expected `{name}` to hold addresses or networks, not {value!r}"
        ) from None


def check_base_url(url: str, environment: str) -> None:
    """Check for the origin that people and programs reach us under; https in production."""
    parts = urlsplit(url)
    plain = not (parts.path or parts.query or parts.fragment or parts.username)
    if parts.scheme not in ("https", "http") or not parts.hostname or not plain:
        raise ValueError(
            "expected `base_url` like https://bank.example.jp, without a path or a slash"
        )
    if parts.scheme == "http" and environment == "production":
        raise ValueError("expected `base_url` to be https in production")


def check_service_url(name: str, url: str) -> None:
    """Check for the address below which another system's resources lie."""
    parts = urlsplit(url)
    plain = not (parts.query or parts.fragment or parts.username or parts.password)
    if parts.scheme not in ("https", "http") or not parts.hostname or not plain:
        raise ValueError(
            f"expected `{name}` like https://core-gateway.example.internal/core/v1, without a "
            "password or a query"
        )


def check_core_name(name: str) -> None:
    """Check the name of a core: a word, and not that of the embedded one."""
    if not CORE_NAME.fullmatch(name):
        raise ValueError(
            f"expected `cores.{name}` to have a name of lower-case letters, digits and hyphens, "
            "other than embedded"
        )
