"""Who calls, and whom: caller id as a trunk asserts it (RFC 3323, RFC 3325).

Whatever is in doubt counts as withheld.
"""

import re

from sipmessage import URI, Request

from madoguchi.kernel.phone import to_e164
from madoguchi.plumbing.telephone.sip.trunk import Trunk

NAME_ADDRESS = re.compile(
    r'\s*(?P<name>"(?:[^"\\]|\\.)*"|[^"<>,]*?)\s*<(?P<uri>[^<>\s]+)>(?P<rest>[^,<>]*)(?:,|$)'
)
NOT_ABOUT_IDENTITY = frozenset({"none", "session", "critical", "history"})
NOBODY = frozenset(
    {
        "anonymous",
        "unavailable",
        "restricted",
        "private",
        "unknown",
        "withheld",
        "非通知",
        "通知不可能",
    }
)


def caller_of(request: Request, trunk: Trunk) -> str | None:
    """Return the caller's number in E.164, or None where it is withheld or in doubt (LINK-22)."""
    if _asks_for_privacy(request):
        return None
    sender = _addresses(request.headers.getlist("From"))
    asserted = request.headers.getlist("P-Asserted-Identity")
    if not sender or any(_is_nobody(name, uri) for name, uri in sender):
        return None
    if not asserted:
        return _one_number(sender) if trunk.caller_from == "asserted_or_from" else None
    return _one_number(_addresses(asserted))


def called_of(request: Request, trunk: Trunk) -> str | None:
    """Return the number called in E.164, or None where there is none to read."""
    if trunk.called_from == "request_uri":
        return to_e164(request.uri.user or "")
    return _one_number(_addresses(request.headers.getlist("To")))


def _asks_for_privacy(request: Request) -> bool:
    wanted = {
        word.strip().lower()
        for value in request.headers.getlist("Privacy")
        for word in re.split("[;,]", value)
    }
    return bool(wanted - NOT_ABOUT_IDENTITY - {""})


def _one_number(addresses: list[tuple[str, URI]] | None) -> str | None:
    """Return the number that all the addresses agree on."""
    if not addresses or any(_is_nobody(name, uri) for name, uri in addresses):
        return None
    numbers = {to_e164(uri.user or "") for _name, uri in addresses}
    return numbers.pop() if len(numbers) == 1 else None


def _is_nobody(name: str, uri: URI) -> bool:
    user = (uri.user or "").partition(";")[0].lower()
    return (
        name.strip().lower() in NOBODY or user in NOBODY or uri.host.lower() == "anonymous.invalid"
    )


def _addresses(values: list[str]) -> list[tuple[str, URI]] | None:
    """Return display names and URIs, or None where anything cannot be read.

    Not `sipmessage.Address`: its quoted strings run to the last quote of the line, over other
    addresses.
    """
    found = []
    for value in values:
        if "<" not in value:
            found.append(("", value.partition(";")[0].strip()))
            continue
        position = 0
        while position < len(value):
            match = NAME_ADDRESS.match(value, position)
            if match is None:
                return None
            found.append((match["name"].strip('"'), match["uri"]))
            position = match.end()
    try:
        return [(name, URI.parse(uri)) for name, uri in found]
    except ValueError:
        return None
