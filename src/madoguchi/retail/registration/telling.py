"""Mailing a lock of the registration to the customer (LOCK-03).

By a job, because at a lock on an account that has no contract, the same is to be done as at one
that has, and a mail cannot be written to nobody (LOCK-02).
"""

from collections.abc import Callable
from datetime import datetime, timedelta

from madoguchi.core_bank.port import Call, CoreBank
from madoguchi.customers import Contract, Customers
from madoguchi.institutions import Institution
from madoguchi.kernel.clock import Clock
from madoguchi.kernel.errors import must
from madoguchi.notices import Notice, Notices, sender_of
from madoguchi.plumbing.database import Database, Tx
from madoguchi.plumbing.jobs import Done, Job, Kind, Outcome, enqueue
from madoguchi.plumbing.templates.formats import format_moment

TELL_KIND = "registration-lock-told"
CORE_PATIENCE = timedelta(seconds=20)


async def have_told(
    tx: Tx, institution: str, contract: Contract | None, subject: str, until: datetime | None,
    now: datetime,
) -> None:  # fmt: skip
    """Have the holder told of a lock that began at `now`, where there is a contract."""
    await enqueue(
        tx,
        institution=institution,
        kind=TELL_KIND,
        key=f"registration-locked:{subject}:{now.isoformat()}",
        payload={
            "contract_id": contract.id if contract else "",
            "at": now.isoformat(),
            "until": until.isoformat() if until else "",
        },
        run_at=now,
    )


class LockTeller:
    """Handles the jobs that mail a lock, to the address that the bank has of the holder."""

    def __init__(
        self, database: Database, customers: Customers, notices: Notices,
        core_of: Callable[[Institution], CoreBank],
        institution_of: Callable[[str], Institution | None], clock: Clock,
    ) -> None:  # fmt: skip
        self._database, self._customers, self._notices = database, customers, notices
        self._core_of, self._institution_of, self._clock = core_of, institution_of, clock

    def kind(self) -> Kind:
        """Queueing the same mail twice queues it once: the job may be run again."""
        return Kind(TELL_KIND, self.handle, "again")

    async def handle(self, job: Job) -> Outcome:
        """Queue the mail, where there is somebody to tell. Raises `CoreUnavailable`: run again."""
        institution = must(self._institution_of(job.institution), "the job's institution")
        contract = await self._contract(job)
        if contract is None:
            return Done()
        holder = await self._core_of(institution).holder(self._call(job), contract.holder_id)
        if holder is not None and holder.email:
            async with self._database.transaction() as tx:
                await self._notices.send(
                    tx, _notice(institution, contract.language, holder.email, job)
                )
        return Done()

    async def _contract(self, job: Job) -> Contract | None:
        async with self._database.transaction() as tx:
            contract_id = str(job.payload["contract_id"])
            return await self._customers.find(tx, job.institution, contract_id)

    def _call(self, job: Job) -> Call:
        return Call(
            institution=job.institution,
            correlation_id=job.key,
            deadline=self._clock.now() + CORE_PATIENCE,
        )


def _notice(institution: Institution, language: str, to: str, job: Job) -> Notice:
    until = job.payload["until"]
    return Notice(
        sender=sender_of(institution),
        event_key=job.key,
        template="registration-locked",
        language=language,
        to=to,
        values={
            "at": format_moment(datetime.fromisoformat(job.payload["at"]), language),
            "until": format_moment(datetime.fromisoformat(until), language) if until else "",
        },
    )
