"""What the demo offers to whoever tries or measures the product: the demo's contract, as JSON."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from madoguchi.institutions import Institution

CLOCK_PATH = "demo/clock"
TELEPHONE_PATH = "demo/telephone/calls"
MAILBOX_PATH = "demo/mailbox"
MAILS_PATH = "demo/mailbox.json"


@dataclass(frozen=True, slots=True)
class Telephone:
    """Where calls arrive besides the simulator."""

    webhook_url: str
    webhook_secret: str
    sip_host: str
    sip_port: int


Entries = Sequence[Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Samples:
    """What the database was filled with, each as the demo's contract lists it."""

    customers: Entries
    clients: Entries
    retail: Entries


@dataclass(frozen=True, slots=True)
class Addresses:
    """The demo's own addresses. `home` and `sample_app` are origins with a slash at the end."""

    home: str
    sample_app: str
    database_url: str


def contract(
    pid: int,
    addresses: Addresses,
    institutions: Iterable[Institution],
    samples: Samples,
    telephone: Telephone,
) -> dict[str, Any]:
    """Return the contents of the ready file."""
    home = addresses.home
    listed = {one.code: _institution(home, one) for one in institutions}
    return {
        "home": home,
        "pid": pid,
        "database_url": addresses.database_url,
        "sample_app": {"url": addresses.sample_app},
        "institutions": list(listed.values()),
        "customers": [dict(one) for one in samples.customers],
        "clients": [dict(one) for one in samples.clients],
        "retail": [{**one, **_addresses(listed[one["institution"]])} for one in samples.retail],
        "telephone": {
            "simulate_url": home + TELEPHONE_PATH,
            "webhook_url": telephone.webhook_url,
            "webhook_secret": telephone.webhook_secret,
            "sip": {"host": telephone.sip_host, "port": telephone.sip_port, "transport": "udp"},
        },
        "mailbox": {"url": home + MAILBOX_PATH, "json_url": home + MAILS_PATH},
        "clock": {"set_url": home + CLOCK_PATH, "now_url": home + CLOCK_PATH},
    }


def _institution(home: str, institution: Institution) -> dict[str, Any]:
    issuer = f"{home}{institution.slug}"
    return {
        "slug": institution.slug,
        "code": institution.code,
        "name": institution.name,
        "name_en": institution.name_en,
        "kind": institution.kind,
        "link_modes": list(institution.api_link.modes),
        "issuer": issuer,
        "api_base": f"{issuer}/api/v1",
        "verification_numbers": list(institution.api_link.verification_numbers),
        "login_url": f"{issuer}/bank/login",
        "registration_url": f"{issuer}/bank/registration",
    }


def _addresses(institution: Mapping[str, Any]) -> dict[str, Any]:
    """Return where a customer of internet banking begins."""
    return {name: institution[name] for name in ("login_url", "registration_url")}
