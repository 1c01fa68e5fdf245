"""What surrounds every screen of internet banking: menu, session, hours, the rendering."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from math import ceil
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from madoguchi import service_hours
from madoguchi.core_bank.port import CoreFailure, CoreUnavailable
from madoguchi.institutions import Institution, Service
from madoguchi.kernel.errors import must
from madoguchi.plumbing.database import Tx
from madoguchi.plumbing.keys import keyed_hash
from madoguchi.plumbing.web import Page, RequestContext, Site, context_of
from madoguchi.retail.ground.admission import Admission
from madoguchi.retail.ground.ports import RetailPorts
from madoguchi.retail.ground.services import RetailServices, SignedIn

MENU = (
    "top",
    "balances",
    "statements",
    "transfer",
    "transfers",
    "bills",
    "utilities",
    "settings",
)
"""The entries of the menu: paths, in their order."""
SHARED = frozenset({"cancelled", "closed", "expired", "locked", "visit-unknown"})
"""The endings and pages that look the same on every journey that has no template of its own."""


@dataclass(frozen=True)
class Frame:
    """Renders screens with what stands around them, and knows who may see them when."""

    ports: RetailPorts
    admission: Admission

    async def find_asked(self, request: Request) -> Institution | None:
        """Return the institution of a page or beginning, where the request can be for one.

        A NUL in path or query stands in no address of ours, and in no text of the database.
        """
        asked = (request.scope["path"], *map("".join, request.query_params.multi_items()))
        if any("\0" in text for text in asked):
            return None
        return await self.find_institution(request.path_params["slug"])

    async def find_institution(self, slug: str) -> Institution | None:
        """Return the institution of that path where it offers internet banking."""
        ports = self.ports
        found = await ports.institutions.find_by_slug(ports.database, slug, now=ports.clock.now())
        return found if found and found.retail.offered else None

    def institution(self, site: Site) -> Institution:
        """Return the institution whose pages these are."""
        return must(self.ports.institutions.by_code(site.code), "an institution that is served")

    def services(
        self,
        request: Request,
        tx: Tx,
        institution: Institution,
        person: SignedIn | None,
        *,
        path: str,
    ) -> RetailServices:
        """Return what a page, or the beginning of a journey, is given."""
        return RetailServices(
            ports=self.ports,
            tx=tx,
            institution=institution,
            context=context_of(request, institution),
            now=self.ports.clock.now(),
            request=request,
            person=person,
            path=path,
        )

    async def gate(self, services: RetailServices, service: Service) -> Page | None:
        """Return the page that `service` is closed, with when it opens (RET-32), or None."""
        hours = await service_hours.is_open(
            services.tx, services.institution, service, services.now
        )
        if isinstance(hours, service_hours.Open):
            return None
        text = hours.text.read_in(services.context.language) if hours.text else ""
        values = {"opens_at": hours.opens_at, "staff_text": text, "service": service}
        headers = {}
        if hours.opens_at is not None:
            seconds = ceil((hours.opens_at - services.now).total_seconds())
            headers = {"retry-after": str(max(1, seconds))}
        return Page("closed", values, status=503, headers=headers)

    def values(self, services: RetailServices, *, menu: str) -> Mapping[str, Any]:
        """Return what the frame of a page shows: the menu, whose session it is, when it ends."""
        person = services.person
        if person is None:
            return {"person": None, "bank_url": services.url("")}
        session = person.session
        left = ceil((min(session.idle_ends_at, session.ends_at) - services.now).total_seconds())
        return {
            "person": person,
            "bank_url": services.url(""),
            "menu": MENU if session.stage == "full" else (),
            "menu_now": menu,
            "session_left": left,
            "session_ends_at": min(session.idle_ends_at, session.ends_at),
            "session_csrf": self.session_csrf(services),
        }

    def session_csrf(self, services: RetailServices) -> str:
        """Return the token of the forms that concern the session itself: log out, stay."""
        session = services.session
        return keyed_hash(self.ports.keys, "csrf", "session", session.institution, session.id).hex()

    def render(self, services: RetailServices, page: Page, folder: str, menu: str = "") -> Response:
        """Return a page that belongs to no visit."""
        around = self.values(services, menu=menu)
        framed = replace(page, values={**around, **page.values})
        return self.render_page(framed, services.institution, services.context, folder)

    def render_page(
        self, page: Page, institution: Institution, context: RequestContext, folder: str
    ) -> Response:
        """Return the page from the template in `folder`, or the one common to all journeys."""
        defaults = {"person": None, "bank_url": f"{context.base_path}/bank/"}
        page = replace(page, values={**defaults, **page.values})
        name = f"{folder}/{page.template}.html"
        if page.template in ("bad-request", "error"):
            page = replace(page, values={"status": page.status})
            name = "error.html"
        elif page.template in SHARED and not self.ports.pages.has(name):
            name = f"retail/{page.template}.html"
        return self.ports.pages.render(name, page, institution, context)

    def core_failed(
        self, request: Request, institution: Institution, fault: CoreUnavailable
    ) -> Response:
        """Return the page that the core cannot be asked now, in its two texts (LINK-35)."""
        kind = "link-failed" if fault.kind is CoreFailure.LINK_FAILED else "cannot-handle"
        page = Page("core-failed", {"kind": kind}, status=503)
        return self.render_page(page, institution, context_of(request, institution), "retail")
