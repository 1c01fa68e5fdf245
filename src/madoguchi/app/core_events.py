"""What the platform does every few seconds about the cores behind it.

The embedded core is told to catch up with the interbank network; and what happened in each core is
heard of. What other banks sent back is read by the transfers themselves, with a cursor of their
own. An account's closure ends no consent: the account API answers `account_closed` for it.
"""

from datetime import datetime, timedelta

from madoguchi import consents
from madoguchi.app.runtime import Runtime
from madoguchi.consents import ConsentStatus, EndedBy
from madoguchi.core_bank import take_events
from madoguchi.core_bank.port import Call, CoreBank, CoreEvent, CoreUnavailable, EventKind
from madoguchi.institutions import Institution
from madoguchi.operations_log import OperationsLog
from madoguchi.plumbing.database import Database, Tx
from madoguchi.plumbing.jobs import Schedule
from madoguchi.plumbing.observability import get_logger

EVERY = timedelta(seconds=15)
PATIENCE = timedelta(seconds=15)
MOST_PAGES = 50
CORE = "core"
process_log = get_logger(__name__)


def core_schedules(runtime: Runtime) -> list[Schedule]:
    """Return what the worker does about the cores."""

    async def catch_up(now: datetime) -> None:
        del now
        for institution in runtime.institutions.all():
            await runtime.embedded_core.catch_up(institution.code)

    async def hear(now: datetime) -> None:
        for institution in runtime.institutions.all():
            core = runtime.core_of(institution)
            await hear_of(runtime.database, runtime.log, institution, core, now)

    return [Schedule("core-catch-up", EVERY, catch_up), Schedule("core-events", EVERY, hear)]


async def hear_of(
    database: Database, log: OperationsLog, institution: Institution, core: CoreBank, now: datetime
) -> None:
    """Take what is new in an institution's core; one that cannot be asked is asked again later."""

    async def take(tx: Tx, event: CoreEvent) -> None:
        if event.kind is EventKind.ACCOUNT_MOVED:
            await end_consents(tx, log, institution, event, now)

    call = Call(institution=institution.code, correlation_id="core-events", deadline=now + PATIENCE)
    try:
        for _ in range(MOST_PAGES):
            if not await take_events(database, core, call, take):
                return
    except CoreUnavailable as error:
        process_log.warning("no-core-events", institution=institution.code, problem=str(error))


async def end_consents(
    tx: Tx, log: OperationsLog, institution: Institution, event: CoreEvent, now: datetime
) -> None:
    """End what apps may read under a number that an account no longer has (LINK-02).

    A consent to several accounts ends as a whole: the app is told `account_moved`, and links anew.
    """
    for consent in await consents.list_for_account(tx, institution.code, event.account_id, now):
        if consent.status is ConsentStatus.AUTHORISED:
            await consents.revoke(
                tx,
                log,
                institution.code,
                consent.id,
                by=EndedBy.ACCOUNT_MOVED,
                actor=CORE,
                now=now,
            )
