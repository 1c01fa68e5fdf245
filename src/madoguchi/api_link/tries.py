"""Tries at ② and ⑤: limited by rate, counted before they are compared (LINK-14 to LINK-18)."""

from collections.abc import Awaitable, Callable

from madoguchi import lockout, rate_limits
from madoguchi.api_link import mails
from madoguchi.api_link.events import LinkEvent
from madoguchi.api_link.linkable import Linkable
from madoguchi.api_link.outcomes import LOCKED_BEFORE, Locked
from madoguchi.api_link.services import LinkServices
from madoguchi.core_bank.port import CoreUnavailable
from madoguchi.institutions import Institution, RateLimit
from madoguchi.kernel.journey import Again
from madoguchi.kernel.network import network_of
from madoguchi.operations_log import Entry

WHAT = "api-link"
"""The lock's name: of the API link and nothing else (LINK-17)."""
WRONG = "link.message.wrong"
"""The one text for whatever was wrong (LINK-14)."""


def policy(institution: Institution) -> lockout.Policy:
    """Return the API link's lockout: an account, a Japan day, both screens together (LINK-15)."""
    return lockout.Policy(
        what=WHAT,
        limit=institution.api_link.failures_limit,
        window="day",
        lock_until="next_midnight",
    )


async def may_try(services: LinkServices, client_id: str) -> bool:
    """Take a turn for the address and the client: nobody tries accounts in bulk (LINK-18).

    Whoever turns out right gets it back by `was_right`, so that only wrong tries are limited:
    many customers of one carrier share an address.
    """
    buckets = _buckets(services, client_id)
    turn = await rate_limits.take(
        services.ports.counters, services.institution.code, buckets, services.now
    )
    return isinstance(turn, rate_limits.Allowed)


async def was_right(services: LinkServices, client_id: str) -> None:
    """Give back the turn of a try that was right."""
    await rate_limits.give_back(
        services.ports.counters,
        services.institution.code,
        _buckets(services, client_id),
        services.now,
    )


async def judge(
    services: LinkServices, found: Linkable, comparison: Callable[[], Awaitable[bool]]
) -> Again | Locked | None:
    """Count a try, then compare. Return None where it is right.

    The count is taken back where the core could not be asked, for nothing was learnt from it; the
    fault goes on.
    """
    institution, account_id = services.institution, found.account.id
    counted = await lockout.attempt(
        services.ports.counters, policy(institution), institution.code, account_id, services.now
    )
    if isinstance(counted, lockout.Locked):
        untold = await lockout.claim_telling(
            services.tx, policy(institution), institution.code, account_id, services.now
        )
        if untold is not None:
            await _tell_of_lock(services, found)
        return Locked(code=LOCKED_BEFORE)
    try:
        right = await comparison()
    except CoreUnavailable:
        async with services.ports.counters.transaction() as tx:
            await lockout.succeeded(tx, counted)
        raise
    if right:
        await lockout.succeeded(services.tx, counted)
        return None
    match await lockout.failed(services.tx, counted, services.now):
        case lockout.NowLocked():
            await _tell_of_lock(services, found)
            return Locked()
        case lockout.StillAllowed():
            return Again(message=WRONG)


async def is_locked(services: LinkServices, account_id: str) -> bool:
    """Tell whether the account is locked for the API link now."""
    institution = services.institution
    found = await lockout.is_locked(
        services.tx, policy(institution), institution.code, account_id, services.now
    )
    return found is not None


def log_name(services: LinkServices, name_kana: str) -> None:
    """Record the name typed, which nothing is matched against (LINK-12)."""
    services.ports.log.append(
        services.tx,
        Entry(
            institution=services.institution.code,
            event=LinkEvent.NAME_TYPED,
            result="done",
            source=services.context.source,
            reference=services.context.reference,
            journey=services.visit_id,
            personal={"name_kana": name_kana},
        ),
    )


def _buckets(services: LinkServices, client_id: str) -> tuple[rate_limits.Bucket, ...]:
    settings = services.institution.api_link
    return (
        _bucket("link:address", network_of(services.context.source), settings.attempts_per_address),
        _bucket("link:client", client_id, settings.attempts_per_client),
    )


def _bucket(what: str, who: str, limit: RateLimit) -> rate_limits.Bucket:
    return rate_limits.Bucket(what, who, limit.limit, limit.per_seconds)


async def _tell_of_lock(services: LinkServices, found: Linkable) -> None:
    """Log the lock, and mail the holder where the bank knows an address (LOCK-03)."""
    services.ports.log.append(
        services.tx,
        Entry(
            institution=services.institution.code,
            event=LinkEvent.LOCKED,
            result="done",
            subject=found.account.id,
            source=services.context.source,
            reference=services.context.reference,
            journey=services.visit_id,
        ),
    )
    if found.holder.email:
        await mails.tell_of_lock(services, found)
