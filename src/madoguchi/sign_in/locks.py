"""What locks after wrong tries, and telling of it (LOCK-01 to LOCK-03).

Each kind of secret has a lock of its own; whatever way leads to the secret counts at it. The right
one clears its own count, and no other's.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TypeVar

from madoguchi import lockout
from madoguchi.customers import Contract, folded_login_id
from madoguchi.institutions import Institution
from madoguchi.kernel.errors import must
from madoguchi.notices import Notice, sender_of
from madoguchi.operations_log import Entry
from madoguchi.plumbing.database import Database, Tx
from madoguchi.plumbing.jobs import Done, Job, Kind, Outcome, enqueue
from madoguchi.plumbing.keys import KeyUnavailable, keyed_hash
from madoguchi.plumbing.templates.formats import format_moment
from madoguchi.sign_in.events import SignInEvent
from madoguchi.sign_in.model import Secret
from madoguchi.sign_in.ports import SignInPorts

T = TypeVar("T")
TELL_KIND = "sign-in-lock-told"
InstitutionOf = Callable[[str], Institution | None]


class Locks(StrEnum):
    """The names of the locks, as `lockout` keeps and staff release them."""

    LOGIN_PASSWORD = "login-password"  # noqa: S105 -- the lock's name
    CONFIRMATION_PASSWORD = "confirmation-password"  # noqa: S105 -- the lock's name
    QUESTION = "security-question"


@dataclass(frozen=True, slots=True)
class Tried:
    """Which lock a try counts at. `contract_id` is "" where nobody has the login ID typed."""

    lock: Locks
    subject: str
    contract_id: str


def tried_by(contract: Contract, lock: Locks) -> Tried:
    """Return where a customer's tries count."""
    return Tried(lock, contract.id, contract.id)


def tried_by_nobody(ports: SignInPorts, institution: str, login_id: str) -> Tried:
    """Return where tries of an unknown login ID count: it locks like any other (LOCK-02)."""
    folded = folded_login_id(login_id)
    subject = keyed_hash(ports.keys, "index", "unknown login ID", institution, folded).hex()
    return Tried(Locks.LOGIN_PASSWORD, subject, "")


def lock_of(secret: Secret) -> Locks:
    """Return the lock of a kind of password."""
    return Locks(secret.value)


def policy(institution: Institution, lock: Locks) -> lockout.Policy:
    """Return how the lock works at this institution."""
    retail = institution.retail
    match lock:
        case Locks.LOGIN_PASSWORD if retail.login_lock == "next_midnight":
            return lockout.Policy(lock, retail.login_failures_limit, "day", "next_midnight")
        case Locks.LOGIN_PASSWORD:
            limit = retail.login_failures_limit
        case Locks.CONFIRMATION_PASSWORD:
            limit = retail.confirmation_failures_limit
        case Locks.QUESTION:
            limit = retail.question_failures_limit
    return lockout.Policy(lock, limit, "ever", "released")


async def count(
    ports: SignInPorts, tx: Tx, institution: Institution, tried: Tried, now: datetime
) -> lockout.Allowed | lockout.Locked:
    """Count a try before its comparison; where it is `Locked`, nothing may be compared."""
    rule = policy(institution, tried.lock)
    counted = await lockout.attempt(ports.counters, rule, institution.code, tried.subject, now)
    if isinstance(counted, lockout.Locked):
        untold = await lockout.claim_telling(tx, rule, institution.code, tried.subject, now)
        if untold is not None:
            await _have_told(ports, tx, institution, tried, untold.until, now)
    return counted


async def compared(ports: SignInPorts, allowed: lockout.Allowed, comparison: Awaitable[T]) -> T:
    """Return what the comparison comes to; where the pepper is gone, take back the count.

    Nothing was learnt then, and the bank's mistake must not lock its customers. The fault goes on.
    """
    try:
        return await comparison
    except KeyUnavailable:
        async with ports.counters.transaction() as tx:
            await lockout.succeeded(tx, allowed)
        raise


async def was_right(ports: SignInPorts, allowed: lockout.Allowed, now: datetime) -> None:
    """Forget the wrong tries before a right one, unless a lock is in force that somebody knows.

    Commits by itself: the request goes on, to a slow core perhaps, and other tries of the same
    secret are not to wait for it, each with a connection.
    """
    rule, institution, subject = allowed.policy, allowed.institution, allowed.subject
    async with ports.counters.transaction() as tx:
        await lockout.succeeded(tx, allowed)
        if await lockout.is_locked(tx, rule, institution, subject, now) is None:
            await lockout.release(tx, institution, rule.what, subject, now)


async def was_wrong(
    ports: SignInPorts, tx: Tx, institution: Institution, tried: Tried, allowed: lockout.Allowed,
    now: datetime,
) -> lockout.StillAllowed | lockout.NowLocked:  # fmt: skip
    """Confirm a wrong try; where it locks, that is logged, and mailed by a job."""
    came = await lockout.failed(tx, allowed, now)
    if isinstance(came, lockout.NowLocked):
        await _have_told(ports, tx, institution, tried, came.until, now)
    return came


async def release(
    ports: SignInPorts, tx: Tx, institution: Institution, contract: Contract, lock: Locks,
    *, by: str, reason: str, now: datetime,
) -> bool:  # fmt: skip
    """Release a customer's lock, log and mail it; False where there was none (LOCK-03)."""
    if not await lockout.release(tx, institution.code, lock, contract.id, now):
        return False
    entry = Entry(
        institution.code, SignInEvent.RELEASED, "done",
        actor=by, subject=contract.id, reason=reason, detail={"lock": lock},
    )  # fmt: skip
    ports.log.append(tx, entry)
    if contract.email:
        values = {
            "what": ports.texts(f"sign-in.lock.{lock}", language=contract.language),
            "at": format_moment(now, contract.language),
        }
        key = f"lock-released:{lock}:{contract.id}:{now.isoformat()}"
        await ports.notices.send(tx, _notice(institution, contract, "lock-released", key, values))
    return True


class LockTeller:
    """Handles the jobs that mail a lock.

    A job, because at a lock on a login ID that nobody has, the same is to be done as at one that
    somebody has, and a mail cannot be written to nobody (LOCK-02).
    """

    def __init__(
        self, ports: SignInPorts, database: Database, institution_of: InstitutionOf
    ) -> None:
        self._ports = ports
        self._database = database
        self._institution_of = institution_of

    def kind(self) -> Kind:
        """Queueing the same mail twice queues it once: the job may be run again."""
        return Kind(TELL_KIND, self.handle, "again")

    async def handle(self, job: Job) -> Outcome:
        """Queue the mail, where there is somebody to tell."""
        institution = must(self._institution_of(job.institution), "the job's institution")
        async with self._database.transaction() as tx:
            contract_id = str(job.payload["contract_id"])
            contract = await self._ports.customers.find(tx, institution.code, contract_id)
            if contract is not None and contract.email:
                await self._ports.notices.send(tx, self._mail(institution, contract, job))
        return Done()

    def _mail(self, institution: Institution, contract: Contract, job: Job) -> Notice:
        language, until = contract.language, job.payload["until"]
        lock = Locks(job.payload["lock"])
        values = {
            "what": self._ports.texts(f"sign-in.lock.{lock}", language=language),
            "at": format_moment(datetime.fromisoformat(job.payload["at"]), language),
            "until": format_moment(datetime.fromisoformat(until), language) if until else "",
        }
        return _notice(institution, contract, "sign-in-locked", job.key, values)


async def _have_told(
    ports: SignInPorts, tx: Tx, institution: Institution, tried: Tried, until: datetime | None,
    now: datetime,
) -> None:  # fmt: skip
    entry = Entry(
        institution.code, SignInEvent.LOCKED, "done",
        subject=tried.subject, detail={"lock": tried.lock},
    )  # fmt: skip
    ports.log.append(tx, entry)
    await enqueue(
        tx,
        institution=institution.code,
        kind=TELL_KIND,
        key=f"sign-in-locked:{tried.lock}:{tried.subject}:{now.isoformat()}",
        payload={
            "contract_id": tried.contract_id,
            "lock": tried.lock,
            "at": now.isoformat(),
            "until": until.isoformat() if until else "",
        },
        run_at=now,
    )


def _notice(
    institution: Institution, contract: Contract, template: str, key: str, values: dict[str, str]
) -> Notice:
    return Notice(
        sender=sender_of(institution),
        event_key=key,
        template=template,
        language=contract.language,
        to=must(contract.email),
        values=values,
    )
