"""Userinfo and grant management: resources of the server itself, opened by access tokens."""

import re
from datetime import datetime

from starlette.requests import Request
from starlette.responses import Response

from madoguchi import consents
from madoguchi.authorization_server.checks.scope import (
    GRANT_MANAGEMENT,
    GRANT_MANAGEMENT_QUERY,
    GRANT_MANAGEMENT_REVOKE,
)
from madoguchi.authorization_server.endpoints.answers import json_answer, refused
from madoguchi.authorization_server.endpoints.site import NOT_FOUND, Site
from madoguchi.authorization_server.metadata import PATHS
from madoguchi.authorization_server.resource import (
    AccessGrant,
    AccessRefused,
    HttpParts,
    scope_refusal,
)
from madoguchi.consents import Consent, EndedBy
from madoguchi.institutions import Institution
from madoguchi.kernel.errors import must
from madoguchi.plumbing.database import Tx

GRANT_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")


async def userinfo(site: Site, http: Request) -> Response:
    """Return the subject (OpenID Connect Core section 5.3)."""
    institution = await site.institution(http)
    if institution is None:
        return refused(NOT_FOUND)
    async with site.database.transaction() as tx:
        parts = _parts(site, institution, http, PATHS["userinfo_endpoint"])
        grant = await _opened(site, tx, institution, parts, "openid")
    if isinstance(grant, AccessRefused):
        return _denied(grant)
    subject = site.server.tokens.subject(grant.client, grant.consent.holder_id)
    return json_answer({"sub": subject}, headers=grant.headers)


async def managed_grant(site: Site, http: Request) -> Response:
    """Return what a grant covers; with DELETE, end the consent, and with it all its tokens.

    Grant Management for OAuth 2.0, sections 6.4 and 6.5.
    """
    scope = GRANT_MANAGEMENT_REVOKE if http.method == "DELETE" else GRANT_MANAGEMENT_QUERY
    institution, now = await site.institution(http), site.clock.now()
    if institution is None:
        return refused(NOT_FOUND)
    grant_id = str(http.path_params["grant_id"])
    async with site.database.transaction() as tx:
        path = f"{PATHS['grant_management_endpoint']}/{grant_id}"
        access = await _opened(site, tx, institution, _parts(site, institution, http, path), scope)
        if isinstance(access, AccessRefused):
            return _gone_or_denied(access, grant_id)
        consent = None
        if GRANT_ID.fullmatch(grant_id):
            consent = await consents.find(tx, institution.code, grant_id, now)
        known = consent is not None and consent.client_id == access.client_id
        if not known or not consents.is_active(must(consent), now):
            return json_answer(None, 404, access.headers)
        if scope == GRANT_MANAGEMENT_QUERY:
            return json_answer(_described(must(consent)), headers=access.headers)
        await consents.revoke(
            tx, site.server.log, institution.code, grant_id,
            by=EndedBy.APP, actor=access.client_id, now=now,
        )  # fmt: skip
    return json_answer(None, 204, access.headers)


async def _opened(
    site: Site, tx: Tx, institution: Institution, parts: HttpParts, scope: str
) -> AccessGrant | AccessRefused:
    now = site.clock.now()
    grant = await site.server.authenticate_access_token(tx, institution, parts, now)
    if isinstance(grant, AccessRefused):
        return grant
    return scope_refusal(grant, scope) or grant


def _parts(site: Site, institution: Institution, http: Request, path: str) -> HttpParts:
    return HttpParts(
        http.method, site.server.issuer(institution) + path, tuple(http.headers.items())
    )


def _described(consent: Consent) -> dict[str, object]:
    """Return the grant; scopes of grant management itself open this door and are no permission."""
    held = [scope for scope in consent.scopes if scope not in GRANT_MANAGEMENT]
    return {
        "scopes": [{"scope": scope} for scope in held],
        "created_at": _seconds(consent.authorised_at),
        "last_updated_at": _seconds(consent.authorised_at),
        "expires_at": _seconds(consent.expires_at),
    }


def _seconds(at: datetime | None) -> int:
    return int(must(at).timestamp())


def _gone_or_denied(access: AccessRefused, grant_id: str) -> Response:
    """A token's own grant that has ended is gone (404); whatever else is wrong is told as such."""
    if access.consent is not None and access.consent.id == grant_id:
        return json_answer(None, 404, {"DPoP-Nonce": access.headers["DPoP-Nonce"]})
    return _denied(access)


def _denied(access: AccessRefused) -> Response:
    members = {"error": access.error, "error_description": access.description}
    return json_answer(members if access.error else None, access.status, access.headers)
