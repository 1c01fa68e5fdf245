"""The register of clients: which app may ask what, with which keys, until when (AS-08).

Staff register clients; nobody registers himself. A suspension takes effect with the next request,
everywhere.
"""

from madoguchi.clients.events import ClientEvent
from madoguchi.clients.jwks_http import HttpJwksFetcher
from madoguchi.clients.jwks_rules import (
    ALGORITHMS,
    PRIVATE_MEMBERS,
    algorithm_name,
    algorithm_of,
    imported,
    wrong_in_jwk,
)
from madoguchi.clients.keys import ClientKeys
from madoguchi.clients.outcomes import (
    ClientExists,
    InvalidRegistration,
    NoSuchClient,
    RegistrationError,
)
from madoguchi.clients.ports import JwksFetcher, JwksUnavailable
from madoguchi.clients.rules import (
    Client,
    ClientStatus,
    Contact,
    Names,
    RateLimits,
    Registration,
    consent_days,
    is_usable,
    sector,
    wrong_in,
)
from madoguchi.clients.service import change, every, find, register, replace_keys, resume, suspend

__all__ = [
    "ALGORITHMS",
    "PRIVATE_MEMBERS",
    "Client",
    "ClientEvent",
    "ClientExists",
    "ClientKeys",
    "ClientStatus",
    "Contact",
    "HttpJwksFetcher",
    "InvalidRegistration",
    "JwksFetcher",
    "JwksUnavailable",
    "Names",
    "NoSuchClient",
    "RateLimits",
    "Registration",
    "RegistrationError",
    "algorithm_name",
    "algorithm_of",
    "change",
    "consent_days",
    "every",
    "find",
    "imported",
    "is_usable",
    "register",
    "replace_keys",
    "resume",
    "sector",
    "suspend",
    "wrong_in",
    "wrong_in_jwk",
]
