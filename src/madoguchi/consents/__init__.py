"""Consents: who let which app read which accounts, for what and until when (LINK-28..32, AS-07).

A consent awaits, is authorised, and ends: by time, revoked, or superseded by a newer one. It is a
thing of its own: tokens come and go under it, and all of them are dead once it has ended.
"""

from madoguchi.consents.events import ConsentEvent
from madoguchi.consents.outcomes import ConsentNotActive, ConsentNotAwaiting, NoSuchConsent
from madoguchi.consents.rules import (
    Agreement,
    Consent,
    ConsentedAccount,
    ConsentStatus,
    EndedBy,
    end_of_term,
    is_active,
    status_at,
)
from madoguchi.consents.service import (
    ask,
    authorise,
    find,
    list_for_account,
    list_for_client,
    list_for_holder,
    purge,
    revoke,
    touch,
)

__all__ = [
    "Agreement",
    "Consent",
    "ConsentEvent",
    "ConsentNotActive",
    "ConsentNotAwaiting",
    "ConsentStatus",
    "ConsentedAccount",
    "EndedBy",
    "NoSuchConsent",
    "ask",
    "authorise",
    "end_of_term",
    "find",
    "is_active",
    "list_for_account",
    "list_for_client",
    "list_for_holder",
    "purge",
    "revoke",
    "status_at",
    "touch",
]
