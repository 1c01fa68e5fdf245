"""The resources of the account API (API-01 to API-03, API-05)."""

import hashlib
from collections.abc import Awaitable, Callable

import msgspec
import structlog
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from madoguchi import consents
from madoguchi.account_api import guard, problems
from madoguchi.account_api.guard import Reading
from madoguchi.account_api.openapi import describe
from madoguchi.account_api.ports import ApiPorts
from madoguchi.account_api.query import TooEarly, Unreadable, read_range
from madoguchi.account_api.representation import (
    AccountsView,
    TransactionsView,
    account_view,
    balance_view,
    consent_view,
    transaction_view,
)
from madoguchi.authorization_server import AccessRefused
from madoguchi.consents import ConsentedAccount, EndedBy
from madoguchi.core_bank.port import AccountStatus, BadCursor, CoreUnavailable
from madoguchi.kernel.clock import japan_day

Resource = Callable[[Reading], Awaitable[Response]]
log = structlog.get_logger("account-api")


def account_api_routes(ports: ApiPorts) -> list[Route]:
    """Return the routes under `/{slug}/api/v1`."""
    base = "/{slug}/api/v1"

    def route(path: str, method: str, resource: Resource, scope: str | None) -> Route:
        async def endpoint(request: Request) -> Response:
            return await _serve(ports, request, resource, scope)

        return Route(base + path, endpoint, methods=[method])

    return [
        route("/accounts", "GET", accounts, "accounts"),
        route("/accounts/{id}/balance", "GET", balance, "balances"),
        route("/accounts/{id}/transactions", "GET", transactions, "transactions"),
        route("/consent", "GET", read_consent, None),
        route("/consent", "DELETE", revoke_consent, None),
        Route(base + "/openapi.json", _description_of(ports), methods=["GET"]),
        Route(
            base + "/{rest:path}", _nothing_here, methods=["GET", "POST", "PUT", "PATCH", "DELETE"]
        ),
    ]


async def accounts(reading: Reading) -> Response:
    """GET /accounts: the accounts of the consent, moved and closed ones left out by their own errors."""
    holder = await reading.core.holder(reading.core_call(), reading.grant.consent.holder_id)
    name_kana = holder.name_kana if holder else ""
    return _answer(
        reading,
        AccountsView(
            [
                account_view(each, reading.institution, name_kana)
                for each in reading.grant.consent.accounts
            ]
        ),
    )


async def balance(reading: Reading) -> Response:
    """GET /accounts/{id}/balance: what is in the account now."""
    account = _account(reading)
    if account is None:
        return problems.ACCOUNT_NOT_FOUND.response()
    found = await reading.core.balances(reading.core_call(), account.account_id)
    if found is None:
        return problems.ACCOUNT_CLOSED.response()
    return _ended(found.status) or _answer(reading, balance_view(account.public_id, found))


async def transactions(reading: Reading) -> Response:
    """GET /accounts/{id}/transactions: a page of booked lines, newest first."""
    account = _account(reading)
    if account is None:
        return problems.ACCOUNT_NOT_FOUND.response()
    settings = reading.institution.account_api
    asked = read_range(reading.request.query_params, settings, japan_day(reading.now))
    if isinstance(asked, Unreadable):
        return problems.INVALID_REQUEST.response(parameter=asked.parameter, detail=asked.detail)
    if isinstance(asked, TooEarly):
        earliest = asked.earliest.isoformat()
        return problems.OUT_OF_RANGE.response(
            parameter="from", earliest=earliest, detail=f"The earliest day is {earliest}."
        )
    page = await reading.core.transactions(
        reading.core_call(), account.account_id, asked.from_day, asked.to_day,
        cursor=asked.cursor, limit=asked.limit,
    )  # fmt: skip
    if page is None:
        return problems.ACCOUNT_CLOSED.response()
    if isinstance(page, BadCursor):
        return problems.INVALID_REQUEST.response(
            parameter="cursor", detail="`cursor` was not given out for this account."
        )
    lines = [transaction_view(each) for each in page.transactions]
    return _ended(page.status) or _answer(reading, TransactionsView(lines, page.next_cursor))


async def read_consent(reading: Reading) -> Response:
    """GET /consent: what was agreed and until when."""
    return _answer(reading, consent_view(reading.grant.consent))


async def revoke_consent(reading: Reading) -> Response:
    """DELETE /consent: the app ends the consent; its tokens are dead from the next request on."""
    await consents.revoke(
        reading.tx,
        reading.ports.log,
        reading.institution.code,
        reading.grant.consent_id,
        by=EndedBy.APP,
        actor=reading.grant.client_id,
        now=reading.now,
    )
    return Response(status_code=204)


async def _serve(
    ports: ApiPorts, request: Request, resource: Resource, scope: str | None
) -> Response:
    interaction_id = guard.interaction_id(request)
    try:
        response = await _read(ports, request, resource, scope, interaction_id)
    except CoreUnavailable as fault:
        log.warning("core-unavailable", kind=fault.kind.value)
        response = problems.CORE_UNAVAILABLE.response(
            headers={"retry-after": "30"}, reference=request.state.reference
        )
    response.headers[guard.INTERACTION_ID] = interaction_id
    response.headers["cache-control"] = "no-store"
    structlog.contextvars.unbind_contextvars("interaction_id")
    return response


async def _read(
    ports: ApiPorts, request: Request, resource: Resource, scope: str | None, interaction_id: str
) -> Response:
    now = ports.clock.now()
    slug = request.path_params["slug"]
    institution = await ports.institutions.find_by_slug(ports.database, slug, now=now)
    if institution is None:
        return problems.NOT_FOUND.response()
    parts = guard.http_parts(request, ports.authorization.api_base(institution))
    async with ports.database.transaction() as tx:
        grant = await ports.authorization.authenticate_access_token(tx, institution, parts, now)
        if isinstance(grant, AccessRefused):
            return guard.refusal(grant)
        reading = Reading(ports, tx, request, institution, grant, now, interaction_id)
        response = await guard.admit(reading, scope) or await resource(reading)
    response.headers.update(grant.headers)
    log.info("read", path=request.url.path, client=grant.client_id, status=response.status_code)
    return response


def _description_of(ports: ApiPorts) -> Callable[[Request], Awaitable[Response]]:
    async def description(request: Request) -> Response:
        now, slug = ports.clock.now(), request.path_params["slug"]
        institution = await ports.institutions.find_by_slug(ports.database, slug, now=now)
        if institution is None:
            return problems.NOT_FOUND.response()
        authorization = ports.authorization
        body = describe(
            institution, authorization.api_base(institution), authorization.issuer(institution)
        )
        return Response(msgspec.json.encode(body), media_type="application/json")

    return description


async def _nothing_here(request: Request) -> Response:
    return problems.NOT_FOUND.response()


def _account(reading: Reading) -> ConsentedAccount | None:
    wanted = reading.request.path_params["id"]
    return next((each for each in reading.grant.consent.accounts if each.public_id == wanted), None)


def _ended(status: AccountStatus) -> Response | None:
    match status:
        case AccountStatus.MOVED:
            return problems.ACCOUNT_MOVED.response()
        case AccountStatus.CLOSED:
            return problems.ACCOUNT_CLOSED.response()
        case AccountStatus.OPEN:
            return None


def _answer(reading: Reading, view: msgspec.Struct) -> Response:
    body = msgspec.json.encode(view)
    etag = f'W/"{hashlib.sha256(body).hexdigest()[:24]}"'
    headers = {"etag": etag}
    if reading.request.headers.get("if-none-match") == etag:
        return Response(status_code=304, headers=headers)
    return Response(body, headers=headers, media_type="application/json")
