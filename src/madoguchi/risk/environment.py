"""What a request tells about where it comes from, in terms that updates do not change. Pure.

Whatever is missing or malformed becomes "", which is never usual: it scores as changed.
"""

import ipaddress
import re

import msgspec

LONGEST_USER_AGENT = 1000
IPV4_PREFIX = 24
"""What one line at home, or one office, usually stays within."""
IPV6_PREFIX = 48
"""What a provider gives to one site."""

DEVICE_ID = re.compile(r"[A-Za-z0-9_-]{1,128}")
PLACE = re.compile(r"[A-Za-z]{2}(-[A-Za-z0-9]{1,3})?")
NO_PLACES = frozenset({"XX", "ZZ"})
"""Codes of ISO 3166 that users may assign, by which proxies say that they do not know."""
LANGUAGE = re.compile(r"([A-Za-z]{2,3})(-[A-Za-z0-9]{1,8})*")

# the first that fits: nearly all claim to be Safari, and many to be Chrome
FAMILIES = (
    ("Edge", re.compile(r"\bEdg(e|A|iOS)?/")),
    ("Opera", re.compile(r"\b(OPR|Opera|OPT)/")),
    ("Samsung Internet", re.compile(r"\bSamsungBrowser/")),
    ("Firefox", re.compile(r"\b(Firefox|FxiOS)/")),
    ("Chrome", re.compile(r"\b(Chrome|Chromium|CriOS)/")),
    ("Safari", re.compile(r"\bVersion/\S+ .*\bSafari/")),
)
PLATFORMS = (
    ("Windows", re.compile(r"\bWindows NT\b")),
    ("Android", re.compile(r"\bAndroid\b")),
    ("iOS", re.compile(r"\b(iPhone|iPad|iPod)\b")),
    ("macOS", re.compile(r"\bMacintosh\b")),
    ("ChromeOS", re.compile(r"\bCrOS\b")),
    ("Linux", re.compile(r"\bLinux\b")),
)


class Environment(msgspec.Struct, frozen=True, kw_only=True):
    """Where a request comes from; "" where that is not known or was malformed.

    `device_id` is that of a device cookie whose signature was checked; `network` a network
    ("203.0.113.0/24"); `place` a country or a part of it (ISO 3166: "JP", "JP-13"); `browser` its
    family and platform ("Chrome on Windows"); `language` the one preferred ("ja").
    """

    device_id: str
    network: str
    place: str
    browser: str
    language: str


def environment_of(
    address: str, user_agent: str, accept_language: str, place: str, device_id: str
) -> Environment:
    """Return the environment of a request.

    `address` is the client's own, as trusted proxies tell it; `user_agent` and `accept_language`
    are the header fields; `place` is what a trusted proxy says, else ""; `device_id` is "" where
    there is no device cookie, or a forged one.
    """
    return Environment(
        device_id=device_id if DEVICE_ID.fullmatch(device_id) else "",
        network=network_of(address),
        place=place_of(place),
        browser=browser_of(user_agent),
        language=language_of(accept_language),
    )


def network_of(address: str) -> str:
    """Return the network of an IP address: the /24 of an IPv4, the /48 of an IPv6 address."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return ""
    if isinstance(parsed, ipaddress.IPv6Address):
        if parsed.scope_id is not None:
            return ""
        parsed = parsed.ipv4_mapped or parsed
    if parsed.is_unspecified or parsed.is_multicast:
        return ""
    if isinstance(parsed, ipaddress.IPv4Address):
        return str(ipaddress.IPv4Network((parsed, IPV4_PREFIX), strict=False))
    return str(ipaddress.IPv6Network((parsed, IPV6_PREFIX), strict=False))


def place_of(told: str) -> str:
    """Return the code of a place in upper case."""
    code = told.strip()
    return code.upper() if PLACE.fullmatch(code) and code.upper() not in NO_PLACES else ""


def browser_of(user_agent: str) -> str:
    """Return a browser's family and platform, never a version: an update changes nothing."""
    if not user_agent.isprintable() or len(user_agent) > LONGEST_USER_AGENT:
        return ""
    family = next((name for name, mark in FAMILIES if mark.search(user_agent)), "")
    platform = next((name for name, mark in PLATFORMS if mark.search(user_agent)), "")
    return f"{family} on {platform}" if family and platform else ""


def language_of(accept_language: str) -> str:
    """Return the language that stands first, without its region."""
    first = accept_language.partition(",")[0].partition(";")[0].strip()
    found = LANGUAGE.fullmatch(first)
    return found[1].lower() if found else ""
