"""Checks of single settings: they raise `ValueError` with what was expected."""

import ipaddress
import re
from urllib.parse import urlsplit

REFERENCE = re.compile(r"file:/.+|env:[A-Za-z_][A-Za-z0-9_]*")
HOST_AND_PORT = re.compile(r"(?P<host>[^\s/:]+|\[[0-9a-fA-F:]+\]):(?P<port>\d{1,5})")


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
