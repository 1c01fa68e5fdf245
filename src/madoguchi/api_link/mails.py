"""The mails of the API link: the link is complete (LINK-30), the account is locked (LOCK-03)."""

from madoguchi.api_link.linkable import Linkable
from madoguchi.api_link.services import LinkServices
from madoguchi.clients import Client
from madoguchi.consents import Consent
from madoguchi.kernel.clock import next_japan_midnight
from madoguchi.kernel.errors import must
from madoguchi.notices import Notice, sender_of
from madoguchi.plumbing.templates.formats import format_moment

UNSPOKEN_SCOPES = frozenset({"openid", "grant_management_query", "grant_management_revoke"})
"""Scopes that say nothing about the customer's data: no line on the screen or in the mail."""
SHOWN_DIGITS = 3
"""Of an account number: mails are read by others."""


def spoken_scopes(scopes: tuple[str, ...]) -> tuple[str, ...]:
    """Return the scopes that people are told of, in the order they were asked for."""
    return tuple(scope for scope in scopes if scope not in UNSPOKEN_SCOPES)


async def tell_of_consent(
    services: LinkServices, to: str, language: str, client: Client, consent: Consent
) -> None:
    """Mail which app, which accounts, what, until when, how to stop it and what if it was not you.

    To the address typed on ②, or in login mode to the contract's.
    """
    names = (client.app, client.third_party)
    app, third_party = (name.en if language == "en" else name.ja for name in names)
    texts = services.ports.texts
    notice = Notice(
        sender=sender_of(services.institution),
        event_key=f"link-completed:{consent.id}",
        template="link-completed",
        language=language,
        to=to,
        values={
            "app": texts("link.mail.app", language=language, app=app, third_party=third_party),
            "accounts": tuple(
                texts(
                    "link.mail.account",
                    language=language,
                    kind=texts(f"link.kind.{account.account_kind}", language=language),
                    number=f"****{account.account_number[-SHOWN_DIGITS:]}",
                )
                for account in consent.accounts
            ),
            "mode": consent.mode,
            "what": tuple(
                texts(f"link.scope.{scope}", language=language)
                for scope in spoken_scopes(consent.scopes)
            ),
            "until": format_moment(must(consent.expires_at), language),
        },
    )
    await services.ports.notices.send(services.tx, notice)


async def tell_of_lock(services: LinkServices, found: Linkable) -> None:
    """Mail to the holder's address at the bank: an attacker must not choose where this goes."""
    language, now = services.institution.languages[0], services.now
    notice = Notice(
        sender=sender_of(services.institution),
        event_key=f"link-locked:{found.account.id}:{now.isoformat()}",
        template="link-locked",
        language=language,
        to=must(found.holder.email),
        values={
            "what": services.ports.texts("link.mail.what-locked", language=language),
            "at": format_moment(now, language),
            "until": format_moment(next_japan_midnight(now), language),
        },
    )
    await services.ports.notices.send(services.tx, notice)
