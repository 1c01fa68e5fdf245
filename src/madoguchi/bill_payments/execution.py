"""Carrying an accepted payment through: set aside, pay at the biller, let the core move the money.

Each step asks outside with a key of its own and notes the answer before the next one begins. A step
done twice gets the first answer again, so that nobody has to know whether it was done before.
"""

from datetime import datetime, timedelta
from typing import Literal, assert_never

from madoguchi.bill_payments.events import BillEvent
from madoguchi.bill_payments.mails import tell_failed, tell_paid
from madoguchi.bill_payments.ports import (
    BillPaymentPorts,
    NeverArrived,
    NoAnswer,
    Paid,
    Refused,
)
from madoguchi.bill_payments.rules import HOLD_LASTS, BillPayment, BillPaymentState
from madoguchi.bill_payments.store import Store
from madoguchi.core_bank import (
    BillPayee,
    Call,
    CoreBank,
    Held,
    Refusal,
    Released,
    ReleaseReason,
    Settled,
    Transfer,
    Unknown,
)
from madoguchi.core_bank import Refused as CoreRefused
from madoguchi.institutions import Institution
from madoguchi.kernel.errors import BrokenInvariant, must
from madoguchi.kernel.money import Yen
from madoguchi.operations_log import Entry
from madoguchi.plumbing.database import Tx
from madoguchi.plumbing.jobs import Done, Job, Kind, Outcome, Retry

PATIENCE = timedelta(seconds=8)
UNANSWERED = frozenset({Refusal.KEY_IN_FLIGHT, Refusal.SETTLE_IN_FLIGHT})
"""Refusals that say no more than that the first call has no answer yet."""
HOLD_ENDED = frozenset({Refusal.ALREADY_VOIDED, Refusal.ALREADY_EXPIRED})
TRIES = 1000
"""With an hour between them some forty days: within the time that the money stays set aside."""


class Executor:
    """Executes payments, for the web and for the worker alike."""

    KIND = "bill-payment"

    def __init__(self, ports: BillPaymentPorts, store: Store) -> None:
        self._ports = ports
        self._store = store

    def kind(self) -> Kind:
        """Return the kind of job that executes one payment; doing it again does no harm."""
        return Kind(self.KIND, self._run, "again", given_up=self._given_up, max_attempts=TRIES)

    async def execute(self, institution_code: str, payment_id: str) -> BillPayment:
        """Go from step to step until the payment is done or somebody gives no answer."""
        async with self._ports.database.transaction() as tx:
            payment = must(await self._store.find(tx, institution_code, payment_id), "a payment")
        institution = self._ports.institution_of(institution_code)
        while payment.state is BillPaymentState.ACCEPTED:
            moved = await self._step(institution, payment)
            if moved is None:
                return payment
            payment = moved
        return payment

    async def _run(self, job: Job) -> Outcome:
        payment = await self.execute(job.institution, job.payload["payment"])
        unanswered = payment.state is BillPaymentState.ACCEPTED
        return Retry("no answer yet") if unanswered else Done()

    async def _given_up(
        self, tx: Tx, job: Job, state: Literal["dead", "unknown"], reason: str
    ) -> None:
        payment = must(await self._store.find(tx, job.institution, job.payload["payment"]))
        self._record(tx, payment, BillEvent.GIVEN_UP, f"{state}: {reason}")

    async def _step(self, institution: Institution, payment: BillPayment) -> BillPayment | None:
        """Do what comes next; None where there is no answer yet."""
        if not payment.hold_id:
            return await self._hold(institution, payment)
        if payment.biller_receipt:
            return await self._settle(institution, payment)
        if payment.reason:
            return await self._release(institution, payment)
        return await self._pay(payment)

    async def _hold(self, institution: Institution, payment: BillPayment) -> BillPayment | None:
        answer = await self._core(institution).hold(
            self._call(payment, "hold"), _transfer_of(payment)
        )
        match answer:
            case Held(hold_id):
                async with self._ports.database.transaction() as tx:
                    return await self._noted(
                        tx, payment, await self._store.note_hold(tx, payment, hold_id)
                    )
            case CoreRefused(code):
                if code in UNANSWERED:
                    return None
                return await self._fail(institution, payment, _spelt(code))
            case Unknown():
                return None
            case _:
                assert_never(answer)

    async def _pay(self, payment: BillPayment) -> BillPayment | None:
        answer = await self._ask_biller(payment)
        async with self._ports.database.transaction() as tx:
            match answer:
                case Paid(receipt_number):
                    noted = await self._store.note_taken(tx, payment, receipt_number)
                case Refused(reason):
                    noted = await self._store.note_refused(tx, payment, reason or "by-biller")
                case NoAnswer():
                    return None
                case _:
                    assert_never(answer)
            return await self._noted(tx, payment, noted)

    async def _ask_biller(self, payment: BillPayment) -> Paid | Refused | NoAnswer:
        """Pay; where it was tried before, ask first what became of it."""
        network = must(self._ports.network, "the way to the billers")
        if payment.asked_at is not None:
            known = await network.inquire_payment(payment.institution, payment.id)
            if not isinstance(known, NeverArrived):
                return known
        else:
            async with self._ports.database.transaction() as tx:
                await self._store.note_asked(tx, payment, self._ports.clock.now())
        return await network.pay(
            payment.institution, payment.id, payment.numbers, payment.bill.amount
        )

    async def _settle(self, institution: Institution, payment: BillPayment) -> BillPayment | None:
        answer = await self._core(institution).settle(
            self._call(payment, "settle"), payment.hold_id
        )
        match answer:
            case Settled(acceptance_number=number):
                return await self._paid(institution, payment, number)
            case CoreRefused(code):
                return None if code in UNANSWERED else await self._unsettled(payment, _spelt(code))
            case Unknown():
                return None
            case _:
                assert_never(answer)

    async def _release(self, institution: Institution, payment: BillPayment) -> BillPayment | None:
        answer = await self._core(institution).release(
            self._call(payment, "release"), payment.hold_id, ReleaseReason.VOIDED
        )
        match answer:
            case Released():
                return await self._fail(institution, payment, payment.reason)
            case CoreRefused(code):
                if code in UNANSWERED:
                    return None
                if code in HOLD_ENDED:  # by the bank's own hand: nothing is held any more
                    return await self._fail(institution, payment, payment.reason)
                raise BrokenInvariant(f"a hold of ours cannot be released: {_spelt(code)}")
            case Unknown():
                return None
            case _:
                assert_never(answer)

    async def _paid(
        self, institution: Institution, payment: BillPayment, acceptance_number: str
    ) -> BillPayment:
        async with self._ports.database.transaction() as tx:
            done = await self._store.end(
                tx, payment, BillPaymentState.PAID, self._now(),
                acceptance_number=acceptance_number,
            )  # fmt: skip
            if done is not None:
                self._record(tx, done, BillEvent.PAID)
                await tell_paid(tx, self._ports, institution, done)
            return await self._noted(tx, payment, done)

    async def _fail(
        self, institution: Institution, payment: BillPayment, reason: str
    ) -> BillPayment:
        async with self._ports.database.transaction() as tx:
            done = await self._store.end(
                tx, payment, BillPaymentState.FAILED, self._now(), reason=reason
            )
            if done is not None:
                self._record(tx, done, BillEvent.FAILED, reason)
                await tell_failed(tx, self._ports, institution, done)
            return await self._noted(tx, payment, done)

    async def _unsettled(self, payment: BillPayment, reason: str) -> BillPayment:
        """The bill is paid with the bank's money: told to staff, and to nobody else."""
        async with self._ports.database.transaction() as tx:
            done = await self._store.end(
                tx, payment, BillPaymentState.UNSETTLED, self._now(), reason=reason
            )
            if done is not None:
                self._record(tx, done, BillEvent.UNSETTLED, reason)
            return await self._noted(tx, payment, done)

    async def _noted(self, tx: Tx, payment: BillPayment, noted: BillPayment | None) -> BillPayment:
        """Return what was written; where another executor has ended the payment, what it wrote."""
        if noted is not None:
            return noted
        return must(await self._store.find(tx, payment.institution, payment.id), "a payment")

    def _record(self, tx: Tx, payment: BillPayment, event: BillEvent, reason: str = "") -> None:
        entry = Entry(
            institution=payment.institution,
            event=event,
            result="done" if event is BillEvent.PAID else "failed",
            actor=payment.payer.contract_id,
            subject=payment.id,
            reason=reason,
            reference=payment.signs.reference,
            detail={"receipt": payment.receipt_number},
        )
        self._ports.log.append(tx, entry)

    def _core(self, institution: Institution) -> CoreBank:
        return self._ports.core_of(institution)

    def _call(self, payment: BillPayment, step: str) -> Call:
        return Call(
            institution=payment.institution,
            correlation_id=payment.signs.reference,
            deadline=self._now() + PATIENCE,
            idempotency_key=f"bill:{payment.id}:{step}",
        )

    def _now(self) -> datetime:
        return self._ports.clock.now()


def _transfer_of(payment: BillPayment) -> Transfer:
    payee = BillPayee(
        biller_code=payment.numbers.biller_code,
        biller_name=payment.bill.biller_name,
        payment_number=payment.numbers.payment_number,
    )
    return Transfer(
        from_account=payment.payer.account_id,
        payee=payee,
        amount=Yen(payment.bill.amount),
        remarks=f"ﾍﾟｲｼﾞ- {payment.numbers.biller_code}",
        payee_remarks="",
        expires_at=payment.made_at + HOLD_LASTS,
    )


def _spelt(code: Refusal) -> str:
    return code.name.lower().replace("_", "-")
