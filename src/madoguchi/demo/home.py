"""The demo's first page, and the switches of its clock."""

from datetime import datetime, timedelta
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from madoguchi.demo.clock import apply
from madoguchi.demo.pages import (
    DemoPages,
    bad_request,
    foreign_request,
    is_foreign,
    is_json,
    read_object,
)
from madoguchi.demo.ready_file import CLOCK_PATH
from madoguchi.kernel.clock import in_japan, japan_midnight, next_japan_midnight
from madoguchi.plumbing.web import parse_body

STOPPAGE_BEGINS = timedelta(hours=4, minutes=1)
BEFORE_MIDNIGHT = timedelta(minutes=2)


def home_routes(pages: DemoPages) -> list[Route]:
    """Return the routes of the first page and of the clock."""

    async def home(request: Request) -> Response:
        now = pages.clock.now()
        told = pages.contract()
        return pages.render(
            request,
            "home.html",
            demo=told,
            people=_by_institution(told, "customers"),
            banking=_by_institution(told, "retail"),
            is_real=pages.clock.is_real,
            typed_now=f"{in_japan(now):%Y-%m-%dT%H:%M}",
            before_midnight=(next_japan_midnight(now) - BEFORE_MIDNIGHT).isoformat(),
            stoppage=_next_stoppage(now).isoformat(),
        )

    async def tell_time(_: Request) -> Response:
        return JSONResponse({"now": in_japan(pages.clock.now()).isoformat()})

    async def set_clock(request: Request) -> Response:
        if is_foreign(request):
            return foreign_request()
        if not is_json(request):
            return await _set_by_form(pages, request)
        if not apply(pages.clock, await read_object(request) or {}):
            return bad_request('The body must be {"now": ISO 8601} or {"advance_seconds": n}')
        return await tell_time(request)

    return [
        Route("/", home),
        Route(f"/{CLOCK_PATH}", tell_time),
        Route(f"/{CLOCK_PATH}", set_clock, methods=["POST"]),
    ]


async def _set_by_form(pages: DemoPages, request: Request) -> Response:
    fields = parse_body(await request.body()) or {}
    if "real" in fields:
        pages.clock.back_to_real()
    elif fields.get("advance_seconds", "").isdecimal():
        apply(pages.clock, {"advance_seconds": int(fields["advance_seconds"])})
    elif "now" in fields:
        apply(pages.clock, {"now": fields["now"]})
    return RedirectResponse("/#clock", 303)


def _next_stoppage(now: datetime) -> datetime:
    today = japan_midnight(in_japan(now).date()) + STOPPAGE_BEGINS
    return today if now < today else today + timedelta(days=1)


def _by_institution(
    told: dict[str, Any], name: str
) -> list[tuple[dict[str, Any], list[dict[str, Any]]]]:
    return [
        (one, [each for each in told[name] if each["institution"] in {one["code"], one["slug"]}])
        for one in told["institutions"]
    ]
