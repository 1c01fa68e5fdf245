"""Giving the consent: what 許可する does (LINK-30)."""

import base64

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


async def give_consent(visit: LinkVisit, found: Linkable, services: LinkServices) -> str | None:
    """Record the consent, make the code, write the mail; return where the browser goes.

    None where the app may not ask any more, or its request was answered already. All of it stands
    in the request's transaction: no code without its consent, no mail without both.
    """
    tx, institution, now = services.tx, services.institution, services.now
    server = services.ports.authorization
    client = await clients.find(tx, institution.code, visit.client_id)
    if client is None or not clients.is_usable(client, now):
        return None
    request = await server.find_request(tx, institution, visit.request_id, now)
    if isinstance(request, RequestOver):
        return None
    consent_id = must(request.consent_id, "the consent that awaits")
    agreement = _agreement(visit, found, client, services)
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
    await mails.tell_of_consent(services, visit, client, consent)
    return url


def consented(account: Account, client: clients.Client, services: LinkServices) -> ConsentedAccount:
    """Return the account as the consent holds it.

    The app knows it by an id of its own, the same at each link: an app that links again finds its
    account, and two apps cannot compare.
    """
    names = (services.institution.code, client.id, account.id)
    digest = keyed_hashes(services.ports.keys, "pairwise", "account", *names)[-1]
    return ConsentedAccount(
        account_id=account.id,
        public_id=base64.urlsafe_b64encode(digest[:18]).decode(),
        branch_code=account.branch_code,
        account_kind=account.kind,
        account_number=account.number,
    )


def _agreement(
    visit: LinkVisit, found: Linkable, client: clients.Client, services: LinkServices
) -> Agreement:
    """Return what the depositor says yes to; all of it stood on the screen (LINK-28)."""
    settings = services.institution.api_link
    days = clients.consent_days(client, settings.consent_days)
    return Agreement(
        holder_id=found.holder.id,
        scopes=visit.scopes,
        accounts=(consented(found.account, client, services),),
        expires_at=consents.end_of_term(services.now, days),
        terms_version=services.institution.terms_version,
        screen_version=settings.screen_text_version,
        mode="card",
    )
