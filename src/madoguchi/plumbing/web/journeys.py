"""The one handler that serves every screen of every journey.

Load the visit, send the person to the screen he is really on, ask the service hours, read the form,
run the step, save and log from/outcome/to in one transaction, redirect with 303. No screen has a
handler of its own, so none can forget the guard, the CSRF token, or the change of the session's
secret.
"""

import hmac
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Generic, TypeVar
from urllib.parse import urlencode

import structlog
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from madoguchi.kernel.clock import Clock
from madoguchi.kernel.errors import Fault, must
from madoguchi.kernel.journey import Again, Detour, Journey, Proceed, Screen
from madoguchi.plumbing.database import Database, Tx
from madoguchi.plumbing.web.context import RequestContext, Site, context_of
from madoguchi.plumbing.web.forms import draft_of, parse_body, parse_form
from madoguchi.plumbing.web.turns import NoSeat, Seats, Turns
from madoguchi.plumbing.web.visits import (
    Shown,
    Visit,
    Visits,
    hand_over,
    let_go,
    set_cookie,
    visits_in,
)

V = TypeVar("V")
Afterwards = Callable[[], Awaitable[object]]
log = structlog.get_logger("web")
MOVED_ON = "moved-on"
"""Told, and carried in the URL, where a form came too late: the person is further than that."""
LANGUAGE = "lang"
"""What a link to another language carries; a form that carries it is kept and not judged."""
DOUBLE_CLICK = timedelta(seconds=3)
"""A form this soon after the last is the same press again, and nothing is said of it."""
RETURN_WINDOW = timedelta(seconds=60)
"""How long a finished visit leads straight back to the app: a code lives no longer (AS-05)."""


@dataclass(frozen=True, slots=True)
class Moved(Generic[V]):
    """What happened at a screen, for the log: where from, the outcome's name, where to."""

    before: Visit[V]
    after: Visit[V]
    outcome: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Admitted:
    """Whom a door lets in; `owner` is whose the visits are, "" where a browser's cookie decides."""

    owner: str = ""
    person: Any = None


@dataclass(frozen=True, slots=True)
class Passing(Generic[V]):
    """One request's passage through a journey: what the hooks of a door are handed."""

    tx: Tx
    site: Site
    visit: Visit[V]
    context: RequestContext
    now: datetime
    request: Request
    admitted: Admitted = field(default_factory=Admitted)
    afterwards: list[Afterwards] = field(default_factory=list)
    """What to do once the transaction is committed, before the answer goes out."""


@dataclass(frozen=True, slots=True)
class Page:
    """A page to be rendered: the template's name, its values, the status."""

    template: str
    values: Mapping[str, Any] = field(default_factory=dict)
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    form_targets: tuple[str, ...] = ()
    """Where else a form may lead by a redirect, as CSP sources: the app's own address."""


@dataclass(frozen=True)
class JourneyDoor(Generic[V]):
    """What a journey needs of its door.

    `services` builds what the steps are given; `gate` returns a page where the service is closed
    now, else None; `ended` returns the URL that an ending leads back to; `record` writes the log;
    `error` makes the page of a status; `seats` is how many steps may be under way at once; `faults`
    maps faults of what stands behind to the message shown on the same screen, with nothing typed
    lost (LINK-35). `admit` says who asks, or answers in place of the journey (not signed in);
    `ending_view` gives a template of an ending more than the visit, `frame` every page what stands
    around it; a finished visit leads to its return URL for as long as `returns_for`.
    """

    journey: Journey
    path: str
    visits: Visits[V]
    database: Database
    clock: Clock
    find_site: Callable[[str], Awaitable[Site | None]]
    idle: Callable[[Site], timedelta]
    services: Callable[[Passing[V]], object]
    gate: Callable[[Passing[V]], Awaitable[Page | None]]
    ended: Callable[[Passing[V], str], Awaitable[str]]
    record: Callable[[Passing[V], Moved[V]], None]
    render: Callable[[Page, Site, RequestContext], Response]
    error: Callable[[Request, int], Response]
    seats: Seats
    faults: Mapping[type[Fault], Callable[[Fault], str]]
    admit: Callable[[Request, Tx, Site], Awaitable[Admitted | Response]] | None = None
    ending_view: Callable[[Passing[V]], Awaitable[Mapping[str, Any]]] | None = None
    returns_for: timedelta = RETURN_WINDOW
    frame: Callable[[Request, Tx, Site, Admitted], Mapping[str, Any]] | None = None


class JourneyHandler(Generic[V]):
    """Serves the screens of one journey under `/{slug}/{path}/{visit}/{screen}`."""

    def __init__(self, door: JourneyDoor[V]) -> None:
        self._door = door

    def routes(self) -> list[Route]:
        """Return the routes of the screens and of the way back to the app."""
        base = f"/{{slug}}/{self._door.path}/{{visit}}"
        turns = Turns("visit")
        show = Route(f"{base}/{{place}}", turns.taking(self.show), methods=["GET"])
        # showing a screen may begin something (a number to call): a HEAD shows nothing
        (show.methods or set()).discard("HEAD")
        submit = Route(f"{base}/{{place}}", turns.taking(self.submit), methods=["POST"])
        return [show, submit]

    async def begin(
        self, tx: Tx, site: Site, request: Request, proved: V, same: Callable[[Visit[V]], bool],
        ending: str = "", *, place: str = "", owner: str = "",
    ) -> str:  # fmt: skip
        """Start a visit, or go on with this browser's for the `same` thing; return its URL.

        The answer to `request`, whoever makes it, carries the visit's cookie. With `ending` the
        visit has ended there before its first screen: the person is told why, and led back. It
        begins at `place` instead of the first screen; one with an `owner` needs no cookie, and is
        always a new one.
        """
        now, context = self._door.clock.now(), context_of(request, site)
        for visit_id in visits_in(request) if not owner else ():
            known = await self._door.visits.find(tx, site.code, visit_id, request, lock=False)
            if known and known.ended_at is None and now < known.expires_at and same(known):
                return self._url(known, context)
        visit, secret = await self._door.visits.begin(
            tx, site.code, place or self._door.journey.first(), proved, now,
            self._door.idle(site), owner,
        )  # fmt: skip
        if secret:
            hand_over(request, visit.id, secret)
        if ending:
            passing = Passing(tx, site, visit, context, now, request)
            visit = (await self._end(passing, ending, "")).visit
        return self._url(visit, context)

    async def peek(self, request: Request, tx: Tx) -> Passing[V] | None:
        """Return the passage of a request that only reads (a poll); None without such a visit."""
        site = await self._door.find_site(request.path_params["slug"])
        if site is None:
            return None
        visit = await self._door.visits.find(
            tx, site.code, request.path_params["visit"], request, lock=False
        )
        if visit is None:
            return None
        return Passing(tx, site, visit, context_of(request, site), self._door.clock.now(), request)

    async def show(self, request: Request) -> Response:
        """GET of a screen: the person sees the one he is really on (LINK-07)."""
        site = await self._door.find_site(request.path_params["slug"])
        if site is None:
            return self._door.error(request, 404)
        async with self._door.database.transaction() as tx:
            passing = await self._enter(tx, site, request)
            if isinstance(passing, Response):
                return passing
            return await self._show(passing, request)

    async def submit(self, request: Request) -> Response:
        """POST of a screen's form."""
        site = await self._door.find_site(request.path_params["slug"])
        if site is None:
            return self._door.error(request, 404)
        data = parse_body(await request.body())
        if data is None:
            return self._render(Page("bad-request", status=400), site, request)
        try:
            async with self._door.seats.one(), self._door.database.transaction() as tx:
                passing = await self._enter(tx, site, request)
                if isinstance(passing, Response):
                    return passing
                response = await self._submit(passing, request, data)
        except NoSeat:
            return self._door.error(request, 503)
        except tuple(self._door.faults) as fault:
            return await self._recover(site, request, data, fault)
        for action in passing.afterwards:
            await _do(action)
        return response

    async def _enter(self, tx: Tx, site: Site, request: Request) -> Passing[V] | Response:
        admitted = await self._door.admit(request, tx, site) if self._door.admit else Admitted()
        if isinstance(admitted, Response):
            return admitted
        now = self._door.clock.now()
        visit = await self._door.visits.find(
            tx, site.code, request.path_params["visit"], request, lock=True, owner=admitted.owner
        )
        if visit is None:
            page = Page("visit-unknown", self._around(request, tx, site, admitted), status=404)
            return self._render(page, site, request)
        passing = Passing(tx, site, visit, context_of(request, site), now, request, admitted)
        if visit.ended_at is None and now >= visit.expires_at:
            return await self._end(passing, "expired", "idle")
        return passing

    async def _show(self, passing: Passing[V], request: Request) -> Response:
        visit = passing.visit
        if request.path_params["place"] != visit.place:
            return self._send_to(visit, passing.context)
        if visit.ended_at is not None:
            return await self._show_ending(passing)
        closed = await self._closed(passing)
        if closed is not None:
            return closed
        told = MOVED_ON if MOVED_ON in request.query_params else ""
        return await self._show_screen(passing, must(self._door.journey.screen(visit.place)), told)

    async def _show_ending(self, passing: Passing[V]) -> Response:
        visit = passing.visit
        fresh = passing.now - must(visit.ended_at) < self._door.returns_for
        finished = visit.place == self._door.journey.finish
        if finished and fresh and visit.return_url:
            return RedirectResponse(visit.return_url, status_code=303)
        values = {
            "view": await self._door.ending_view(passing) if self._door.ending_view else {},
            "visit": visit.proved,
            # a code presented again would cost the app the tokens that it has
            "return_url": "" if finished else visit.return_url,
            "code": visit.shown.code,
            "message_values": visit.shown.values,
        }
        return self._rendered(Page(visit.place, values), passing)

    async def _closed(self, passing: Passing[V]) -> Response | None:
        """Return the page that the service is closed, from which the visit can be given up."""
        closed = await self._door.gate(passing)
        if closed is None:
            return None
        page = replace(closed, values={**closed.values, **self._form_values(passing)})
        return self._rendered(page, passing)

    def _form_values(self, passing: Passing[V]) -> dict[str, Any]:
        return {
            "version": passing.visit.version,
            "csrf": self._door.visits.csrf_token(passing.visit),
            "action": self._url(passing.visit, passing.context),
        }

    async def _show_screen(self, passing: Passing[V], screen: Screen, told: str) -> Response:
        visit = passing.visit
        view: Mapping[str, Any] = {}
        if screen.show is not None:
            view = await screen.show(visit.proved, self._door.services(passing))
        values = {
            "screen": screen,
            "visit": visit.proved,
            "view": view,
            "values": visit.shown.draft,
            "errors": visit.shown.errors,
            "message": visit.shown.message or told,
            "message_values": visit.shown.values,
            **self._form_values(passing),
        }
        page = Page(screen.name, values, form_targets=tuple(view.get("form_targets", ())))
        response = self._rendered(page, passing)
        if not passing.admitted.owner:
            set_cookie(response, visit.id, "next", self._door.visits.new_secret(visit))
        return response

    async def _submit(
        self, passing: Passing[V], request: Request, data: Mapping[str, str]
    ) -> Response:
        visit = passing.visit
        token = self._door.visits.csrf_token(visit)
        if not hmac.compare_digest(data.get("csrf", "").encode(), token.encode()):
            return self._render(Page("bad-request", status=403), passing.site, request)
        stale = (
            data.get("version") != str(visit.version) or request.path_params["place"] != visit.place
        )
        if visit.ended_at is not None or (stale and self._is_double_click(passing)):
            return self._send_to(visit, passing.context)
        if stale:
            url = f"{self._url(visit, passing.context)}?{MOVED_ON}"
            return RedirectResponse(url, status_code=303)
        # whoever gives up needs no service, and his app waits for an answer
        closed = None if "cancel" in data else await self._closed(passing)
        if closed is not None:
            return closed
        if LANGUAGE in data:
            return await self._in_other_language(passing, data)
        return await self._judge(
            passing, must(self._door.journey.screen(visit.place)), request, data
        )

    async def _in_other_language(self, passing: Passing[V], data: Mapping[str, str]) -> Response:
        """Show the screen in the language chosen, with what is typed so far, not judged (UI-02)."""
        visit = passing.visit
        screen = must(self._door.journey.screen(visit.place))
        after = replace(
            visit,
            version=visit.version + 1,
            shown=replace(visit.shown, draft=draft_of(screen.form, data)),
            expires_at=passing.now + self._door.idle(passing.site),
        )
        await self._door.visits.save(passing.tx, after)
        chosen = urlencode({LANGUAGE: data[LANGUAGE]})
        return RedirectResponse(f"{self._url(after, passing.context)}?{chosen}", status_code=303)

    async def _judge(
        self, passing: Passing[V], screen: Screen, request: Request, data: Mapping[str, str]
    ) -> Response:
        if "cancel" in data:
            ended = await self._end(passing, self._door.journey.cancelled, "")
            return self._send_away(ended, request)
        outcome = await self._outcome(passing, screen, data)
        place = self._door.journey.destination(screen, outcome)
        after = self._after(passing, place, outcome, draft_of(screen.form, data))
        if self._door.journey.screen(place) is None:
            ended = await self._end(
                replace(passing, visit=after), place, type(outcome).__name__, passing.visit
            )
            return self._send_away(ended, request)
        self._door.record(
            passing, Moved(passing.visit, after, type(outcome).__name__, after.shown.code)
        )
        raised = isinstance(outcome, Proceed) and outcome.raised and not passing.admitted.owner
        secret = self._door.visits.offered_secret(passing.visit, request) if raised else None
        await self._door.visits.save(passing.tx, after, secret=secret)
        response = self._send_to(after, passing.context)
        if secret:
            set_cookie(response, after.id, "current", secret)
        return response

    async def _outcome(
        self, passing: Passing[V], screen: Screen, data: Mapping[str, str]
    ) -> object:
        form = parse_form(screen.form, data)
        if isinstance(form, tuple):
            incomplete = any(error.code == "required" for error in form)
            return Again(form, "incomplete" if incomplete else "unreadable")
        return await screen.step(passing.visit.proved, form, self._door.services(passing))

    def _after(
        self, passing: Passing[V], place: str, outcome: object, draft: Mapping[str, str]
    ) -> Visit[V]:
        visit = passing.visit
        moved = replace(
            visit,
            place=place,
            version=visit.version + 1,
            expires_at=passing.now + self._door.idle(passing.site),
        )
        match outcome:
            case Again(errors, message, values):
                return replace(moved, shown=Shown(errors, message, values, draft))
            case Proceed(proved):
                return replace(moved, proved=proved, shown=Shown())
            case Detour(proved, code, told):
                kept = visit.proved if proved is None else proved
                return replace(moved, proved=kept, shown=Shown(code=code, message=told))
            case _:
                raise TypeError(f"a step returned {type(outcome).__name__}")

    async def _end(
        self, passing: Passing[V], ending: str, outcome: str, before: Visit[V] | None = None
    ) -> Passing[V]:
        url = await self._door.ended(passing, ending)
        visit = passing.visit
        ended = replace(
            visit,
            place=ending,
            version=visit.version + (before is None),
            proved=_without_secrets(visit.proved),
            shown=replace(visit.shown, values={"reference": passing.context.reference}, draft={}),
            return_url=url,
            ended_at=passing.now,
        )
        self._door.record(
            passing, Moved(before or visit, ended, outcome or ending, ended.shown.code)
        )
        await self._door.visits.save(passing.tx, ended)
        return replace(passing, visit=ended)

    async def _recover(
        self, site: Site, request: Request, data: Mapping[str, str], fault: Fault
    ) -> Response:
        message = next(
            tell(fault) for kind, tell in self._door.faults.items() if isinstance(fault, kind)
        )
        async with self._door.database.transaction() as tx:
            passing = await self._enter(tx, site, request)
            if isinstance(passing, Response) or passing.visit.ended_at is not None:
                return self._render(Page("error", status=503), site, request)
            visit = passing.visit
            screen = must(self._door.journey.screen(visit.place))
            shown = Shown(
                message=message,
                values={"reference": passing.context.reference},
                draft=draft_of(screen.form, data),
            )
            expires_at = passing.now + self._door.idle(site)
            after = replace(visit, version=visit.version + 1, shown=shown, expires_at=expires_at)
            self._door.record(passing, Moved(visit, after, "Fault", type(fault).__name__))
            await self._door.visits.save(tx, after)
            return self._send_to(after, passing.context)

    def _is_double_click(self, passing: Passing[V]) -> bool:
        """Tell whether the form that came before has only just been taken."""
        last_input = passing.visit.expires_at - self._door.idle(passing.site)
        return passing.now - last_input < DOUBLE_CLICK

    def _rendered(self, page: Page, passing: Passing[V]) -> Response:
        around = self._around(passing.request, passing.tx, passing.site, passing.admitted)
        framed = replace(page, values={**around, **page.values})
        return self._door.render(framed, passing.site, passing.context)

    def _around(
        self, request: Request, tx: Tx, site: Site, admitted: Admitted
    ) -> Mapping[str, Any]:
        return self._door.frame(request, tx, site, admitted) if self._door.frame else {}

    def _render(self, page: Page, site: Site, request: Request) -> Response:
        return self._door.render(page, site, context_of(request, site))

    def _url(self, visit: Visit[V], context: RequestContext) -> str:
        return f"{context.base_path}/{self._door.path}/{visit.id}/{visit.place}"

    def _send_away(self, passing: Passing[V], request: Request) -> Response:
        response = self._send_to(passing.visit, passing.context)
        let_go(response, request, passing.visit.id)
        return response

    def _send_to(self, visit: Visit[V], context: RequestContext) -> Response:
        return RedirectResponse(self._url(visit, context), status_code=303)


def _without_secrets(proved: V) -> V:
    """Return what an ended visit keeps: a type whose visits hold secrets says so itself."""
    forget: Callable[[], V] | None = getattr(proved, "without_secrets", None)
    return proved if forget is None else forget()


async def _do(action: Afterwards) -> None:
    """Do what follows a commit; where it fails, the job that was committed with it does it."""
    try:
        await action()
    except Exception:
        log.exception("afterwards-failed")
