"""What a settings document must satisfy besides its form (INST-01). Pure."""

from collections.abc import Iterator

from madoguchi.institutions.banking_checks import banking_problems, no_doubles
from madoguchi.institutions.outcomes import Problem
from madoguchi.institutions.settings import Institution
from madoguchi.kernel.kana import UnreadableCharacters, to_half_width_kana
from madoguchi.kernel.phone import normalise, valid
from madoguchi.kernel.recurrence import NotARecurrence, check_rule, duration

LEAST_CONTRAST = 4.5
LONGEST_STOP_DAYS = 7
RESERVED_SLUGS = frozenset(
    (
        *("api", "app", "assets", "business", "demo", "docs", "favicon.ico", "health", "healthz"),
        *("home", "link", "login", "logout", "mailbox", "metrics", "oauth", "otp", "passbook"),
        *("portal", "ready", "readyz", "retail", "robots.txt", "staff", "static", "telephone"),
        *("token-app", "tsucho", "webhooks", "well-known"),
    )
)
"""What stands first in a path of the product itself, or will."""


def problems(settings: Institution) -> Iterator[Problem]:
    """Yield what is wrong with settings whose form is right."""
    yield from _identity(settings)
    yield from _branches(settings)
    yield from _contrast(settings)
    yield from _api_link(settings)
    yield from _account_api(settings)
    yield from _hours(settings)
    yield from banking_problems(settings.retail, settings.transfers)


def contrast(one: str, other: str) -> float:
    """Return the contrast ratio of two `#rrggbb` colours, from 1 to 21 (WCAG 2.2, 1.4.3)."""
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _identity(settings: Institution) -> Iterator[Problem]:
    if settings.slug in RESERVED_SLUGS:
        yield _institution(
            "slug", f'"{settings.slug}" is a path of the product itself; expected another word'
        )
    if not valid(normalise(settings.contact.phone)):
        yield _institution("contact.phone", "expected a Japanese phone number of 10 or 11 digits")
    yield from _kana("name_kana", settings.name_kana)
    yield from no_doubles("institution.toml", "languages", settings.languages)
    yield from no_doubles("institution.toml", "hosts", settings.hosts)


def _branches(settings: Institution) -> Iterator[Problem]:
    yield from no_doubles(
        "institution.toml", "branches[].code", [branch.code for branch in settings.branches]
    )
    for place, branch in enumerate(settings.branches):
        yield from _kana(f"branches[{place}].kana", branch.kana)


def _contrast(settings: Institution) -> Iterator[Problem]:
    for key, colour, text, ink in (
        ("main", settings.colours.main, "white", "#ffffff"),
        ("dark", settings.colours.dark, "black", "#000000"),
    ):
        ratio = contrast(colour, ink)
        if ratio < LEAST_CONTRAST:
            yield _institution(
                f"colours.{key}",
                f"expected a contrast of at least {LEAST_CONTRAST}:1 with {text} text; "
                f"{colour} has {ratio:.2f}:1",
            )


def _api_link(settings: Institution) -> Iterator[Problem]:
    link = settings.api_link
    yield from no_doubles("api_link.toml", "modes", link.modes)
    yield from no_doubles("api_link.toml", "verification_numbers", link.verification_numbers)
    for place, number in enumerate(link.verification_numbers):
        if not valid(normalise(number)):
            key = f"verification_numbers[{place}]"
            yield Problem(
                "api_link.toml", key, "expected a Japanese phone number of 10 or 11 digits"
            )
    if "card" in link.modes and not link.verification_numbers:
        expected = "expected at least one number for customers to call: card mode needs it"
        yield Problem("api_link.toml", "verification_numbers", expected)


def _account_api(settings: Institution) -> Iterator[Problem]:
    api = settings.account_api
    if api.page_size > api.page_size_limit:
        yield Problem(
            "account_api.toml",
            "page_size",
            f"expected at most page_size_limit ({api.page_size_limit})",
        )


def _hours(settings: Institution) -> Iterator[Problem]:
    for place, rule in enumerate(settings.service_hours.rules):
        key = f"rules[{place}]"
        try:
            check_rule(rule.rrule)
        except NotARecurrence as error:
            yield Problem(
                "service_hours.toml",
                f"{key}.rrule",
                f"expected an RFC 5545 recurrence over days: {error}",
            )
        seconds = duration(rule.length).total_seconds()
        if not 0 < seconds <= LONGEST_STOP_DAYS * 86_400:
            expected = f"expected more than nothing and at most {LONGEST_STOP_DAYS} days"
            yield Problem("service_hours.toml", f"{key}.length", expected)


def _kana(key: str, text: str) -> Iterator[Problem]:
    match to_half_width_kana(text):
        case UnreadableCharacters(characters):
            found = "".join(characters)
            yield _institution(
                key,
                f'expected kana, Latin letters, digits, spaces and "()-." only; found "{found}"',
            )


def _institution(key: str, expected: str) -> Problem:
    return Problem("institution.toml", key, expected)


def _luminance(colour: str) -> float:
    red, green, blue = (_linear(int(colour[at : at + 2], 16) / 255) for at in (1, 3, 5))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(channel: float) -> float:
    return channel / 12.92 if channel <= 0.04045 else float(((channel + 0.055) / 1.055) ** 2.4)
