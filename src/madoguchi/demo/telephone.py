"""The telephone of the demo's customers: a page and an address that make calls (LINK-26 c)."""

from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from madoguchi.call_back import Matched, NotMatched
from madoguchi.demo.pages import (
    DemoPages,
    bad_request,
    foreign_request,
    is_foreign,
    is_json,
    read_object,
)
from madoguchi.demo.ready_file import TELEPHONE_PATH
from madoguchi.kernel.entropy import Entropy
from madoguchi.plumbing.telephone import IncomingCall, NotANumber, TelephoneSimulator
from madoguchi.plumbing.web import parse_body

RecordCall = Callable[[IncomingCall], Awaitable[Matched | NotMatched]]
"""Takes a call as every gateway's is taken, and tells what became of it."""
PAGE = "/demo/telephone"
WITHHELD = "withheld"


class SimulatedTelephone:
    """A telephone whose calls go through the telephone port as a gateway of their own."""

    def __init__(self, pages: DemoPages, entropy: Entropy, record_call: RecordCall) -> None:
        self._clock = pages.clock
        self._entropy = entropy
        self._record_call = record_call

    async def call(self, caller: str | None, called: str) -> Matched | NotMatched | NotANumber:
        """Call the number `called` from `caller` (None: withheld)."""
        outcomes: list[Matched | NotMatched] = []

        async def record(call: IncomingCall) -> None:
            outcomes.append(await self._record_call(call))

        rung = await TelephoneSimulator(record, self._clock, self._entropy).call(caller, called)
        return rung if isinstance(rung, NotANumber) else outcomes[0]


def telephone_routes(pages: DemoPages, telephone: SimulatedTelephone) -> list[Route]:
    """Return the routes of the telephone."""

    async def show(request: Request) -> Response:
        told = pages.contract()
        return pages.render(
            request,
            "telephone.html",
            callers=_callers(told),
            numbers=[
                (one["name"], one["name_en"], one["verification_numbers"])
                for one in told["institutions"]
            ],
            asked=request.query_params,
        )

    async def call(request: Request) -> Response:
        if is_foreign(request):
            return foreign_request()
        if not is_json(request):
            return await _call_by_form(telephone, request)
        match await read_object(request):
            case {"caller": (str() | None) as caller, "called": str() as called}:
                return _answer(await telephone.call(caller, called))
            case _:
                return bad_request('The body must be {"caller": "090…" or null, "called": "…"}')

    return [
        Route(PAGE, show),
        Route(f"/{TELEPHONE_PATH}", call, methods=["POST"]),
    ]


async def _call_by_form(telephone: SimulatedTelephone, request: Request) -> Response:
    form = parse_body(await request.body()) or {}
    chosen, called = form.get("caller", ""), form.get("called", "")
    typed = form.get("other_caller", "").strip()
    caller = None if chosen == WITHHELD else typed or chosen
    outcome, reason = _words(await telephone.call(caller or None, called))
    query = {"caller": chosen, "other": typed, "called": called, "outcome": outcome, "why": reason}
    return RedirectResponse(f"{PAGE}?{urlencode(query)}", 303)


def _answer(outcome: Matched | NotMatched | NotANumber) -> Response:
    if isinstance(outcome, NotANumber):
        return bad_request("`called`, or `caller`, is no telephone number")
    word, reason = _words(outcome)
    return JSONResponse({"outcome": word, "reason": reason or None})


def _words(outcome: Matched | NotMatched | NotANumber) -> tuple[str, str]:
    match outcome:
        case Matched():
            return "matched", ""
        case NotMatched(reason):
            return "not-matched", str(reason)
        case NotANumber():
            return "not-a-number", ""


def _callers(told: dict[str, Any]) -> list[tuple[str, str]]:
    """Return the sample customers' phones with their names, each phone once."""
    names: dict[str, list[str]] = {}
    for customer in told["customers"]:
        owners = names.setdefault(customer["phone"], [])
        if customer["name_kana"] not in owners:
            owners.append(customer["name_kana"])
    return [(phone, "、".join(owners)) for phone, owners in names.items()]
