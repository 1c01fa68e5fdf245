"""What a client is, and what may be registered. Pure."""

import ipaddress
import re
from collections.abc import Iterator
from datetime import date, datetime
from enum import StrEnum
from typing import Any, Literal
from urllib.parse import urlsplit

import msgspec

from madoguchi.clients.jwks_rules import wrong_in_jwks
from madoguchi.clients.outcomes import RegistrationError
from madoguchi.kernel.clock import japan_day

SCOPE = re.compile(r"[\x21\x23-\x5B\x5D-\x7E]{1,64}")  # RFC 6749 section 3.3, and a sensible length
CLIENT_ID = re.compile(r"[A-Za-z0-9._~-]{1,128}")
REDIRECT_URIS_LIMIT = 20
URI_LENGTH_LIMIT = 2048
CONSENT_DAYS_LIMIT = 3660


class ClientStatus(StrEnum):
    """Whether a client may act at all."""

    ACTIVE = "active"
    SUSPENDED = "suspended"


class Names(msgspec.Struct, frozen=True):
    """A name in both languages, as people read it on the consent screen."""

    ja: str
    en: str


class Contact(msgspec.Struct, frozen=True):
    """Whom the institution calls at the third party."""

    name: str
    email: str = ""
    phone: str = ""
    role: str = ""


class RateLimits(msgspec.Struct, frozen=True):
    """Requests that the account API takes in a minute."""

    per_client_per_minute: int = 600
    per_consent_per_minute: int = 60


class Registration(msgspec.Struct, frozen=True, kw_only=True):
    """What staff enter about a client.

    Either `jwks` (public keys inline) or `jwks_uri`. `consent_days` shortens the institution's own
    term and never lengthens it. `introspects`: a resource server, which may ask about any token of
    the institution (RFC 7662).
    """

    third_party: Names
    app: Names
    redirect_uris: tuple[str, ...]
    scopes: tuple[str, ...]
    contract_from: date
    contract_until: date | None = None
    logo_uri: str = ""
    jwks: dict[str, Any] | None = None
    jwks_uri: str = ""
    token_format: Literal["jwt", "opaque"] = "jwt"  # noqa: S105 - a format
    consent_days: int | None = None
    link_modes: tuple[Literal["card", "login"], ...] = ("card", "login")
    rate_limits: RateLimits = RateLimits()
    contacts: tuple[Contact, ...] = ()
    sector_identifier: str = ""
    introspects: bool = False
    signing_algorithm: Literal["ES256", "PS256"] = "ES256"


class Client(Registration, frozen=True, kw_only=True):
    """A registered client. `version` goes up with every change."""

    institution: str
    id: str
    version: int
    status: ClientStatus
    status_reason: str = ""
    registered_at: datetime
    changed_at: datetime


def is_usable(client: Client, now: datetime) -> bool:
    """Say whether the client may act: not suspended, and within its contract (Japan days)."""
    today = japan_day(now)
    ended = client.contract_until is not None and today > client.contract_until
    return client.status is ClientStatus.ACTIVE and client.contract_from <= today and not ended


def consent_days(client: Client, institution_days: int) -> int:
    """Return how many days a consent to this client lasts: the shorter term (LINK-28)."""
    return (
        institution_days
        if client.consent_days is None
        else min(institution_days, client.consent_days)
    )


def sector(client: Client) -> str:
    """Return the sector that pairwise subjects are made for (OpenID Connect Core, section 8.1)."""
    return client.sector_identifier or (urlsplit(client.redirect_uris[0]).hostname or client.id)


def wrong_in(
    registration: Registration, *, loopback_allowed: bool = False
) -> tuple[RegistrationError, ...]:
    """Return everything that is wrong with a registration; empty where it may stand.

    `loopback_allowed` is the demo's setting: http on 127.0.0.1, ::1 or localhost is then as good as
    https.
    """
    return tuple(_wrong(registration, loopback_allowed))


def is_trusted_url(url: str, *, loopback_allowed: bool) -> bool:
    """Say whether `url` is an absolute https URL without user info or fragment.

    Where `loopback_allowed`, http on loopback is as good.
    """
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        return False
    plain = (
        url.isascii()
        and not any(c.isspace() or c in "\\*" for c in url)
        and len(url) <= URI_LENGTH_LIMIT
    )
    if not plain or not host or parts.username is not None or "#" in url:
        return False
    return parts.scheme == "https" or (
        loopback_allowed and parts.scheme == "http" and _is_loopback(host)
    )


def _wrong(registration: Registration, loopback_allowed: bool) -> Iterator[RegistrationError]:
    for field, names in (("third_party", registration.third_party), ("app", registration.app)):
        if not names.ja.strip() or not names.en.strip():
            yield RegistrationError(field, "required")
        elif any(not char.isprintable() for char in names.ja + names.en):
            yield RegistrationError(field, "not_printable")
    yield from _wrong_uris(registration, loopback_allowed)
    yield from _wrong_scopes(registration)
    if registration.contract_until and registration.contract_until < registration.contract_from:
        yield RegistrationError("contract_until", "before_contract_from")
    if (
        registration.consent_days is not None
        and not 1 <= registration.consent_days <= CONSENT_DAYS_LIMIT
    ):
        yield RegistrationError("consent_days", "out_of_range", str(registration.consent_days))
    if not registration.link_modes:
        yield RegistrationError("link_modes", "required")
    limits = registration.rate_limits
    if min(limits.per_client_per_minute, limits.per_consent_per_minute) < 1:
        yield RegistrationError("rate_limits", "out_of_range")
    yield from _wrong_keys(registration, loopback_allowed)


def _wrong_uris(registration: Registration, loopback_allowed: bool) -> Iterator[RegistrationError]:
    uris = registration.redirect_uris
    if not uris and not registration.introspects:
        yield RegistrationError("redirect_uris", "required")
    if len(uris) > REDIRECT_URIS_LIMIT:
        yield RegistrationError("redirect_uris", "too_many")
    if len(set(uris)) != len(uris):
        yield RegistrationError("redirect_uris", "stands_twice")
    for uri in uris:
        if not is_trusted_url(uri, loopback_allowed=loopback_allowed):
            yield RegistrationError("redirect_uris", "not_trusted", uri)
    if registration.logo_uri and not is_trusted_url(
        registration.logo_uri, loopback_allowed=loopback_allowed
    ):
        yield RegistrationError("logo_uri", "not_trusted", registration.logo_uri)
    if not registration.sector_identifier and len({_host(uri) for uri in uris}) > 1:
        yield RegistrationError("sector_identifier", "required_for_several_hosts")


def _wrong_scopes(registration: Registration) -> Iterator[RegistrationError]:
    if not registration.scopes and not registration.introspects:
        yield RegistrationError("scopes", "required")
    for scope in registration.scopes:
        if not SCOPE.fullmatch(scope):
            yield RegistrationError("scopes", "malformed", scope)


def _wrong_keys(registration: Registration, loopback_allowed: bool) -> Iterator[RegistrationError]:
    if (registration.jwks is None) == (not registration.jwks_uri):
        yield RegistrationError("jwks", "either_jwks_or_jwks_uri")
    if registration.jwks is not None:
        yield from (
            RegistrationError("jwks", code, which)
            for code, which in wrong_in_jwks(registration.jwks)
        )
    if registration.jwks_uri and not is_trusted_url(
        registration.jwks_uri, loopback_allowed=loopback_allowed
    ):
        yield RegistrationError("jwks_uri", "not_trusted", registration.jwks_uri)


def _host(uri: str) -> str | None:
    try:
        return urlsplit(uri).hostname
    except ValueError:
        return None


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
