"""Looking bills up, accepting payments, and finding them again."""

from datetime import datetime, timedelta
from typing import assert_never

from madoguchi.bill_payments.events import BillEvent
from madoguchi.bill_payments.execution import Executor
from madoguchi.bill_payments.outcomes import BillRefused, PaymentAccepted, Why
from madoguchi.bill_payments.ports import BillPaymentPorts, Expired, NoSuchBill, NotAvailable
from madoguchi.bill_payments.rules import (
    Bill,
    BillNumbers,
    BillOrder,
    BillPayment,
    BillSigns,
    is_over,
    left_of,
)
from madoguchi.bill_payments.store import Store
from madoguchi.institutions import Institution
from madoguchi.kernel.clock import japan_day
from madoguchi.kernel.entropy import new_id
from madoguchi.kernel.errors import BrokenInvariant
from madoguchi.kernel.money import Yen
from madoguchi.operations_log import Entry
from madoguchi.plumbing.database import Tx
from madoguchi.plumbing.jobs import Kind, enqueue

DRAWS = 5
HEAD_START = timedelta(seconds=5)
"""The web executes first; the worker only where the web could not."""
LISTED = 100


class BillPayments:
    """Payments of bills; made once in `app`."""

    def __init__(self, ports: BillPaymentPorts) -> None:
        self._ports = ports
        self._store = Store(ports.keys)
        self._executor = Executor(ports, self._store)

    def offered(self) -> bool:
        """Say whether there is a way to the billers at all."""
        return self._ports.network is not None

    async def look_up(
        self, institution: Institution, numbers: BillNumbers, now: datetime
    ) -> Bill | BillRefused:
        """Ask the biller for the bill; refused where it cannot be paid now."""
        if self._ports.network is None:
            return BillRefused(Why.NOT_OFFERED)
        answer = await self._ports.network.inquire(institution.code, numbers)
        match answer:
            case Bill():
                refused = _judge(answer, now)
                return refused or answer
            case NoSuchBill():
                return BillRefused(Why.NO_SUCH_BILL)
            case Expired():
                return BillRefused(Why.EXPIRED)
            case NotAvailable():
                return BillRefused(Why.NOT_AVAILABLE)
            case _:
                assert_never(answer)

    async def accept(
        self, tx: Tx, institution: Institution, order: BillOrder,
        *, once: str, signs: BillSigns, now: datetime,
    ) -> PaymentAccepted | BillRefused:  # fmt: skip
        """Record that the customer confirmed this order, and have it executed if `tx` commits.

        `once` names the confirmation (a visit's id): a second call gets the first payment again.
        The amount goes to the biller with the order, which refuses another one.
        """
        if self._ports.network is None:
            return BillRefused(Why.NOT_OFFERED)
        code = institution.code
        await self._store.lock(tx, code, order.payer.contract_id)
        earlier = await self._store.find_once(tx, code, once)
        if earlier is not None:
            return PaymentAccepted(earlier)
        refused = _judge(order.bill, now) or await self._over_limit(tx, institution, order, now)
        if refused is not None:
            return refused
        payment = await self._insert(tx, code, order, once, signs, now)
        if payment is None:
            return BillRefused(Why.UNDER_WAY)
        self._record(tx, payment, once)
        await enqueue(
            tx,
            institution=code,
            kind=Executor.KIND,
            key=payment.id,
            payload={"payment": payment.id},
            run_at=now + HEAD_START,
        )
        return PaymentAccepted(payment)

    async def execute(self, institution_code: str, payment_id: str) -> BillPayment:
        """Carry the payment as far as it goes now, in transactions of its own; return it.

        May be called by anybody, at any time, also by several at once. Where the core or the biller
        gives no answer the payment stays accepted, and the job goes on with it.
        """
        return await self._executor.execute(institution_code, payment_id)

    async def left_today(
        self, tx: Tx, institution: Institution, contract_id: str, now: datetime
    ) -> Yen:
        """Return what may still be paid under the contract on this Japan day."""
        paid = await self._store.paid_on(tx, institution.code, contract_id, japan_day(now))
        per_day = await self._ports.day_limit(tx, institution, contract_id, now)
        return left_of(per_day, paid)

    async def find(
        self, tx: Tx, institution: str, contract_id: str, payment_id: str
    ) -> BillPayment | None:
        """Return a payment of this contract; None for any other's."""
        payment = await self._store.find(tx, institution, payment_id)
        mine = payment is not None and payment.payer.contract_id == contract_id
        return payment if mine else None

    async def list_of(
        self, tx: Tx, institution: str, contract_id: str, limit: int = LISTED
    ) -> list[BillPayment]:
        """Return the contract's payments, newest first."""
        return await self._store.list_of(tx, institution, contract_id, limit)

    async def list_open(self, tx: Tx, institution: str, limit: int = LISTED) -> list[BillPayment]:
        """Return every contract's payments that are under way or unsettled, oldest first.

        For staff: unsettled ones, and those under way for long, are theirs to clear up.
        """
        return await self._store.list_open(tx, institution, limit)

    def kinds(self) -> list[Kind]:
        """Return the kinds of jobs by which a `Worker` executes payments."""
        return [self._executor.kind()]

    async def _over_limit(
        self, tx: Tx, institution: Institution, order: BillOrder, now: datetime
    ) -> BillRefused | None:
        left = await self.left_today(tx, institution, order.payer.contract_id, now)
        return BillRefused(Why.OVER_LIMIT, {"left": left}) if order.bill.amount > left else None

    async def _insert(
        self, tx: Tx, institution: str, order: BillOrder, once: str, signs: BillSigns, now: datetime
    ) -> BillPayment | None:
        """Return the new payment; None where the bill is under way."""
        entropy = self._ports.entropy
        for _ in range(DRAWS):
            drawn = "".join(entropy.draw("0123456789") for _ in range(10))
            receipt_number = f"{japan_day(now):%y%m%d}-{drawn}"
            payment = await self._store.insert(
                tx, institution, new_id(entropy), once, receipt_number, order, signs, now
            )
            if payment is not None:
                return payment
            if await self._store.is_under_way(tx, institution, order.numbers):
                return None
        raise BrokenInvariant("no receipt number could be drawn")

    def _record(self, tx: Tx, payment: BillPayment, once: str) -> None:
        entry = Entry(
            institution=payment.institution,
            event=BillEvent.ACCEPTED,
            result="done",
            actor=payment.payer.contract_id,
            subject=payment.id,
            source=payment.signs.source,
            reference=payment.signs.reference,
            journey=once,
            detail={
                "biller": payment.numbers.biller_code,
                "amount": str(payment.bill.amount),
                "receipt": payment.receipt_number,
            },
        )
        self._ports.log.append(tx, entry)


def _judge(bill: Bill, now: datetime) -> BillRefused | None:
    if bill.already_paid:
        return BillRefused(Why.ALREADY_PAID)
    return BillRefused(Why.EXPIRED) if is_over(bill, japan_day(now)) else None
