"""The authorization endpoint (RFC 6749 section 3.1, RFC 9126 section 4)."""

from dataclasses import dataclass
from datetime import datetime

import msgspec
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from madoguchi import clients, consents
from madoguchi.authorization_server import errors, jose, store
from madoguchi.authorization_server.endpoints.answers import NOT_STORED
from madoguchi.authorization_server.endpoints.forms import parameters, posted
from madoguchi.authorization_server.endpoints.site import NOT_FOUND, Site
from madoguchi.authorization_server.errors import Refusal
from madoguchi.authorization_server.requests import REQUEST_URI_PREFIX, AuthorizationRequest
from madoguchi.institutions import Institution
from madoguchi.kernel.errors import must
from madoguchi.plumbing.database import Tx

OVER = "The request_uri is unknown, has expired, or was used. Start again in the app."


@dataclass(frozen=True, slots=True)
class _Asked:
    """One request to this endpoint."""

    site: Site
    tx: Tx
    institution: Institution
    http: Request
    now: datetime


async def authorize(site: Site, http: Request) -> Response:
    """Send the browser to where the person proves who he is and consents; or show an error.

    What is wrong here shows that the request cannot be trusted, so nothing of it is followed
    (AS-09). Parameters besides `client_id` and `request_uri` are not looked at.
    """
    institution = await site.institution(http)
    if institution is None:
        return await site.error_page.render(http, None, NOT_FOUND)
    form = await posted(http) if http.method == "POST" else parameters(_query(http))
    outcome: str | Refusal
    if isinstance(form, Refusal):
        outcome = form
    else:
        async with site.database.transaction() as tx:
            asked = _Asked(site, tx, institution, http, site.clock.now())
            outcome = await _begin(asked, form)
    if isinstance(outcome, Refusal):
        return await site.error_page.render(http, institution, outcome)
    return RedirectResponse(outcome, 303, NOT_STORED)


async def _begin(asked: _Asked, form: dict[str, str]) -> str | Refusal:
    request = await _trusted_request(asked, form)
    if isinstance(request, Refusal):
        return request
    if "none" in request.parameters.prompt:
        ended = await asked.site.server.refuse(
            asked.tx, asked.institution, request.id,
            error="login_required", description="The user has to prove who he is.", now=asked.now,
        )  # fmt: skip
        return ended if isinstance(ended, str) else errors.invalid_request(OVER)
    request = await _with_consent(asked, request)
    return await asked.site.interaction.begin(asked.tx, asked.institution, request, asked.http)


async def _trusted_request(asked: _Asked, form: dict[str, str]) -> AuthorizationRequest | Refusal:
    uri, client_id = form.get("request_uri", ""), form.get("client_id", "")
    if not uri or not client_id:
        return errors.invalid_request(
            "Push the request first (RFC 9126), then send client_id and request_uri."
        )
    reference = jose.sha256(uri.removeprefix(REQUEST_URI_PREFIX))
    request = await store.find_request_by_reference(asked.tx, asked.institution.code, reference)
    over = (
        request is None
        or not uri.startswith(REQUEST_URI_PREFIX)
        or request.client_id != client_id
        or request.finished_at is not None
        or asked.now >= request.expires_at
    )
    if over:
        return errors.invalid_request(OVER)
    request = must(request)
    client = await clients.find(asked.tx, asked.institution.code, client_id)
    if client is None or not clients.is_usable(client, asked.now):
        return Refusal("unauthorized_client", "The app may not be linked at present.", status=403)
    if request.parameters.redirect_uri not in client.redirect_uris:
        return errors.invalid_request("The app's address is no longer registered.")
    return request


async def _with_consent(asked: _Asked, request: AuthorizationRequest) -> AuthorizationRequest:
    """Return the request with the consent that awaits; made when it is loaded first."""
    if request.consent_id is not None:
        return request
    consent = await consents.ask(
        asked.tx, request.institution, request.client_id, request.scopes,
        entropy=asked.site.server.entropy, now=asked.now,
    )  # fmt: skip
    await store.set_consent(asked.tx, request, consent.id)
    return msgspec.structs.replace(request, consent_id=consent.id)


def _query(http: Request) -> bytes:
    query: bytes = http.scope["query_string"]
    return query
