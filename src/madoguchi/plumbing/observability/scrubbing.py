"""Keeping secrets and personal data out of technical logs, by the names they go under."""

import re
from collections.abc import Mapping
from functools import lru_cache

SCRUBBED = "[scrubbed]"
WORDS = frozenset(
    (
        *("password", "passwd", "secret", "pin", "otp", "token", "authorization", "cookie", "dpop"),
        *("assertion", "verifier", "credential", "credentials", "answer", "csrf", "pepper", "jwk"),
        *("phone", "caller", "mail", "email", "address", "recipient", "kana", "birth", "birthday"),
        *(
            "account_number",
            "account_numbers",
            "private_key",
            "api_key",
            "holder_name",
            "full_name",
        ),
        *("session_id", "login_id", "user_code", "auth_code", "birth_date", "balance", "to"),
    )
)
BEARERS = re.compile(r"\b(Bearer|DPoP|Basic)\s+[A-Za-z0-9._~+/=-]{8,}")
JWTS = re.compile(r"\beyJ[A-Za-z0-9_-]{8,}(?:\.[A-Za-z0-9_-]*){1,4}")
URL_PASSWORDS = re.compile(r"(?<=://)([^\s:/@]*):[^\s/@]+@")
URL_SECRETS = re.compile(r"([?&](?:code|state|token|request|id_token_hint|login_hint)=)[^&\s\"']+")
PLAIN = re.compile(r"[\w./:-]*")
"""What most texts are. The patterns want a space, `=` or `@`; only a JWT can stand without."""
DATABASE_DETAILS = re.compile(r"^DETAIL: .*$", re.MULTILINE)
"""PostgreSQL shows the values of the row it refuses."""


def scrub(value: object, name: str = "") -> object:
    """Return `value` without what goes under a secret's or a person's name, at any depth.

    Texts lose what looks like a bearer token, a JWT, a password or code in a URL.
    """
    if name and is_private(name):
        return SCRUBBED
    match value:
        case str():
            return _scrub_text(value)
        case bytes() | bytearray() | memoryview():
            return SCRUBBED
        case Mapping():
            return {str(key): scrub(inner, str(key)) for key, inner in value.items()}
        case list() | tuple() | set() | frozenset():
            return [scrub(inner) for inner in value]
        case _:
            return value


@lru_cache(maxsize=2048)
def is_private(name: str) -> bool:
    """Return whether a value under this name must not be logged."""
    spelled = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower().replace("-", "_")
    return spelled in WORDS or not WORDS.isdisjoint(spelled.split("_"))


def _scrub_text(text: str) -> str:
    if PLAIN.fullmatch(text) and "eyJ" not in text:
        return text
    text = DATABASE_DETAILS.sub(f"DETAIL: {SCRUBBED}", text)
    text = BEARERS.sub(rf"\1 {SCRUBBED}", text)
    text = JWTS.sub(SCRUBBED, text)
    text = URL_PASSWORDS.sub(rf"\1:{SCRUBBED}@", text)
    return URL_SECRETS.sub(rf"\1{SCRUBBED}", text)
