"""Mail addresses, as strict as safety asks and as lax as Japan's mobile carriers were."""

import re
from email.headerregistry import Address

from madoguchi.kernel.errors import Fault

LOCAL = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]{1,64}")
DOMAIN = re.compile(
    r"(?=.{1,253}\Z)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]"
)


class AddressUnusable(Fault):
    """A text is no mail address that can be written to. The text itself is not repeated."""


class Mailbox(Address):
    """An address, perhaps with a name; its texts hold nothing that could end a header."""


def parse_address(address: str, name: str = "") -> Mailbox:
    """Return the address for use in a header and an envelope. Raises `AddressUnusable`.

    Dots in a row or at the end of the local part, which docomo and au once gave out, are quoted
    (RFC 5321). A domain in Japanese is turned into its ASCII form; a local part outside ASCII is
    refused.
    """
    local, _, domain = address.strip().rpartition("@")
    try:
        domain = domain.encode("idna").decode().lower()
    except UnicodeError:
        raise AddressUnusable("a domain that is none") from None
    if not LOCAL.fullmatch(local) or not DOMAIN.fullmatch(domain):
        raise AddressUnusable("not a mail address")
    return Mailbox(one_line(name), local, domain)


def one_line(text: str) -> str:
    """Return `text` on one line, without control characters."""
    return " ".join("".join(char if char.isprintable() else " " for char in text).split())
