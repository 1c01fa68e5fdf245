"""Pages that only show, and the two forms that concern the session: log out, stay."""

import hmac
from dataclasses import dataclass
from math import ceil

import msgspec
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from madoguchi.core_bank.port import CoreUnavailable
from madoguchi.institutions import Institution
from madoguchi.plumbing.database import Tx
from madoguchi.plumbing.web import NoSeat, Page, Seats, context_of, parse_body
from madoguchi.retail.ground.declared import BankPage
from madoguchi.retail.ground.frame import Frame
from madoguchi.retail.ground.services import RetailServices


@dataclass(frozen=True)
class PageServing:
    """Serves a declared page."""

    declared: BankPage
    frame: Frame
    seats: Seats

    def route(self) -> Route:
        """Return the route of the page."""
        return Route(f"/{{slug}}/bank/{self.declared.path}", self.show, methods=["GET"])

    async def show(self, request: Request) -> Response:
        """Show the page to who is signed in, while its service is open."""
        institution = await self.frame.find_asked(request)
        if institution is None:
            return self.frame.ports.pages.error(request, 404)
        try:
            async with self.seats.one(), self.frame.ports.database.transaction() as tx:
                return await self._answer(request, tx, institution)
        except NoSeat:
            return self.frame.ports.pages.error(request, 503)
        except CoreUnavailable as fault:
            return self.frame.core_failed(request, institution, fault)

    async def _answer(self, request: Request, tx: Tx, institution: Institution) -> Response:
        declared, frame = self.declared, self.frame
        admitted = await frame.admission.admit(
            request, tx, institution, context_of(request, institution)
        )
        if isinstance(admitted, Response):
            return admitted
        services = frame.services(request, tx, institution, admitted.person, path=declared.path)
        folder, _, template = declared.template.rpartition("/")
        closed = await frame.gate(services, declared.service)
        if closed is not None:
            return frame.render(services, closed, folder, declared.menu or declared.path)
        answered = await declared.answer(services, request)
        if isinstance(answered, Response):
            return answered
        values = {"screen": {"screen_id": declared.screen_id}, **answered}
        page = Page(template, values, status=int(values.get("status", 200)))
        return frame.render(services, page, folder, declared.menu or declared.path)


@dataclass(frozen=True)
class SessionForms:
    """ログアウト, and the click by which somebody stays (RET-12)."""

    frame: Frame

    def routes(self) -> list[Route]:
        """Return the routes of what concerns the session."""
        base = "/{slug}/bank"
        return [
            Route(base, self.enter, methods=["GET"]),
            Route(f"{base}/", self.enter, methods=["GET"]),
            Route(f"{base}/logout", self.log_out, methods=["POST"]),
            Route(f"{base}/session", self.left, methods=["GET"]),
            Route(f"{base}/session", self.stay, methods=["POST"]),
        ]

    async def enter(self, request: Request) -> Response:
        """Lead to the top page; who is not signed in goes on to the login."""
        institution = await self.frame.find_institution(request.path_params["slug"])
        if institution is None:
            return self.frame.ports.pages.error(request, 404)
        base = context_of(request, institution).base_path
        return RedirectResponse(f"{base}/bank/top", status_code=303)

    async def log_out(self, request: Request) -> Response:
        """End the session, in whichever stage, and show that it is over."""
        institution = await self.frame.find_institution(request.path_params["slug"])
        if institution is None:
            return self.frame.ports.pages.error(request, 404)
        async with self.frame.ports.database.transaction() as tx:
            services = await self._of_session(request, tx, institution, touch=False)
            if isinstance(services, RetailServices):
                if not await self._is_meant(request, services):
                    return self.frame.ports.pages.error(request, 403)
                await self.frame.ports.sign_in.end_session(
                    tx, services.session, "logged-out", services.now
                )
                services.drop_session()
        base = context_of(request, institution).base_path
        return RedirectResponse(f"{base}/bank/login?why=logged-out", status_code=303)

    async def left(self, request: Request) -> Response:
        """Tell how many seconds the session has left: another tab may have had input since."""
        return await self._seconds(request, touch=False)

    async def stay(self, request: Request) -> Response:
        """Count a click as input, and tell how many seconds that gives."""
        return await self._seconds(request, touch=True)

    async def _seconds(self, request: Request, *, touch: bool) -> Response:
        institution = await self.frame.find_institution(request.path_params["slug"])
        if institution is None:
            return self.frame.ports.pages.error(request, 404)
        async with self.frame.ports.database.transaction() as tx:
            services = await self._of_session(request, tx, institution, touch=False)
            if touch and isinstance(services, RetailServices):
                if not await self._is_meant(request, services):
                    return _json({"seconds_left": 0}, 403)
                services = await self._of_session(request, tx, institution, touch=True)
            if isinstance(services, Response):
                return _json({"seconds_left": 0}, 401)
            ends_at = min(services.session.idle_ends_at, services.session.ends_at)
            return _json({"seconds_left": max(0, ceil((ends_at - services.now).total_seconds()))})

    async def _of_session(
        self, request: Request, tx: Tx, institution: Institution, *, touch: bool
    ) -> RetailServices | Response:
        context = context_of(request, institution)
        admitted = await self.frame.admission.admit(
            request, tx, institution, context, None, touch=touch
        )
        if isinstance(admitted, Response):
            return admitted
        return self.frame.services(request, tx, institution, admitted.person, path="")

    async def _is_meant(self, request: Request, services: RetailServices) -> bool:
        """Tell whether the form was sent from a page of this session (SEC-01)."""
        sent = (parse_body(await request.body()) or {}).get("csrf", "")
        return hmac.compare_digest(sent.encode(), self.frame.session_csrf(services).encode())


def _json(body: object, status: int = 200) -> Response:
    return Response(msgspec.json.encode(body), status, media_type="application/json")
