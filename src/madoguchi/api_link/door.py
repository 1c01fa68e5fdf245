"""The API link's door: its journeys wired to web, hours, log and authorization server."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import cached_property
from math import ceil
from typing import Any, Generic, Protocol, TypeVar

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from madoguchi import clients, service_hours
from madoguchi.api_link import steps
from madoguchi.api_link.by_login import LOGIN_LINK, LOGIN_PAGE_IDS, LoginLinkVisit
from madoguchi.api_link.events import AT_SCREEN, LinkEvent
from madoguchi.api_link.journey import API_LINK, PAGE_IDS
from madoguchi.api_link.services import LinkPorts, LinkServices
from madoguchi.api_link.visit import LinkVisit
from madoguchi.api_link.way import WAY, WAY_PAGE_IDS, WayServices, WayVisit
from madoguchi.authorization_server import AuthorizationRequest, RequestOver
from madoguchi.call_back import Waiting
from madoguchi.core_bank.port import CoreFailure, CoreUnavailable
from madoguchi.institutions import Institution, Institutions
from madoguchi.kernel.clock import Clock
from madoguchi.kernel.errors import Fault, must
from madoguchi.kernel.journey import Again, Journey
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
    Visit,
    Visits,
)
from madoguchi.site import Pages

HASHING_SEATS = 2
"""How many logins may be under way at once: one whose password is being hashed, and one who is
next. The others wait before they take a connection (SEC-02)."""


class Proved(Protocol):
    """What every visit of the API link knows: the app's request, and where it leads back."""

    @property
    def request_id(self) -> str:
        """The authorization request."""
        ...

    @property
    def client_id(self) -> str:
        """The app."""
        ...

    @property
    def return_url(self) -> str:
        """Where the finish leads."""
        ...


V = TypeVar("V", bound=Proved)
Asked = LinkVisit | LoginLinkVisit | WayVisit


@dataclass(frozen=True)
class Way(Generic[V]):
    """One of the journeys: its table, its path, what its steps prove, the ids of its pages."""

    journey: Journey
    path: str
    visit: type[V]
    page_ids: Mapping[str, str]
    services: Callable[[Passing[V]], object]


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
        """The handler of card mode's screens."""
        way = Way(API_LINK, "link", LinkVisit, PAGE_IDS, self._services)
        return self._handler(way, Seats(self.seats))

    @cached_property
    def by_login(self) -> JourneyHandler[LoginLinkVisit]:
        """The handler of login mode's screens."""
        way = Way(LOGIN_LINK, "link/login", LoginLinkVisit, LOGIN_PAGE_IDS, self._services)
        return self._handler(way, Seats(HASHING_SEATS))

    @cached_property
    def way(self) -> JourneyHandler[WayVisit]:
        """The handler of the choice between both modes."""
        way = Way(WAY, "link/way", WayVisit, WAY_PAGE_IDS, self._way_services)
        return self._handler(way, Seats(self.seats))

    def routes(self) -> list[Route]:
        """Return the routes of the screens, and of the poll of screen ④."""
        status = Route("/{slug}/link/{visit}/call/status", self.call_status, methods=["GET"])
        handlers: Sequence[JourneyHandler[Any]] = (self.by_login, self.way, self.handler)
        return [status, *(route for handler in handlers for route in handler.routes())]

    async def begin(
        self, tx: Tx, institution: Institution, request: AuthorizationRequest, http: Request
    ) -> str:
        """Start a visit for the app's request, or go on with this browser's; return its URL.

        In the mode that institution and app have in common; where both, the person chooses. Where
        none, the visit ends at once, where he is told so and led back to the app.
        """
        modes = await _modes(tx, institution, request.client_id)
        asked = (
            request.id, request.client_id, request.scopes, request.parameters.redirect_uri
        )  # fmt: skip
        if len(modes) > 1:
            return await self.way.begin(
                tx, institution, http, WayVisit(*asked), _for_request(request.id)
            )
        return await self._begin_mode(tx, institution, http, modes[0] if modes else "", asked)

    async def _begin_mode(
        self,
        tx: Tx,
        institution: Institution,
        http: Request,
        mode: str,
        asked: tuple[str, str, tuple[str, ...], str],
    ) -> str:
        same = _for_request(asked[0])
        if mode == "login":
            return await self.by_login.begin(tx, institution, http, LoginLinkVisit(*asked), same)
        ending = "" if mode else "unavailable"
        return await self.handler.begin(tx, institution, http, LinkVisit(*asked), same, ending)

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

    def _handler(self, way: Way[V], seats: Seats) -> JourneyHandler[V]:
        door = JourneyDoor(
            journey=way.journey,
            path=way.path,
            visits=Visits(way.journey.name, way.visit, self.ports.keys, self.ports.entropy),
            database=self.database,
            clock=self.clock,
            find_site=self._find_site,
            idle=self._idle,
            services=way.services,
            gate=self._gate,
            ended=self._ended_on(way),
            record=self._record_on(way),
            render=self._render_on(way),
            error=self.pages.error,
            seats=seats,
            faults={CoreUnavailable: _core_message},
        )
        return JourneyHandler(door)

    async def _find_site(self, slug: str) -> Institution | None:
        return await self.institutions.find_by_slug(self.database, slug, now=self.clock.now())

    def _services(self, passing: Passing[Any]) -> LinkServices:
        return LinkServices(
            self.ports,
            passing.tx,
            self._institution(passing.site),
            passing.visit.id,
            passing.context,
            passing.now,
            passing.request,
        )

    def _way_services(self, passing: Passing[WayVisit]) -> WayServices:
        known = passing.visit.proved

        async def begin(mode: str) -> str:
            asked = (known.request_id, known.client_id, known.scopes, known.redirect_uri)
            institution = self._institution(passing.site)
            return await self._begin_mode(passing.tx, institution, passing.request, mode, asked)

        return WayServices(begin)

    async def _gate(self, passing: Passing[Any]) -> Page | None:
        institution = self._institution(passing.site)
        hours = await service_hours.is_open(passing.tx, institution, "api-link", passing.now)
        if isinstance(hours, service_hours.Open):
            return None
        text = hours.text.read_in(passing.context.language) if hours.text else ""
        headers = {"retry-after": _seconds_until(hours, passing)} if hours.opens_at else {}
        values = {"opens_at": hours.opens_at, "staff_text": text}
        return Page("closed", values, status=503, headers=headers)

    def _ended_on(self, way: Way[V]) -> Callable[[Passing[V], str], Awaitable[str]]:
        async def ended(passing: Passing[V], ending: str) -> str:
            visit = passing.visit.proved
            if ending == way.journey.finish:
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

        return ended

    def _record_on(self, way: Way[V]) -> Callable[[Passing[V], Moved[V]], None]:
        refusals = _refusals(way.journey)

        def record(passing: Passing[V], moved: Moved[V]) -> None:
            before, after = moved.before, moved.after
            event = AT_SCREEN.get(before.place, LinkEvent.ENDED)
            name = way.journey.name
            METRICS.steps.labels(passing.site.code, name, before.place, moved.outcome).inc()
            self.ports.log.append(
                passing.tx,
                Entry(
                    institution=passing.site.code,
                    event=event,
                    result=_result(moved.outcome, refusals),
                    actor=getattr(after.proved, "holder_id", ""),
                    subject=getattr(after.proved, "account_id", ""),
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

        return record

    def _render_on(self, way: Way[V]) -> Callable[[Page, Site, RequestContext], Response]:
        def render(page: Page, site: Site, context: RequestContext) -> Response:
            name = "error.html" if page.template in SHARED else f"api_link/{page.template}.html"
            if name == "error.html":
                page = Page(page.template, {"status": page.status}, page.status)
            elif page.template in way.page_ids:
                foot = {"screen": {"screen_id": way.page_ids[page.template]}}
                page = replace(page, values={**page.values, **foot})
            return self.pages.render(name, page, self._institution(site), context)

        return render

    def _idle(self, site: Site) -> timedelta:
        return timedelta(minutes=self._institution(site).api_link.idle_minutes)

    def _institution(self, site: Site) -> Institution:
        return must(self.institutions.by_code(site.code), "an institution that is served")


SHARED = frozenset({"bad-request", "error"})
ERROR_AT = {"unavailable": "temporarily_unavailable"}
"""The OAuth error that the app gets of an ending where it is not `access_denied` (LINK-06)."""


async def _modes(tx: Tx, institution: Institution, client_id: str) -> Sequence[str]:
    """Return the modes that institution and app have in common, in the institution's order."""
    client = must(await clients.find(tx, institution.code, client_id), "the client that asked")
    return [
        mode
        for mode in institution.api_link.modes
        if mode in client.link_modes and (mode == "card" or institution.retail.offered)
    ]


def _for_request(request_id: str) -> Callable[[Visit[Any]], bool]:
    def same(known: Visit[Any]) -> bool:
        asked: Asked = known.proved
        return asked.request_id == request_id

    return same


def _core_message(fault: Fault) -> str:
    failed = isinstance(fault, CoreUnavailable) and fault.kind is CoreFailure.LINK_FAILED
    return "link.message.core-link-failed" if failed else "link.message.core-cannot-handle"


def _refusals(journey: Journey) -> frozenset[str]:
    """Return the outcomes that the log calls refused: the same screen again, and every detour.

    But for the detour around a question that need not be asked.
    """
    detours = {detour.__name__ for screen in journey.screens for detour in screen.on}
    return frozenset({Again.__name__, *detours}) - {"Unasked"}


def _result(outcome: str, refusals: frozenset[str]) -> Result:
    if outcome == "Fault":
        return "failed"
    return "refused" if outcome in refusals else "done"


def _seconds_until(hours: service_hours.Closed, passing: Passing[Any]) -> str:
    opens_at = must(hours.opens_at)
    return str(max(1, ceil((opens_at - passing.now).total_seconds())))


def _json(body: Mapping[str, object], status: int = 200) -> Response:
    return Response(msgspec.json.encode(body), status, media_type="application/json")
