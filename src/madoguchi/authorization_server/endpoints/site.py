"""What every endpoint has at hand."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response

from madoguchi.authorization_server import errors
from madoguchi.authorization_server.endpoints.answers import json_answer, refused
from madoguchi.authorization_server.endpoints.forms import posted
from madoguchi.authorization_server.errors import Refusal
from madoguchi.authorization_server.exchange import Check, Exchange, first_refusal
from madoguchi.authorization_server.ports import ErrorPage, Interaction
from madoguchi.authorization_server.server import AuthorizationServer
from madoguchi.institutions import Institution, Institutions
from madoguchi.kernel.clock import Clock
from madoguchi.plumbing.database import Database, DatabaseUnavailable

NOT_FOUND = Refusal("invalid_request", "There is no such issuer here.", status=404)
TWO_METHODS = "Authenticate in one way: by client_assertion, without the Authorization header."
"""RFC 6749 section 2.3: not more than one method in a request."""


@dataclass(frozen=True)
class Site:
    """The ports of the endpoints, fixed when the process starts."""

    server: AuthorizationServer
    database: Database
    institutions: Institutions
    clock: Clock
    interaction: Interaction
    error_page: ErrorPage
    counters: Database | None = None

    async def institution(self, request: Request) -> Institution | None:
        """Return the institution of the path, or of the host where the path names none."""
        slug = request.path_params.get("slug")
        if slug is None:
            return self.institutions.by_host(request.headers.get("host", ""))
        return await self.institutions.find_by_slug(self.database, slug, now=self.clock.now())


@dataclass(frozen=True)
class Endpoint:
    """An endpoint that clients post a form to: its checks in order, and what it does then."""

    path: str
    checks: Sequence[Check]
    act: Callable[[Exchange], Awaitable[dict[str, object] | Refusal | None]]
    status: int = 200


async def serve(site: Site, endpoint: Endpoint, request: Request) -> Response:
    """Answer one request, in one transaction.

    A refusal commits: what was used up, counted or revoked on the way stays so.
    """
    institution = await site.institution(request)
    if institution is None:
        return refused(NOT_FOUND)
    form = await posted(request)
    headers = _nonce(site, request, institution)
    if isinstance(form, Refusal):
        return refused(form, headers)
    if "authorization" in request.headers and "client_assertion" in form:
        return refused(errors.invalid_request(TWO_METHODS), headers)
    try:
        async with site.database.transaction() as tx:
            exchange = Exchange(
                server=site.server,
                tx=tx,
                institution=institution,
                method=request.method,
                url=site.server.issuer(institution) + endpoint.path,
                form=form,
                proofs=request.headers.getlist("dpop"),
                now=site.clock.now(),
                counters=site.counters,
                source=getattr(request.state, "source", ""),
                reference=getattr(request.state, "reference", ""),
            )
            outcome = await first_refusal(exchange, endpoint.checks) or await endpoint.act(exchange)
    except DatabaseUnavailable:
        return refused(errors.temporarily_unavailable())
    if isinstance(outcome, Refusal):
        return refused(_challenged(outcome, request, site.server.issuer(institution)), headers)
    return json_answer(outcome, endpoint.status, headers)


def _nonce(site: Site, request: Request, institution: Institution) -> dict[str, str]:
    """Return the nonce for the next proof, where the client sends proofs or should have."""
    if "dpop" not in request.headers and not request.url.path.endswith("/token"):
        return {}
    return {"DPoP-Nonce": site.server.nonces.current(institution.code, site.clock.now())}


def _challenged(refusal: Refusal, request: Request, realm: str) -> Refusal:
    """RFC 6749 section 5.2: a client that tried the Authorization header is answered in kind."""
    scheme = request.headers.get("authorization", "").partition(" ")[0]
    if refusal.error != "invalid_client" or not scheme.isalpha():
        return refusal
    challenge = f'{scheme} realm="{realm}", error="invalid_client"'
    headers = {**refusal.headers, "WWW-Authenticate": challenge}
    return Refusal(refusal.error, refusal.description, refusal.status, refusal.detail, headers)
