"""What both modes show of the app that asks: who, for what, for how long (LINK-28, LINK-39)."""

from collections.abc import Mapping
from typing import Any, Protocol

from madoguchi import clients
from madoguchi.api_link.mails import spoken_scopes
from madoguchi.api_link.services import LinkServices
from madoguchi.clients import Client, consent_days
from madoguchi.consents import end_of_term
from madoguchi.kernel.errors import must
from madoguchi.plumbing.web import origin_of


class Asked(Protocol):
    """The app's request, as a visit of either mode keeps it."""

    @property
    def client_id(self) -> str:
        """The app."""
        ...

    @property
    def scopes(self) -> tuple[str, ...]:
        """What it asks for."""
        ...

    @property
    def redirect_uri(self) -> str:
        """Where it is led back."""
        ...


async def asking(visit: Asked, services: LinkServices) -> Client:
    """Return the client that asked."""
    found = await clients.find(services.tx, services.institution.code, visit.client_id)
    return must(found, "the client that asked")


async def asked_for(visit: Asked, services: LinkServices) -> Mapping[str, Any]:
    """Return what a consent screen shows, but for the accounts; the term is in days."""
    client = await asking(visit, services)
    days = consent_days(client, services.institution.api_link.consent_days)
    return {
        "client": client,
        "scopes": spoken_scopes(visit.scopes),
        "days": days,
        "until": end_of_term(services.now, days),
        "form_targets": [origin_of(visit.redirect_uri)],
    }
