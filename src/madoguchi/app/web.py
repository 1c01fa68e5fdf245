"""The web application: all doors behind one surrounding."""

import asyncio
import contextlib
import ipaddress
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass

import structlog
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware.exceptions import ExceptionMiddleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.types import ASGIApp, Receive, Scope, Send

from madoguchi import authorization_server
from madoguchi.account_api import ApiPorts, account_api_routes
from madoguchi.api_link import LinkDoor, LinkPorts
from madoguchi.app.banking import retail_door
from madoguchi.app.cores import check_cores
from madoguchi.app.runtime import Runtime
from madoguchi.app.telephone import call_sink
from madoguchi.authorization_server import PATHS, Refusal
from madoguchi.institutions import Institution
from madoguchi.kernel.errors import Fault
from madoguchi.plumbing.database import DatabaseUnavailable
from madoguchi.plumbing.keys import read_reference
from madoguchi.plumbing.observability import METRICS, new_reference
from madoguchi.plumbing.settings import Webhook
from madoguchi.plumbing.telephone import IncomingCall, webhook_endpoint
from madoguchi.plumbing.web import Surround, Surroundings
from madoguchi.site import Pages, site_routes

REFRESH_SECONDS = 2.0
HARD_LIMIT = 512
log = structlog.get_logger("web")


def web_application(runtime: Runtime, extra: Sequence[BaseRoute] = ()) -> ASGIApp:
    """Return the ASGI application; `extra` routes go first (the demo's).

    Raises `CoreNotSetUp`.
    """
    check_cores(runtime.institutions.all(), runtime.http_cores)
    pages = Pages(runtime.templates, runtime.institutions)
    link = link_door(runtime, pages)
    app = Doors(
        routes=[
            *extra,
            Mount("/assets", runtime.assets),
            *site_routes(runtime.institutions),
            Mount("/{slug}/assets", runtime.assets),
            *_webhooks(runtime),
            *authorization_server.routes(
                runtime.authorization,
                database=runtime.database,
                institutions=runtime.institutions,
                clock=runtime.clock,
                interaction=link,
                error_page=AuthorizationErrors(pages),
                counters=runtime.counters,
            ),
            *account_api_routes(_api_ports(runtime)),
            *link.routes(),
            *retail_door(runtime, pages).routes(),
        ],
        exception_handlers={HTTPException: _plain_errors(pages)},
    )
    return Surround(app, _surroundings(runtime, pages))


class Doors(Starlette):
    """An application that leaves what is unexpected to the surrounding.

    Starlette's own last resort would answer first: without headers, page or reference number.
    """

    def build_middleware_stack(self) -> ASGIApp:
        """Return the routes with the handlers of errors that are answers, and nothing else."""
        # else a slash too many is redirected to whatever host the request names
        self.router.redirect_slashes = False
        return ExceptionMiddleware(self.router, handlers=self.exception_handlers)


def link_door(runtime: Runtime, pages: Pages) -> LinkDoor:
    """Return the door of the API link."""
    return LinkDoor(
        link_ports(runtime),
        runtime.database,
        runtime.clock,
        runtime.institutions,
        pages,
        seats=max(1, runtime.settings.database.pool // 2),
    )


def link_ports(runtime: Runtime) -> LinkPorts:
    """Return what the API link works with, for its screens and for staff."""
    return LinkPorts(
        counters=runtime.counters,
        core_of=runtime.core_of,
        call_back=runtime.call_back,
        authorization=runtime.authorization,
        notices=runtime.notices,
        log=runtime.log,
        texts=runtime.templates.text,
        keys=runtime.keys,
        entropy=runtime.entropy,
        customers=runtime.banking.customers,
        sign_in=runtime.banking.sign_in,
    )


@asynccontextmanager
async def institutions_kept_up(runtime: Runtime) -> AsyncIterator[None]:
    """Take up what is published while the block runs, within seconds (INST-05)."""

    async def refresh() -> None:
        while True:
            await asyncio.sleep(REFRESH_SECONDS)
            try:
                await runtime.institutions.refresh(runtime.database)
            except DatabaseUnavailable as error:
                log.warning("institutions-not-refreshed", error=str(error))

    task = asyncio.create_task(refresh())
    try:
        yield
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


class WebApplication:
    """An ASGI application whose runtime is opened when the server starts, in each process.

    `opening` gives the runtime and further routes; `beside` is what runs as long as it serves.
    """

    def __init__(
        self,
        opening: Callable[[], Awaitable[tuple[Runtime, Sequence[BaseRoute]]]],
        beside: Callable[[Runtime], AbstractAsyncContextManager[None]],
    ) -> None:
        self._opening = opening
        self._beside = beside
        self._app: ASGIApp | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request, or the server's start and end."""
        if scope["type"] == "lifespan":
            await self._live(receive, send)
        elif self._app is not None:
            await self._app(scope, receive, send)

    async def _live(self, receive: Receive, send: Send) -> None:
        await receive()
        try:
            runtime, extra = await self._opening()
            self._app = web_application(runtime, extra)
        except Exception as error:
            if not isinstance(error, Fault):  # a fault's own words, which follow, say it all
                log.exception("cannot-start")
            await send({"type": "lifespan.startup.failed", "message": str(error)})
            return
        async with institutions_kept_up(runtime), self._beside(runtime):
            await send({"type": "lifespan.startup.complete"})
            await receive()
        await runtime.close()
        await send({"type": "lifespan.shutdown.complete"})


@dataclass(frozen=True)
class AuthorizationErrors:
    """The authorization server's errors that must not lead back to an app, as a page."""

    pages: Pages

    async def render(
        self, http: Request, institution: Institution | None, refusal: Refusal
    ) -> Response:
        """Return the page; for a program, the error as a problem."""
        del institution
        log.info("authorization-refused", error=refusal.error, detail=refusal.detail)
        return self.pages.error(
            http, refusal.status, error=refusal.error, detail=refusal.description
        )


def _surroundings(runtime: Runtime, pages: Pages) -> Surroundings:
    def limit_of(path: str) -> int:
        if not path.endswith(
            (PATHS["authorization_endpoint"], PATHS["pushed_authorization_request_endpoint"])
        ):
            return HARD_LIMIT
        institution = runtime.institutions.by_slug(path.split("/")[1])
        return institution.api_link.load_limit if institution else HARD_LIMIT

    def slug_of_host(host: str) -> str | None:
        institution = runtime.institutions.by_host(host)
        return institution.slug if institution else None

    def error_response(request: Request, status: int) -> Response:
        path = request.scope["path"]
        if status == 503 and path.endswith(PATHS["authorization_endpoint"]):
            return pages.error(request, status, template="api_link/busy.html")
        return pages.error(request, status)

    def measure(route: str, status: int, seconds: float) -> None:
        METRICS.requests.labels(route, str(status)).inc()
        METRICS.request_seconds.labels(route).observe(seconds)

    return Surroundings(
        new_reference=lambda: new_reference(runtime.entropy),
        slug_of_host=slug_of_host,
        limit_of=limit_of,
        error_response=error_response,
        measure=measure,
        trusted_proxies=[
            ipaddress.ip_network(network) for network in runtime.settings.web.trusted_proxies
        ],
        place_header=runtime.settings.web.place_header,
    )


def _api_ports(runtime: Runtime) -> ApiPorts:
    return ApiPorts(
        database=runtime.database,
        counters=runtime.counters,
        institutions=runtime.institutions,
        clock=runtime.clock,
        authorization=runtime.authorization,
        core_of=runtime.core_of,
        log=runtime.log,
    )


def _webhooks(runtime: Runtime) -> list[Route]:
    sink = call_sink(runtime)

    async def take(call: IncomingCall) -> None:
        await sink(call)

    def secrets_of(webhook: Webhook) -> Callable[[], list[bytes]]:
        def secrets() -> list[bytes]:
            return [read_reference(each).encode() for each in webhook.secrets]

        secrets()  # one that is missing keeps the process from starting
        return secrets

    return [
        Route(
            f"/telephone/{name}",
            webhook_endpoint(secrets_of(webhook), runtime.clock, take, gateway=name),
            methods=["POST"],
        )
        for name, webhook in runtime.settings.telephone.webhooks.items()
    ]


def _plain_errors(pages: Pages) -> Callable[[Request, Exception], Response]:
    def answer(request: Request, error: Exception) -> Response:
        if not isinstance(error, HTTPException):
            return pages.error(request, 500)
        response = pages.error(request, error.status_code)
        response.headers.update(error.headers or {})  # a 405 names the methods (RFC 9110)
        return response

    return answer
