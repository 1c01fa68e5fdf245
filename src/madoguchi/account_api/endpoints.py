"""The routes of the account API, and what stands around every request (API-06, API-07)."""

import hashlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeVar

import msgspec
import structlog
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send
from structlog.contextvars import bind_contextvars, bound_contextvars

from madoguchi.account_api import guard, problems
from madoguchi.account_api.openapi import describe
from madoguchi.account_api.operations import OPERATIONS, Operation, methods_of
from madoguchi.account_api.ports import ApiPorts, Reading
from madoguchi.account_api.problems import Refused
from madoguchi.account_api.representation import lasting
from madoguchi.core_bank.port import CoreUnavailable
from madoguchi.institutions import Institution
from madoguchi.plumbing.database import DatabaseUnavailable
from madoguchi.plumbing.web import problem

T = TypeVar("T")
BASE = "/{slug}/api/v1"
RETRY_SECONDS = 30
Answering = Callable[[ApiPorts, Institution, Request, str], Awaitable[Response | Refused]]
log = structlog.get_logger("account-api")


def account_api_routes(ports: ApiPorts) -> list[Route]:
    """Return the routes under `/{slug}/api/v1`; the last takes whatever else is asked there."""
    paths = list(dict.fromkeys(operation.path for operation in OPERATIONS))
    return [
        *(Route(BASE + path, Endpoint(ports, _operations_at(path))) for path in paths),
        Route(f"{BASE}/openapi.json", Endpoint(ports, _description)),
        Route(BASE, Endpoint(ports, _nothing_here)),
        Route(f"{BASE}/{{rest:path}}", Endpoint(ports, _nothing_here)),
    ]


@dataclass(frozen=True)
class Endpoint:
    """One path, whatever the method: finds the institution, translates refusals, logs."""

    ports: ApiPorts
    answer: Answering

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        request = Request(scope, receive)
        interaction_id = guard.interaction_id(request)
        with bound_contextvars(interaction_id=interaction_id, client="", consent=""):
            outcome = await _without_faults(self._outcome(request, interaction_id))
            name = outcome.problem.name if isinstance(outcome, Refused) else ""
            response = _told(request, outcome) if isinstance(outcome, Refused) else outcome
            log.info(
                "answered",
                method=request.method,
                path=request.url.path,
                status=response.status_code,
                problem=name,
            )
        response.headers[guard.INTERACTION_ID] = interaction_id
        response.headers["cache-control"] = "no-store"
        await response(scope, receive, send)

    async def _outcome(self, request: Request, interaction_id: str) -> Response | Refused:
        ports, slug = self.ports, request.path_params["slug"]
        now = ports.clock.now()
        institution = await ports.institutions.find_by_slug(ports.database, slug, now=now)
        if institution is None:
            return Refused(problems.NOT_FOUND)
        return await self.answer(ports, institution, request, interaction_id)


async def _without_faults(answer: Awaitable[T]) -> T | Refused:
    """Return the answer; a fault becomes a problem that tells nothing of what failed."""
    try:
        return await answer
    except CoreUnavailable as fault:
        log.warning("core-unavailable", kind=fault.kind.value, error=str(fault))
        return _later(problems.CORE_UNAVAILABLE)
    except DatabaseUnavailable as fault:
        log.warning("database-unavailable", error=str(fault))
        return _later(problems.UNAVAILABLE)
    except Exception:
        log.exception("unexpected-error")
        return Refused(problems.INTERNAL_ERROR)


def _operations_at(path: str) -> Answering:
    operations = {each.method: each for each in OPERATIONS if each.path == path}
    allowed = {"allow": ", ".join(methods_of(path))}

    async def answer(
        ports: ApiPorts, institution: Institution, request: Request, interaction_id: str
    ) -> Response | Refused:
        if request.method == "OPTIONS":
            return Response(status_code=204, headers=allowed)
        operation = operations.get("GET" if request.method == "HEAD" else request.method)
        if operation is None:
            return Refused(problems.METHOD_NOT_ALLOWED, headers=allowed)
        return await _perform(operation, ports, institution, request, interaction_id)

    return answer


async def _perform(
    operation: Operation,
    ports: ApiPorts,
    institution: Institution,
    request: Request,
    interaction_id: str,
) -> Response | Refused:
    now = ports.clock.now()
    parts = guard.http_parts(request, ports.authorization.api_base(institution))
    grant = await guard.admit(ports, institution, parts, operation.need, now)
    if isinstance(grant, Refused):
        return grant
    bind_contextvars(client=grant.client_id, consent=grant.consent_id)
    reading = Reading(
        ports, institution, grant, now, interaction_id, request.query_params,
        request.path_params.get("id", ""),
    )  # fmt: skip
    outcome = await _without_faults(operation.resource(reading))
    if isinstance(outcome, Refused):
        return outcome.answering(grant.headers)
    response = Response(status_code=204) if outcome is None else _shown(request, outcome)
    response.headers.update(grant.headers)
    return response


async def _description(
    ports: ApiPorts, institution: Institution, request: Request, _interaction_id: str
) -> Response | Refused:
    if request.method not in ("GET", "HEAD"):
        return Refused(problems.METHOD_NOT_ALLOWED, headers={"allow": "GET, HEAD"})
    server = ports.authorization
    body = describe(institution, server.api_base(institution), server.issuer(institution))
    return Response(msgspec.json.encode(body), media_type="application/json")


async def _nothing_here(*_: object) -> Refused:
    return Refused(problems.NOT_FOUND)


def _shown(request: Request, view: msgspec.Struct) -> Response:
    """Return the view, or 304 where the app has it already (RFC 9110 section 13.1.2)."""
    digest = hashlib.sha256(msgspec.json.encode(lasting(view))).hexdigest()[:24]
    headers = {"etag": f'W/"{digest}"'}
    given = request.headers.get("if-none-match", "").split(",")
    known = {each.strip().removeprefix("W/") for each in given}
    if known & {f'"{digest}"', "*"}:
        return Response(status_code=304, headers=headers)
    return Response(msgspec.json.encode(view), headers=headers, media_type="application/json")


def _told(request: Request, refused: Refused) -> Response:
    """Return the problem as the app reads it; faults carry the number that leads to the log."""
    found, members = refused.problem, dict(refused.members)
    if found.status >= 500:
        members["reference"] = getattr(request.state, "reference", "")
    return problem(
        found.status, found.type, found.title,
        headers=refused.headers, ja=found.ja, en=found.en, **members,
    )  # fmt: skip


def _later(found: problems.Problem) -> Refused:
    return Refused(found, headers={"retry-after": str(RETRY_SECONDS)})
