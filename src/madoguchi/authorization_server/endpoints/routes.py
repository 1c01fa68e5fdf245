"""Where the endpoints are."""

from collections.abc import Awaitable, Callable, Sequence

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from madoguchi.authorization_server.endpoints.authorize import authorize
from madoguchi.authorization_server.endpoints.described import described, jwks
from madoguchi.authorization_server.endpoints.introspect import INTROSPECT
from madoguchi.authorization_server.endpoints.par import PAR
from madoguchi.authorization_server.endpoints.protected import managed_grant, userinfo
from madoguchi.authorization_server.endpoints.revoke import REVOKE
from madoguchi.authorization_server.endpoints.site import Endpoint, Site, serve
from madoguchi.authorization_server.endpoints.token import TOKEN
from madoguchi.authorization_server.metadata import PATHS
from madoguchi.authorization_server.ports import ErrorPage, Interaction
from madoguchi.authorization_server.server import AuthorizationServer
from madoguchi.institutions import Institutions
from madoguchi.kernel.clock import Clock
from madoguchi.plumbing.database import Database

OAUTH = "/.well-known/oauth-authorization-server"
OPENID = "/.well-known/openid-configuration"
READ = ("GET", "HEAD")
"""What is public and changes nothing: monitors look at it with HEAD."""

Handler = Callable[[Site, Request], Awaitable[Response]]


def routes(
    server: AuthorizationServer,
    *,
    database: Database,
    institutions: Institutions,
    clock: Clock,
    interaction: Interaction,
    error_page: ErrorPage,
    counters: Database | None = None,
) -> list[Route]:
    """Return all endpoints, to be put at the root: `/{slug}/oauth/…`, and the well-known ones.

    `counters` is a pool beside `database`, for counting each client's requests: a request that
    holds a connection of one pool waits for none of the same. Without it nothing is counted.
    """
    site = Site(server, database, institutions, clock, interaction, error_page, counters)
    posted = [
        Route("/{slug}" + endpoint.path, _posting(site, endpoint), methods=["POST"])
        for endpoint in (PAR, TOKEN, INTROSPECT, REVOKE)
    ]
    grants = "/{slug}" + PATHS["grant_management_endpoint"] + "/{grant_id}"
    return [
        *posted,
        _route(site, "/{slug}" + PATHS["authorization_endpoint"], authorize, ("GET", "POST")),
        _route(site, "/{slug}" + PATHS["userinfo_endpoint"], userinfo, ("GET", "POST")),
        _route(site, grants, managed_grant, ("GET", "DELETE")),
        _route(site, "/{slug}" + PATHS["jwks_uri"], jwks, READ),
        # RFC 8414 puts the well-known part before the issuer's path, OpenID behind it
        _route(site, OAUTH + "/{slug}", described, READ),
        _route(site, "/{slug}" + OPENID, described, READ),
        # an institution under a host of its own
        _route(site, OAUTH, described, READ),
        _route(site, OPENID, described, READ),
    ]


def _route(site: Site, path: str, handler: Handler, methods: Sequence[str]) -> Route:
    async def answer(request: Request) -> Response:
        return await handler(site, request)

    route = Route(path, answer, methods=list(methods))
    if "HEAD" not in methods:  # starlette adds it to GET, and it must not begin, spend or end
        (route.methods or set()).discard("HEAD")
    return route


def _posting(site: Site, endpoint: Endpoint) -> Callable[[Request], Awaitable[Response]]:
    async def answer(request: Request) -> Response:
        return await serve(site, endpoint, request)

    return answer
