"""Applying for direct debits, sending applications, and asking after them."""

from datetime import datetime, timedelta
from typing import Literal, assert_never

from madoguchi.direct_debits.events import DirectDebitEvent
from madoguchi.direct_debits.outcomes import AnotherLive, Applied, TooLate
from madoguchi.direct_debits.ports import (
    Confirmed,
    DirectDebitPorts,
    NoAnswer,
    Pending,
    Received,
    Refused,
    UtilityCompanies,
)
from madoguchi.direct_debits.rules import (
    SENT_AFTER,
    Applicant,
    Application,
    ApplicationState,
    NewApplication,
)
from madoguchi.direct_debits.store import Store
from madoguchi.kernel.entropy import new_id
from madoguchi.kernel.errors import must
from madoguchi.operations_log import Entry
from madoguchi.plumbing.database import Tx
from madoguchi.plumbing.jobs import Done, Job, Kind, Outcome, Retry, enqueue

KIND = "direct-debit"
ASKED_EVERY = timedelta(hours=1)
TRIES = 3000
"""An hour apart: four months, longer than any company takes."""
LISTED = 100
DONE_WELL = frozenset(
    (
        *(DirectDebitEvent.APPLIED, DirectDebitEvent.SENT, DirectDebitEvent.CONFIRMED),
        *(DirectDebitEvent.WITHDRAWN, DirectDebitEvent.REPLACED),
    )
)


class DirectDebits:
    """Applications for direct debits; made once in `app`."""

    def __init__(self, ports: DirectDebitPorts) -> None:
        self._ports = ports
        self._store = Store(ports.keys)

    def offered(self) -> bool:
        """Say whether there is a way to the companies at all."""
        return self._ports.companies is not None

    async def is_live(
        self, tx: Tx, institution: str, company_code: str, customer_number: str
    ) -> bool:
        """Say whether the company is being asked about this customer number already."""
        return await self._store.is_live(tx, institution, company_code, customer_number)

    async def apply(
        self, tx: Tx, institution: str, wanted: NewApplication, applicant: Applicant,
        *, once: str, now: datetime,
    ) -> Applied | AnotherLive:  # fmt: skip
        """Record the application, mail the customer, and have it sent later if `tx` commits.

        `once` names the confirmation (a visit's id): a second call gets the first one again.
        """
        earlier = await self._store.find_once(tx, institution, once)
        if earlier is not None:
            return Applied(earlier)
        number = wanted.customer_number
        if await self._store.is_live(tx, institution, wanted.company_code, number):
            return AnotherLive()
        application = await self._store.insert(
            tx, institution, new_id(self._ports.entropy), once, wanted, applicant, now
        )
        if application is None:
            same = await self._store.find_once(tx, institution, once)
            return AnotherLive() if same is None else Applied(same)
        self._record(tx, application, DirectDebitEvent.APPLIED, source=applicant.source)
        await self._ports.tell(tx, application, "utility-applied")
        await enqueue(
            tx,
            institution=institution,
            kind=KIND,
            key=application.id,
            payload={"application": application.id},
            run_at=now + SENT_AFTER,
        )
        return Applied(application)

    async def withdraw(
        self, tx: Tx, institution: str, contract_id: str, application_id: str, now: datetime
    ) -> Application | TooLate:
        """Take back the contract's own application, as long as it has not been sent."""
        if await self.find(tx, institution, contract_id, application_id) is None:
            return TooLate(application_id)
        withdrawn = await self._store.decide(
            tx, institution, application_id, ApplicationState.WITHDRAWN, now,
            out_of=ApplicationState.APPLIED,
        )  # fmt: skip
        if withdrawn is None:
            return TooLate(application_id)
        self._record(tx, withdrawn, DirectDebitEvent.WITHDRAWN)
        return withdrawn

    async def find(
        self, tx: Tx, institution: str, contract_id: str, application_id: str
    ) -> Application | None:
        """Return an application of this contract; None for any other's."""
        found = await self._store.find(tx, institution, application_id)
        return found if found is not None and found.contract_id == contract_id else None

    async def list_of(
        self, tx: Tx, institution: str, contract_id: str, limit: int = LISTED
    ) -> list[Application]:
        """Return the contract's applications, newest first."""
        return await self._store.list_of(tx, institution, contract_id, limit)

    def kinds(self) -> list[Kind]:
        """Return the kinds of jobs by which a `Worker` sends applications and asks after them."""
        return [Kind(KIND, self._carry_on, "again", given_up=self._given_up, max_attempts=TRIES)]

    async def _carry_on(self, job: Job) -> Outcome:
        """Send the application, or ask after it; again every hour until it is decided."""
        application = await self._ready(job)
        if application is None:
            return Done()
        companies = self._ports.companies
        if companies is None:
            return Retry("no way to the companies", ASKED_EVERY)
        if not application.received:
            return await self._send(companies, application)
        answer = await companies.answer(application)
        match answer:
            case Confirmed():
                return Done(lambda tx: self._confirm(tx, application))
            case Refused(reason):
                return Done(lambda tx: self._refuse(tx, application, reason))
            case Pending() | NoAnswer():
                return Retry("not decided yet", ASKED_EVERY)
            case _:
                assert_never(answer)

    async def _ready(self, job: Job) -> Application | None:
        """Return the application, gone out for good; None where there is nothing to do."""
        async with self._ports.database.transaction() as tx:
            found = must(await self._store.find(tx, job.institution, job.payload["application"]))
            if found.state is ApplicationState.APPLIED:
                sent = await self._store.mark_sent(tx, found, self._ports.clock.now())
                if sent is None:
                    return None
                self._record(tx, sent, DirectDebitEvent.SENT)
                return sent
        return found if found.state is ApplicationState.SENT else None

    async def _send(self, companies: UtilityCompanies, application: Application) -> Outcome:
        answer = await companies.send(application)
        match answer:
            case Received():
                return Retry(
                    "sent, not decided yet",
                    ASKED_EVERY,
                    record=lambda tx: self._note_received(tx, application),
                )
            case NoAnswer():
                return Retry("could not be sent")
            case _:
                assert_never(answer)

    async def _note_received(self, tx: Tx, application: Application) -> None:
        await self._store.note_received(tx, application)

    async def _confirm(self, tx: Tx, application: Application) -> None:
        confirmed = await self._decided(tx, application, ApplicationState.CONFIRMED, "")
        if confirmed is None:
            return
        for earlier in await self._store.replace_earlier(tx, confirmed):
            self._record(tx, earlier, DirectDebitEvent.REPLACED, application.id)
        self._record(tx, confirmed, DirectDebitEvent.CONFIRMED)
        await self._ports.tell(tx, confirmed, "utility-confirmed")

    async def _refuse(self, tx: Tx, application: Application, reason: str) -> None:
        refused = await self._decided(tx, application, ApplicationState.REFUSED, reason)
        if refused is not None:
            self._record(tx, refused, DirectDebitEvent.REFUSED, reason)
            await self._ports.tell(tx, refused, "utility-refused")

    async def _decided(
        self, tx: Tx, application: Application, state: ApplicationState, reason: str
    ) -> Application | None:
        return await self._store.decide(
            tx, application.institution, application.id, state, self._ports.clock.now(),
            out_of=ApplicationState.SENT, reason=reason,
        )  # fmt: skip

    async def _given_up(
        self, tx: Tx, job: Job, state: Literal["dead", "unknown"], reason: str
    ) -> None:
        found = must(await self._store.find(tx, job.institution, job.payload["application"]))
        self._record(tx, found, DirectDebitEvent.GIVEN_UP, f"{state}: {reason}")

    def _record(
        self, tx: Tx, application: Application, event: DirectDebitEvent, reason: str = "",
        source: str = "",
    ) -> None:  # fmt: skip
        entry = Entry(
            institution=application.institution,
            event=event,
            result="done" if event in DONE_WELL else "failed",
            actor=application.contract_id,
            subject=application.id,
            reason=reason,
            source=source,
            reference=application.reference,
            detail={"company": application.company_code},
        )
        self._ports.log.append(tx, entry)
