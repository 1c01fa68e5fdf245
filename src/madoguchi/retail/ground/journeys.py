"""One journey of internet banking, wired to web, session, hours and log."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import cached_property
from typing import Any, Generic, TypeVar

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from madoguchi.core_bank.port import CoreFailure, CoreUnavailable
from madoguchi.customers import ContractChanged
from madoguchi.kernel.errors import Fault
from madoguchi.kernel.journey import Again
from madoguchi.operations_log import Entry, Result
from madoguchi.plumbing.database import Tx
from madoguchi.plumbing.observability import METRICS
from madoguchi.plumbing.web import (
    Admitted,
    JourneyDoor,
    JourneyHandler,
    Moved,
    NoSeat,
    Page,
    Passing,
    RequestContext,
    Seats,
    Shown,
    Site,
    Visits,
    context_of,
)
from madoguchi.retail.ground.declared import BankJourney
from madoguchi.retail.ground.events import RetailEvent
from madoguchi.retail.ground.frame import Frame
from madoguchi.retail.ground.services import RetailServices, SignedIn

V = TypeVar("V")
OWNED_IDLE = timedelta(minutes=60)
"""How long the visit of somebody signed in waits for him: longer than his session, so that he can
sign in again and go on."""


@dataclass(frozen=True)
class JourneyServing(Generic[V]):
    """Serves a declared journey."""

    declared: BankJourney[V]
    frame: Frame
    seats: Seats

    def routes(self) -> list[Route]:
        """Return the routes of the beginning and of the screens."""
        begin = Route(f"/{{slug}}/bank/{self.declared.path}", self.begin, methods=["GET"])
        # beginning writes a visit: a HEAD begins nothing
        (begin.methods or set()).discard("HEAD")
        return [begin, *self.handler.routes()]

    @cached_property
    def handler(self) -> JourneyHandler[V]:
        """The handler of the screens."""
        declared, ports = self.declared, self.frame.ports
        visits = Visits(f"bank-{declared.path}", declared.visit, ports.keys, ports.entropy)
        return JourneyHandler(
            JourneyDoor(
                journey=declared.journey,
                path=f"bank/{declared.path}",
                visits=visits,
                database=ports.database,
                clock=ports.clock,
                find_site=self.frame.find_institution,
                idle=self._idle,
                services=self._services,
                gate=self._gate,
                ended=self._ended,
                record=self._record,
                render=self._render,
                error=ports.pages.error,
                seats=self.seats,
                faults={CoreUnavailable: core_message, ContractChanged: _changed_message},
                admit=self._admit if declared.signed_in else None,
                ending_view=self._ending_view,
                returns_for=timedelta.max,
                frame=self._of_person,
            )
        )

    async def begin(self, request: Request) -> Response:
        """Begin a visit and lead to its first screen."""
        institution = await self.frame.find_asked(request)
        if institution is None:
            return self.frame.ports.pages.error(request, 404)
        try:
            async with self.seats.one(), self.frame.ports.database.transaction() as tx:
                return await self._begin(request, tx, institution)
        except NoSeat:
            return self.frame.ports.pages.error(request, 503)
        except CoreUnavailable as fault:
            return self.frame.core_failed(request, institution, fault)

    async def _begin(self, request: Request, tx: Tx, site: Site) -> Response:
        admitted = await self._admit(request, tx, site) if self.declared.signed_in else Admitted()
        if isinstance(admitted, Response):
            return admitted
        services = self.frame.services(
            request, tx, self.frame.institution(site), admitted.person, path=self.declared.path
        )
        closed = await self.frame.gate(services, self.declared.service)
        if closed is not None:
            return self.frame.render(services, closed, self.declared.folder)
        beginning = await self.declared.begin(services, dict(request.query_params))
        if isinstance(beginning, str):
            return RedirectResponse(beginning, status_code=303)
        proved, place = beginning if isinstance(beginning, tuple) else (beginning, "")
        url = await self.handler.begin(
            tx,
            site,
            request,
            proved,
            # whoever opens the login anew finds no mistake there, and nobody's login ID
            lambda known: known.proved == proved and known.shown == Shown(),
            place=place,
            owner=admitted.owner,
        )
        return RedirectResponse(url, status_code=303)

    async def _admit(self, request: Request, tx: Tx, site: Site) -> Admitted | Response:
        return await self.frame.admission.admit(
            request,
            tx,
            self.frame.institution(site),
            context_of(request, site),
            self.declared.stage,
        )

    def _idle(self, site: Site) -> timedelta:
        if self.declared.signed_in:
            return OWNED_IDLE
        return timedelta(minutes=self.frame.institution(site).retail.idle_minutes)

    def _services(self, passing: Passing[V]) -> RetailServices:
        return RetailServices(
            ports=self.frame.ports,
            tx=passing.tx,
            institution=self.frame.institution(passing.site),
            context=passing.context,
            now=passing.now,
            request=passing.request,
            person=_person(passing),
            visit_id=passing.visit.id,
            path=self.declared.path,
            after_commit=passing.afterwards,
        )

    async def _gate(self, passing: Passing[V]) -> Page | None:
        return await self.frame.gate(self._services(passing), self.declared.service)

    async def _ended(self, passing: Passing[V], ending: str) -> str:
        declared = self.declared
        if ending != declared.journey.finish or declared.leads_to is None:
            return ""
        return declared.leads_to(passing.visit.proved, self._services(passing))

    async def _ending_view(self, passing: Passing[V]) -> Mapping[str, Any]:
        view = self.declared.views.get(passing.visit.place)
        return {} if view is None else await view(passing.visit.proved, self._services(passing))

    def _of_person(
        self, request: Request, tx: Tx, site: Site, admitted: Admitted
    ) -> Mapping[str, Any]:
        declared = self.declared
        services = self.frame.services(
            request, tx, self.frame.institution(site), admitted.person, path=declared.path
        )
        return self.frame.values(services, menu=declared.menu or declared.path)

    def _render(self, page: Page, site: Site, context: RequestContext) -> Response:
        institution = self.frame.institution(site)
        screen_id = self.declared.page_ids.get(page.template, "")
        if screen_id and "screen" not in page.values:
            foot = {"screen": {"screen_id": screen_id}}
            page = replace(page, values={**page.values, **foot})
        return self.frame.render_page(page, institution, context, self.declared.folder)

    def _record(self, passing: Passing[V], moved: Moved[V]) -> None:
        before, after, path = moved.before, moved.after, self.declared.path
        METRICS.steps.labels(passing.site.code, path, before.place, moved.outcome).inc()
        person = _person(passing)
        self.frame.ports.log.append(
            passing.tx,
            Entry(
                institution=passing.site.code,
                event=RetailEvent.SCREEN if after.ended_at is None else RetailEvent.ENDED,
                result=self._result(moved.outcome),
                actor=person.contract.id if person else "",
                reason=moved.reason,
                source=passing.context.source,
                reference=passing.context.reference,
                journey=before.id,
                detail={
                    "journey": path,
                    "screen": before.place,
                    "outcome": moved.outcome,
                    "to": after.place,
                },
            ),
        )

    def _result(self, outcome: str) -> Result:
        if outcome == "Fault":
            return "failed"
        return "refused" if outcome in self._refusals else "done"

    @cached_property
    def _refusals(self) -> frozenset[str]:
        screens = self.declared.journey.screens
        return frozenset(
            {Again.__name__, *(detour.__name__ for screen in screens for detour in screen.on)}
        )


def core_message(fault: Fault) -> str:
    """Return the message for a core that cannot be asked (LINK-35)."""
    failed = isinstance(fault, CoreUnavailable) and fault.kind is CoreFailure.LINK_FAILED
    return "bank.message.core-link-failed" if failed else "bank.message.core-cannot-handle"


def _changed_message(fault: Fault) -> str:
    """Return the message for a contract that staff, or another window, have changed meanwhile."""
    del fault
    return "bank.message.contract-changed"


def _person(passing: Passing[V]) -> SignedIn | None:
    person: SignedIn | None = passing.admitted.person
    return person
