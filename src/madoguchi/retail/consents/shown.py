"""A consent as its giver sees it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from madoguchi import clients, consents
from madoguchi.consents import Consent, ConsentStatus
from madoguchi.kernel.errors import must
from madoguchi.retail.ground import RetailServices
from madoguchi.retail.transfer import branch_name

SPOKEN = ("accounts", "balances", "transactions")
"""The scopes that are told of by name."""
UNSPOKEN = frozenset({"openid", "grant_management_query", "grant_management_revoke"})
"""Scopes that say nothing about the customer's data."""
ENDERS = frozenset({"customer", "app", "staff", "account_moved"})
"""Who revokes, where the page says so."""


@dataclass(frozen=True, slots=True)
class AccountShown:
    """An account under a consent; of its number the end only."""

    branch: str
    branch_code: str
    kind: str
    masked: str


@dataclass(frozen=True, slots=True)
class ConsentShown:
    """A consent with its names; `state` is the key of its state's text."""

    id: str
    app: str
    third_party: str
    scopes: tuple[str, ...]
    accounts: tuple[AccountShown, ...]
    given_at: datetime
    expires_at: datetime
    last_used_at: datetime | None
    active: bool
    state: str
    ended_at: datetime | None


async def all_of(services: RetailServices) -> Sequence[ConsentShown]:
    """Return all consents of the person who is signed in, in either mode, newest first."""
    found = await consents.list_for_holder(
        services.tx, services.institution.code, services.contract.holder_id, services.now
    )
    return [await shown(each, services) for each in found]


async def of_holder(services: RetailServices, consent_id: str) -> Consent | None:
    """Return the consent where it is one of the person who is signed in, else None (INST-04)."""
    found = await consents.find(services.tx, services.institution.code, consent_id, services.now)
    holder_id = services.contract.holder_id
    return found if found is not None and found.holder_id == holder_id else None


async def shown(consent: Consent, services: RetailServices) -> ConsentShown:
    """Return the consent in the page's language."""
    app, third_party = await names(consent, services, services.context.language)
    spoken = (scope for scope in consent.scopes if scope not in UNSPOKEN)
    ended_at = consent.ended_at
    if consent.status is ConsentStatus.EXPIRED:
        ended_at = consent.expires_at
    return ConsentShown(
        id=consent.id,
        app=app,
        third_party=third_party,
        scopes=tuple(dict.fromkeys(each if each in SPOKEN else "other" for each in spoken)),
        accounts=tuple(
            AccountShown(
                branch_name(services.institution, each.branch_code),
                each.branch_code,
                each.account_kind,
                f"***{each.account_number[-4:]}",
            )
            for each in consent.accounts
        ),
        given_at=must(consent.authorised_at),
        expires_at=must(consent.expires_at),
        last_used_at=consent.last_used_at,
        active=consents.is_active(consent, services.now),
        state=_state(consent),
        ended_at=ended_at,
    )


async def names(consent: Consent, services: RetailServices, language: str) -> tuple[str, str]:
    """Return the names of the app and of the third party."""
    found = await clients.find(services.tx, services.institution.code, consent.client_id)
    client = must(found, "the client of a consent")
    app, third_party = (
        name.en if language == "en" else name.ja for name in (client.app, client.third_party)
    )
    return app, third_party


def _state(consent: Consent) -> str:
    revoked = consent.status is ConsentStatus.REVOKED
    if revoked and consent.ended_by in ENDERS:
        return f"consents.state.revoked.{consent.ended_by}"
    return f"consents.state.{consent.status}"
