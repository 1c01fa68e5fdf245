"""The API link's door: its journey wired to web, hours, log and authorization server."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import cached_property
from math import ceil

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from madoguchi import clients, service_hours
from madoguchi.api_link import steps
from madoguchi.api_link.events import AT_SCREEN, LinkEvent
from madoguchi.api_link.journey import API_LINK, PAGE_IDS
from madoguchi.api_link.services import LinkPorts, LinkServices
from madoguchi.api_link.visit import LinkVisit
from madoguchi.authorization_server import AuthorizationRequest, RequestOver
from madoguchi.call_back import Waiting
from madoguchi.core_bank.port import CoreFailure, CoreUnavailable
from madoguchi.institutions import Institution, Institutions
from madoguchi.kernel.clock import Clock
from madoguchi.kernel.errors import Fault, must
from madoguchi.kernel.journey import Again
from madoguchi.operations_log import Entry, Result
from madoguchi.plumbing.database import Database, Tx
from madoguchi.plumbing.observability import METRICS
from madoguchi.plumbing.web import (
    JourneyDoor,
    JourneyHandler,
    Moved,
    Page,
    Passing,
    RequestContext,
    Seats,
    Site,
    Visits,
)
from madoguchi.site import Pages

REFUSALS = frozenset(
    {Again.__name__, *(detour.__name__ for screen in API_LINK.screens for detour in screen.on)}
)
"""The outcomes that the log calls refused: the same screen again, and every detour."""


@dataclass(frozen=True)
class LinkDoor:
    """The API link as the web sees it. Fulfils the authorization server's `Interaction`."""

    ports: LinkPorts
    database: Database
    clock: Clock
    institutions: Institutions
    pages: Pages
    seats: int
    """How many steps may hold a connection at once: a slow core must leave some to the others."""

    @cached_property
    def handler(self) -> JourneyHandler[LinkVisit]:
        """The handler of the screens."""
        visits = Visits("api-link", LinkVisit, self.ports.keys, self.ports.entropy)
        door = JourneyDoor(
            journey=API_LINK,
            path="link",
            visits=visits,
            database=self.database,
            clock=self.clock,
            find_site=self._find_site,
            idle=self._idle,
            services=self._services,
            gate=self._gate,
            ended=self._ended,
            record=self._record,
            render=self._render,
            error=self.pages.error,
            seats=Seats(self.seats),
            faults={CoreUnavailable: _core_message},
        )
        return JourneyHandler(door)

    def routes(self) -> list[Route]:
        """Return the routes of the screens, and of the poll of screen ④."""
        status = Route("/{slug}/link/{visit}/call/status", self.call_status, methods=["GET"])
        return [status, *self.handler.routes()]

    async def begin(
        self, tx: Tx, institution: Institution, request: AuthorizationRequest, http: Request
    ) -> str:
        """Start a visit for the app's request, or go on with this browser's; return its URL.

        Where institution and app do not link by card there are no screens here: the visit ends at
        once, where the person is told so and led back to the app.
        """
        by_card = await _links_by_card(tx, institution, request.client_id)
        proved = LinkVisit(
            request.id, request.client_id, request.scopes, request.parameters.redirect_uri
        )
        return await self.handler.begin(
            tx,
            institution,
            http,
            proved,
            lambda known: known.request_id == request.id,
            "" if by_card else "unavailable",
        )

    async def call_status(self, request: Request) -> Response:
        """Tell the page of ④ whether the call has come (LINK-23)."""
        async with self.database.transaction() as tx:
            passing = await self.handler.peek(request, tx)
            if passing is None:
                return _json({"state": "gone", "seconds_left": 0}, 404)
            if passing.visit.place != "call":
                return _json({"state": "moved-on", "seconds_left": 0})
            status = await steps.call_status(passing.visit.proved, self._services(passing))
        seconds_left = status.seconds_left if isinstance(status, Waiting) else 0
        return _json({"state": steps.state_of(status), "seconds_left": seconds_left})

    async def _find_site(self, slug: str) -> Institution | None:
        return await self.institutions.find_by_slug(self.database, slug, now=self.clock.now())

    def _services(self, passing: Passing[LinkVisit]) -> LinkServices:
        return LinkServices(
            self.ports,
            passing.tx,
            self._institution(passing.site),
            passing.visit.id,
            passing.context,
            passing.now,
        )

    async def _gate(self, passing: Passing[LinkVisit]) -> Page | None:
        institution = self._institution(passing.site)
        hours = await service_hours.is_open(passing.tx, institution, "api-link", passing.now)
        if isinstance(hours, service_hours.Open):
            return None
        text = hours.text.read_in(passing.context.language) if hours.text else ""
        headers = {"retry-after": _seconds_until(hours, passing)} if hours.opens_at else {}
        values = {"opens_at": hours.opens_at, "staff_text": text}
        return Page("closed", values, status=503, headers=headers)

    async def _ended(self, passing: Passing[LinkVisit], ending: str) -> str:
        visit = passing.visit.proved
        if ending == API_LINK.finish:
            return visit.return_url
        url = await self.ports.authorization.refuse(
            passing.tx,
            self._institution(passing.site),
            visit.request_id,
            error=ERROR_AT.get(ending, "access_denied"),
            description=f"The link ended at the bank: {ending}.",
            now=passing.now,
            reference=passing.context.reference,
        )
        return "" if isinstance(url, RequestOver) else url

    def _record(self, passing: Passing[LinkVisit], moved: Moved[LinkVisit]) -> None:
        before, after = moved.before, moved.after
        event = AT_SCREEN.get(before.place, LinkEvent.ENDED)
        METRICS.steps.labels(passing.site.code, "api-link", before.place, moved.outcome).inc()
        self.ports.log.append(
            passing.tx,
            Entry(
                institution=passing.site.code,
                event=event,
                result=_result(moved.outcome),
                actor=after.proved.holder_id,
                subject=after.proved.account_id,
                reason=moved.reason,
                source=passing.context.source,
                reference=passing.context.reference,
                journey=before.id,
                detail={
                    "outcome": moved.outcome,
                    "to": after.place,
                    "client": after.proved.client_id,
                },
            ),
        )

    def _render(self, page: Page, site: Site, context: RequestContext) -> Response:
        name = "error.html" if page.template in SHARED else f"api_link/{page.template}.html"
        if name == "error.html":
            page = Page(page.template, {"status": page.status}, page.status)
        elif page.template in PAGE_IDS:
            foot = {"screen": {"screen_id": PAGE_IDS[page.template]}}
            page = replace(page, values={**page.values, **foot})
        return self.pages.render(name, page, self._institution(site), context)

    def _idle(self, site: Site) -> timedelta:
        return timedelta(minutes=self._institution(site).api_link.idle_minutes)

    def _institution(self, site: Site) -> Institution:
        return must(self.institutions.by_code(site.code), "an institution that is served")


SHARED = frozenset({"bad-request", "error"})
ERROR_AT = {"unavailable": "temporarily_unavailable"}
"""The OAuth error that the app gets of an ending where it is not `access_denied` (LINK-06)."""


async def _links_by_card(tx: Tx, institution: Institution, client_id: str) -> bool:
    client = must(await clients.find(tx, institution.code, client_id), "the client that asked")
    return "card" in institution.api_link.modes and "card" in client.link_modes


def _core_message(fault: Fault) -> str:
    failed = isinstance(fault, CoreUnavailable) and fault.kind is CoreFailure.LINK_FAILED
    return "link.message.core-link-failed" if failed else "link.message.core-cannot-handle"


def _result(outcome: str) -> Result:
    if outcome == "Fault":
        return "failed"
    return "refused" if outcome in REFUSALS else "done"


def _seconds_until(hours: service_hours.Closed, passing: Passing[LinkVisit]) -> str:
    opens_at = must(hours.opens_at)
    return str(max(1, ceil((opens_at - passing.now).total_seconds())))


def _json(body: Mapping[str, object], status: int = 200) -> Response:
    return Response(msgspec.json.encode(body), status, media_type="application/json")
