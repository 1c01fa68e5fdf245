"""What is asked of every request before anything is read: token, consent, hours, rates (API-06)."""

import re
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from math import ceil

from starlette.requests import Request

from madoguchi import consents, rate_limits, service_hours
from madoguchi.account_api import problems
from madoguchi.account_api.ports import ApiPorts
from madoguchi.account_api.problems import Refused
from madoguchi.authorization_server import AccessGrant, AccessRefused, HttpParts, scope_refusal
from madoguchi.institutions import Institution, RateLimit
from madoguchi.kernel.clock import in_japan
from madoguchi.plumbing.database import Tx
from madoguchi.rate_limits import Bucket

INTERACTION_ID = "x-fapi-interaction-id"
PLAIN_ID = re.compile(r"[0-9A-Za-z._-]{1,64}")
MINUTE_SECONDS = 60

ENDED = {
    "consent_expired": problems.CONSENT_EXPIRED,
    "consent_revoked": problems.CONSENT_REVOKED,
    "consent_superseded": problems.CONSENT_REVOKED,
    "account_moved": problems.ACCOUNT_MOVED,
    "insufficient_scope": problems.INSUFFICIENT_SCOPE,
    "invalid_request": problems.INVALID_REQUEST,
}


@dataclass(frozen=True)
class Need:
    """What a resource needs: a scope (None: any token of the consent), and the core's hours."""

    scope: str | None
    hours: bool


async def admit(
    ports: ApiPorts, institution: Institution, parts: HttpParts, need: Need, now: datetime
) -> AccessGrant | Refused:
    """Return what the request's token allows, or the problem that stands in the way.

    The use of the consent is noted, and a turn taken from its and its client's rates. Nothing is
    taken back where a later step fails: a proof that was shown is spent.
    """
    async with ports.database.statements() as tx:
        grant = await ports.authorization.authenticate_access_token(tx, institution, parts, now)
        if isinstance(grant, AccessRefused):
            return _no_access(grant)
        refused = await _stands_in_the_way(tx, institution, grant, need, now)
        if refused is None:
            await consents.touch(tx, grant.consent, now)
    refused = refused or await _too_often(ports, institution, grant, now)
    return refused.answering(grant.headers) if refused else grant


def http_parts(request: Request, api_base: str) -> HttpParts:
    """Return what the token's proof is checked against.

    That is the address as published, whatever the Host header says.
    """
    path = request.scope["path"].partition("/api/v1")[2]
    headers = [
        (name.decode("latin-1"), value.decode("latin-1")) for name, value in request.headers.raw
    ]
    return HttpParts(request.method, f"{api_base}{path}", headers)


def interaction_id(request: Request) -> str:
    """Return the caller's `x-fapi-interaction-id` (a UUID, or as plain), else a new one."""
    given = request.headers.get(INTERACTION_ID, "")
    return given if PLAIN_ID.fullmatch(given) else str(uuid.uuid4())


async def _stands_in_the_way(
    tx: Tx, institution: Institution, grant: AccessGrant, need: Need, now: datetime
) -> Refused | None:
    refused = scope_refusal(grant, need.scope) if need.scope else None
    if refused is not None:
        return _no_access(refused, scope=need.scope)
    if not need.hours:
        return None
    hours = await service_hours.is_open(tx, institution, "account-api", now)
    return _closed(hours, now) if isinstance(hours, service_hours.Closed) else None


def _no_access(refused: AccessRefused, **more: str | None) -> Refused:
    """Return the problem for a token that is refused, with its challenge (RFC 6750, RFC 9449)."""
    members = {"detail": refused.description, **more}
    if refused.error:
        members["error"] = refused.error
    if refused.problem == "invalid_request":
        members["parameter"] = "Authorization"
    if refused.consent is not None:
        members["consent_status"] = refused.consent.status.value
    return Refused(ENDED.get(refused.problem, problems.INVALID_TOKEN), members, refused.headers)


def _closed(hours: service_hours.Closed, now: datetime) -> Refused:
    members: dict[str, object] = {}
    headers = {}
    if hours.opens_at is not None:
        members["next_opening"] = in_japan(hours.opens_at).isoformat()
        headers["retry-after"] = str(max(1, ceil((hours.opens_at - now).total_seconds())))
    if hours.text is not None:
        members["notice"] = {"ja": hours.text.ja, "en": hours.text.en}
    return Refused(problems.OUT_OF_HOURS, members, headers)


async def _too_often(
    ports: ApiPorts, institution: Institution, grant: AccessGrant, now: datetime
) -> Refused | None:
    buckets = tuple(_buckets(institution, grant))
    turn = await rate_limits.take(ports.counters, institution.code, buckets, now)
    if isinstance(turn, rate_limits.Allowed):
        return None
    return Refused(problems.RATE_LIMITED, headers={"retry-after": str(turn.retry_after_seconds)})


def _buckets(institution: Institution, grant: AccessGrant) -> Iterator[Bucket]:
    """Yield the client's own limits (of a minute), and the institution's for every client."""
    own, settings = grant.client.rate_limits, institution.account_api
    yield from _limits(
        "api:client", grant.client_id, own.per_client_per_minute, settings.requests_per_client
    )
    yield from _limits(
        "api:consent", grant.consent_id, own.per_consent_per_minute, settings.requests_per_consent
    )


def _limits(what: str, who: str, own_per_minute: int, general: RateLimit) -> Iterator[Bucket]:
    if general.per_seconds == MINUTE_SECONDS:
        yield Bucket(what, who, min(own_per_minute, general.limit), MINUTE_SECONDS)
        return
    yield Bucket(what, who, own_per_minute, MINUTE_SECONDS)
    yield Bucket(f"{what}:general", who, general.limit, general.per_seconds)
