"""The background worker: mails, and what is done every so often."""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

from madoguchi import authorization_server, consents, lockout, rate_limits
from madoguchi.app.core_events import core_schedules
from madoguchi.app.cores import check_cores
from madoguchi.app.runtime import Runtime
from madoguchi.plumbing.database import Tx
from madoguchi.plumbing.jobs import Schedule, Worker, forget_finished
from madoguchi.plumbing.keys import read_reference
from madoguchi.plumbing.mail import SmtpTransport
from madoguchi.plumbing.web import purge_visits

VISITS_KEPT = timedelta(days=1)
CALLS_KEPT = timedelta(days=2)
NOTICES_KEPT = timedelta(days=90)
JOBS_KEPT = timedelta(days=7)


def background_worker(runtime: Runtime) -> Worker:
    """Return the worker; any number of processes may run one.

    Raises `KeyReferenceError` where the mail server's password is missing, `CoreNotSetUp`.
    """
    check_cores(runtime.institutions.all(), runtime.http_cores)
    server = runtime.settings.smtp.server()
    if server.password:
        read_reference(server.password)
    return Worker(
        runtime.database,
        runtime.clock,
        runtime.entropy,
        kinds=[
            runtime.notices.mail_kind(runtime.database, SmtpTransport(server)),
            *runtime.banking.kinds(runtime),
        ],
        schedules=[
            *runtime.banking.schedules(),
            *core_schedules(runtime),
            Schedule("purge", timedelta(minutes=10), _in_transaction(runtime, _purge(runtime))),
            Schedule("rotate-keys", timedelta(hours=1), _in_transaction(runtime, _rotate(runtime))),
        ],
    )


def _in_transaction(
    runtime: Runtime, action: Callable[[Tx, datetime], Awaitable[None]]
) -> Callable[[datetime], Awaitable[None]]:
    async def run(now: datetime) -> None:
        async with runtime.database.transaction() as tx:
            await action(tx, now)

    return run


def _purge(runtime: Runtime) -> Callable[[Tx, datetime], Awaitable[None]]:
    async def purge(tx: Tx, now: datetime) -> None:
        await purge_visits(tx, now - VISITS_KEPT)
        await authorization_server.purge(tx, now)
        await consents.purge(tx, now)
        await lockout.purge(tx, now)
        await rate_limits.purge(tx, now)
        await runtime.call_back.purge(tx, now - CALLS_KEPT)
        await runtime.banking.purge(tx, now)
        await runtime.notices.purge(tx, now - NOTICES_KEPT)
        await forget_finished(tx, now - JOBS_KEPT)

    return purge


def _rotate(runtime: Runtime) -> Callable[[Tx, datetime], Awaitable[None]]:
    async def rotate(tx: Tx, now: datetime) -> None:
        for institution in runtime.institutions.all():
            await runtime.authorization.rotate_keys(tx, institution, now)

    return rotate
