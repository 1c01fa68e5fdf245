"""What is asked of every request before anything is read: token, consent, hours, rates (API-06 to API-08)."""

import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from starlette.requests import Request
from starlette.responses import Response

from madoguchi import consents, rate_limits, service_hours
from madoguchi.account_api import problems
from madoguchi.account_api.ports import ApiPorts
from madoguchi.authorization_server import (
    AccessGrant,
    AccessRefused,
    HttpParts,
    scope_refusal,
)
from madoguchi.core_bank.port import Call, CoreBank
from madoguchi.institutions import Institution
from madoguchi.kernel.clock import in_japan
from madoguchi.plumbing.database import Tx

CORE_PATIENCE = timedelta(seconds=8)
INTERACTION_ID = "x-fapi-interaction-id"
UUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")

ENDED = {
    "consent_expired": problems.CONSENT_EXPIRED,
    "consent_revoked": problems.CONSENT_REVOKED,
    "consent_superseded": problems.CONSENT_REVOKED,
    "account_moved": problems.ACCOUNT_MOVED,
    "insufficient_scope": problems.INSUFFICIENT_SCOPE,
    "invalid_request": problems.INVALID_REQUEST,
}


@dataclass(frozen=True)
class Reading:
    """A request that may read: whose consent, which institution, at what time."""

    ports: ApiPorts
    tx: Tx
    request: Request
    institution: Institution
    grant: AccessGrant
    now: datetime
    interaction_id: str

    @property
    def core(self) -> CoreBank:
        """The institution's core banking system."""
        return self.ports.core_of(self.institution)

    def core_call(self) -> Call:
        """Return what goes with a read of the core."""
        return Call(
            institution=self.institution.code,
            correlation_id=self.interaction_id,
            deadline=self.now + CORE_PATIENCE,
        )


async def admit(reading: Reading, scope: str | None) -> Response | None:
    """Return the problem that stands in the way, or None; note the consent's use."""
    refused = scope_refusal(reading.grant, scope) if scope else None
    if refused is not None:
        return refusal(refused, scope=scope)
    hours = await service_hours.is_open(reading.tx, reading.institution, "account-api", reading.now)
    if isinstance(hours, service_hours.Closed):
        return _closed(hours, reading.now)
    limited = await _limited(reading)
    if limited is not None:
        return limited
    await consents.touch(reading.tx, reading.grant.consent, reading.now)
    return None


def http_parts(request: Request, api_base: str) -> HttpParts:
    """Return what the token's proof is checked against: the published address, not the Host header."""
    path = request.scope["path"].partition("/api/v1")[2]
    headers = [
        (name.decode("latin-1"), value.decode("latin-1")) for name, value in request.headers.raw
    ]
    return HttpParts(request.method, f"{api_base}{path}", headers)


def refusal(refused: AccessRefused, **members: str | None) -> Response:
    """Return the problem for a token that is refused, with its challenge (RFC 6750, RFC 9449)."""
    found = ENDED.get(refused.problem, problems.INVALID_TOKEN)
    known = {name: value for name, value in members.items() if value}
    if refused.error:
        known["error"] = refused.error
    return found.response(headers=refused.headers, detail=refused.description, **known)


def interaction_id(request: Request) -> str:
    """Return the caller's `x-fapi-interaction-id` where it is a UUID, else a new one (API-07)."""
    given = request.headers.get(INTERACTION_ID, "")
    known = given if UUID.fullmatch(given) else str(uuid.uuid4())
    structlog.contextvars.bind_contextvars(interaction_id=known)
    return known


def _closed(hours: service_hours.Closed, now: datetime) -> Response:
    if hours.opens_at is None:
        return problems.OUT_OF_HOURS.response()
    wait = max(1, int((hours.opens_at - now).total_seconds()))
    return problems.OUT_OF_HOURS.response(
        headers={"retry-after": str(wait)}, next_opening=in_japan(hours.opens_at).isoformat()
    )


async def _limited(reading: Reading) -> Response | None:
    client, settings = reading.grant.client, reading.institution.account_api
    limits = client.rate_limits
    turn = await rate_limits.take(
        reading.ports.counters,
        reading.institution.code,
        (
            rate_limits.Bucket("api:client", client.id, limits.per_client_per_minute, 60),
            rate_limits.Bucket(
                "api:consent",
                reading.grant.consent_id,
                min(limits.per_consent_per_minute, settings.requests_per_consent.limit),
                settings.requests_per_consent.per_seconds,
            ),
        ),
        reading.now,
    )
    if isinstance(turn, rate_limits.Allowed):
        return None
    headers: Mapping[str, str] = {"retry-after": str(turn.retry_after_seconds)}
    return problems.RATE_LIMITED.response(headers=headers)
