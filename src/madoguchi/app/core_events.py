"""What the platform does every few seconds about the cores behind it.

The embedded core is told to catch up with the interbank network; and what happened in each core is
heard of, with one cursor for all that follows from it: a moved account ends consents, a returned
transfer is noted. An account's closure ends no consent: the account API answers `account_closed`.
"""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

from madoguchi import consents
from madoguchi.app.runtime import Runtime
from madoguchi.consents import ConsentStatus, EndedBy
from madoguchi.core_bank import take_events
from madoguchi.core_bank.port import Call, CoreBank, CoreEvent, CoreUnavailable, EventKind
from madoguchi.institutions import Institution
from madoguchi.kernel.errors import must
from madoguchi.operations_log import OperationsLog
from madoguchi.plumbing.database import DatabaseUnavailable, Tx
from madoguchi.plumbing.jobs import Schedule
from madoguchi.plumbing.observability import get_logger

EVERY = timedelta(seconds=15)
PATIENCE = timedelta(seconds=15)
MOST_PAGES = 50
CORE = "core"
process_log = get_logger(__name__)


def core_schedules(runtime: Runtime) -> list[Schedule]:
    """Return what the worker does about the cores."""

    async def catch_up(institution: Institution) -> None:
        await runtime.embedded_core.catch_up(institution.code)

    async def hear(institution: Institution) -> None:
        await hear_of(runtime, institution, runtime.core_of(institution))

    return [
        Schedule("core-catch-up", EVERY, _at_each(runtime, catch_up)),
        Schedule("core-events", EVERY, _at_each(runtime, hear)),
    ]


async def hear_of(runtime: Runtime, institution: Institution, core: CoreBank) -> None:
    """Take what is new in an institution's core; one that cannot be asked is asked again later."""

    async def take(tx: Tx, event: CoreEvent) -> None:
        now = runtime.clock.now()
        if event.kind is EventKind.ACCOUNT_MOVED:
            await end_consents(tx, runtime.log, institution, event, now)
        if event.kind is EventKind.TRANSFER_RETURNED:
            await runtime.banking.transfers.note_return(
                tx, institution, must(event.hold_id), now, reason="returned-by-bank"
            )

    try:
        for _ in range(MOST_PAGES):
            if not await take_events(runtime.database, core, _call(runtime, institution), take):
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


def _at_each(
    runtime: Runtime, action: Callable[[Institution], Awaitable[None]]
) -> Callable[[datetime], Awaitable[None]]:
    """Return an action for every institution; what goes wrong at one keeps none waiting."""

    async def run(now: datetime) -> None:
        del now
        for institution in runtime.institutions.all():
            try:
                await action(institution)
            except DatabaseUnavailable:
                raise
            except Exception:  # noqa: BLE001 -- logged, with its trace
                process_log.exception("core-schedule-failed", institution=institution.code)

    return run


def _call(runtime: Runtime, institution: Institution) -> Call:
    deadline = runtime.clock.now() + PATIENCE
    return Call(institution=institution.code, correlation_id="core-events", deadline=deadline)
