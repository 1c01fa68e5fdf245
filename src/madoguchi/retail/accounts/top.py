"""The top page: greeting, last logins, notices, balances, tasks, services (RET-11)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, assert_never

import structlog
from starlette.requests import Request

from madoguchi import service_hours
from madoguchi.core_bank.port import CoreUnavailable, Holder
from madoguchi.institutions import Service
from madoguchi.kernel.clock import japan_day
from madoguchi.kernel.errors import must
from madoguchi.notices import NoticeState
from madoguchi.retail.accounts.balances import KindShown, by_kind, read_balances
from madoguchi.retail.ground import BankPage, RetailServices
from madoguchi.sign_in import ENDED_OTHER, Login
from madoguchi.transfers import TransferState

LOGINS_SHOWN = 3
LOGINS_READ = 10
CLOSES_SOON = timedelta(hours=2)
MAILS_SINCE = timedelta(days=90)
MOST_MAILS = 20
MOST_DAYS = 5
"""So many days of transfers are named at most, the latest ones; the list has the others."""
CAME_TO_NOTHING = (
    TransferState.FAILED,
    TransferState.RETURNED,
    TransferState.REFUSED_BY_STAFF,
)
WATCHED: tuple[Service, ...] = (
    "retail-balances",
    "retail-statements",
    "retail-transfers",
    "retail-bill-payments",
)
"""The services whose closing is told ahead."""
LINKS = ("balances", "statements", "transfer", "transfers", "bills", "utilities", "settings")
"""The services led to: paths, whose names are those of the menu."""

KNOWN_WAYS = frozenset({"password", "question", "one-time-password", "passkey"})
"""The proofs of a login that have a name on the page."""

log = structlog.get_logger("retail")


@dataclass(frozen=True)
class Told:
    """One notice: `key` names its text, `values` fill it; instants and days are still to format.

    `link` is a path of the bank, whose name is that of the menu.
    """

    tone: str
    key: str
    service: str = ""
    at: datetime | None = None
    days: Sequence[date] = field(default=())
    link: str = ""


@dataclass(frozen=True)
class Held:
    """Who the customer is and what is in the accounts; both unknown while the core is silent."""

    holder: Holder | None
    kinds: Sequence[KindShown] | None


async def top(services: RetailServices, request: Request) -> Mapping[str, Any]:
    """Greet. Where the core is silent the page comes without what the core knows."""
    del request
    held = await _held(services)
    logins = await services.ports.sign_in.last_logins(services.tx, services.contract, LOGINS_READ)
    since = _last_time(services, logins)
    return {
        "holder": held.holder,
        "kinds": held.kinds,
        "logins": logins[:LOGINS_SHOWN],
        "told": [
            *await _of_session(services),
            *await _of_transfers(services, since),
            *await _of_mails(services, since),
            *await _of_hours(services),
        ],
        "confirm_mail": not services.contract.email_confirmed,
        "links": LINKS,
        "known_ways": KNOWN_WAYS,
    }


async def _held(services: RetailServices) -> Held:
    """Return what the core says: a core that is down must not shut the rest of the bank."""
    try:
        holder = await services.core.holder(services.core_call(), services.contract.holder_id)
        return Held(holder, by_kind(await read_balances(services)))
    except CoreUnavailable as fault:
        log.warning("core-unavailable", kind=fault.kind.value, error=str(fault))
        return Held(None, None)


async def _of_session(services: RetailServices) -> list[Told]:
    """Return what the login is to tell, once: it stands on the first top page of the session."""
    if services.session.notice != ENDED_OTHER:
        return []
    await services.ports.sign_in.notice_shown(services.tx, services.session)
    return [Told("warn", "accounts.told.ended-other")]


async def _of_mails(services: RetailServices, since: datetime | None) -> list[Told]:
    """Return what could not be mailed since the login before this one (RET-31)."""
    contract, found = services.contract, []
    if contract.email is None:
        return []
    for state in (NoticeState.FAILED, NoticeState.BOUNCED):
        found += await services.ports.notices.find(
            services.tx, contract.institution, state=state, to=contract.email,
            since=services.now - MAILS_SINCE, limit=MOST_MAILS,
        )  # fmt: skip
    days = sorted(
        {japan_day(mail.queued_at) for mail in found if since is None or mail.changed_at >= since}
    )
    return [Told("warn", "accounts.told.undelivered", days=days)] if days else []


async def _of_transfers(services: RetailServices, since: datetime | None) -> list[Told]:
    """Return which transfers came to nothing since the login before this one, by their days."""
    found = await services.ports.transfers.list_of(
        services.tx, services.institution, services.contract.id, states=CAME_TO_NOTHING
    )
    told = []
    for state in CAME_TO_NOTHING:
        days = {
            each.executes_on
            for each in found
            if each.state is state and (since is None or must(each.done_at) >= since)
        }
        if days:
            key = f"accounts.told.transfer.{state}"
            told.append(Told("warn", key, days=sorted(days)[-MOST_DAYS:], link="transfers"))
    return told


def _last_time(services: RetailServices, logins: Sequence[Login]) -> datetime | None:
    """Return when the customer was last here before this session."""
    started = services.session.started_at
    return next((each.at for each in logins if each.result == "done" and each.at < started), None)


async def _of_hours(services: RetailServices) -> list[Told]:
    """Return which services are closed, or soon will be (RET-32)."""
    told = []
    for service in WATCHED:
        hours = await service_hours.is_open(
            services.tx, services.institution, service, services.now
        )
        match hours:
            case service_hours.Closed(opens_at=at):
                key = "accounts.told.closed" if at else "accounts.told.closed-long"
                told.append(Told("info", key, service=service, at=at))
            case service_hours.Open(until=until):
                if until is not None and until - services.now <= CLOSES_SOON:
                    told.append(Told("info", "accounts.told.closes", service=service, at=until))
            case _:
                assert_never(hours)
    return told


TOP = BankPage("top", "BAI000", "retail.accounts/top", "retail-balances", top)
