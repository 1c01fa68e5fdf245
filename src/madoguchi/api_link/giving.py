"""Giving the consent: what 許可する does (LINK-30)."""

import base64
from dataclasses import dataclass
from typing import Literal

from madoguchi import clients, consents
from madoguchi.api_link import mails
from madoguchi.api_link.linkable import Linkable
from madoguchi.api_link.services import LinkServices
from madoguchi.api_link.visit import LinkVisit
from madoguchi.authorization_server import RequestOver
from madoguchi.consents import Agreement, ConsentedAccount
from madoguchi.core_bank.port import Account
from madoguchi.kernel.errors import BrokenInvariant, must
from madoguchi.plumbing.keys import keyed_hashes


@dataclass(frozen=True)
class Giving:
    """What a person says yes to: whose accounts, which app, how he proved himself.

    `email` is where the mail goes, in `language`.
    """

    request_id: str
    client_id: str
    scopes: tuple[str, ...]
    holder_id: str
    accounts: tuple[Account, ...]
    mode: Literal["card", "login"]
    email: str
    language: str


async def give_consent(visit: LinkVisit, found: Linkable, services: LinkServices) -> str | None:
    """Give what the six screens of card mode have led to; as `give`."""
    return await give(
        Giving(
            request_id=visit.request_id,
            client_id=visit.client_id,
            scopes=visit.scopes,
            holder_id=found.holder.id,
            accounts=(found.account,),
            mode="card",
            email=must(visit.customer).email,
            language=services.context.language,
        ),
        services,
    )


async def give(giving: Giving, services: LinkServices) -> str | None:
    """Record the consent, make the code, write the mail; return where the browser goes.

    None where the app may not ask any more, or its request was answered already. All of it stands
    in the request's transaction: no code without its consent, no mail without both.
    """
    tx, institution, now = services.tx, services.institution, services.now
    server = services.ports.authorization
    client = await clients.find(tx, institution.code, giving.client_id)
    if client is None or not clients.is_usable(client, now):
        return None
    request = await server.find_request(tx, institution, giving.request_id, now)
    if isinstance(request, RequestOver):
        return None
    consent_id = must(request.consent_id, "the consent that awaits")
    agreement = _agreement(giving, client, services)
    consent = await consents.authorise(
        tx, services.ports.log, institution.code, consent_id, agreement, now=now
    )
    if isinstance(consent, consents.ConsentNotAwaiting):
        return None
    reference = services.context.reference
    url = await server.complete(
        tx, institution, request.id, consent, auth_time=now, now=now, reference=reference
    )
    if isinstance(url, RequestOver):
        raise BrokenInvariant("a request ended while its consent was locked")
    await mails.tell_of_consent(services, giving.email, giving.language, client, consent)
    return url


def consented(account: Account, client: clients.Client, services: LinkServices) -> ConsentedAccount:
    """Return the account as the consent holds it.

    The app knows it by an id of its own, the same at each link: an app that links again finds its
    account, and two apps cannot compare.
    """
    return ConsentedAccount(
        account_id=account.id,
        public_id=public_id(account, client, services),
        branch_code=account.branch_code,
        account_kind=account.kind,
        account_number=account.number,
    )


def public_id(account: Account, client: clients.Client, services: LinkServices) -> str:
    """Return the id by which this app alone knows the account."""
    names = (services.institution.code, client.id, account.id)
    digest = keyed_hashes(services.ports.keys, "pairwise", "account", *names)[-1]
    return base64.urlsafe_b64encode(digest[:18]).decode()


def _agreement(giving: Giving, client: clients.Client, services: LinkServices) -> Agreement:
    """Return what the depositor says yes to; all of it stood on the screen (LINK-28)."""
    settings = services.institution.api_link
    days = clients.consent_days(client, settings.consent_days)
    return Agreement(
        holder_id=giving.holder_id,
        scopes=giving.scopes,
        accounts=tuple(consented(account, client, services) for account in giving.accounts),
        expires_at=consents.end_of_term(services.now, days),
        terms_version=services.institution.terms_version,
        screen_version=settings.screen_text_version,
        mode=giving.mode,
    )
