"""Metadata and keys: what anybody may read."""

from starlette.requests import Request
from starlette.responses import Response

from madoguchi.authorization_server.endpoints.answers import json_answer, refused
from madoguchi.authorization_server.endpoints.site import NOT_FOUND, Site
from madoguchi.authorization_server.metadata import metadata

FOR_FIVE_MINUTES = {"Cache-Control": "public, max-age=300"}


async def described(site: Site, http: Request) -> Response:
    """Return the metadata (RFC 8414 section 3, OpenID Connect Discovery section 4)."""
    institution = await site.institution(http)
    if institution is None:
        return refused(NOT_FOUND)
    return json_answer(metadata(institution, site.server.issuer(institution)))


async def jwks(site: Site, http: Request) -> Response:
    """Return the JWK set; a key is in it for days before it signs (AS-01)."""
    institution = await site.institution(http)
    if institution is None:
        return refused(NOT_FOUND)
    async with site.database.transaction() as tx:
        published = await site.server.signing_keys.published(tx, institution.code, site.clock.now())
    return json_answer(published, kept=FOR_FIVE_MINUTES)
