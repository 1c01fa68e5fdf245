"""A `BillerNetwork` of invented billers, whose state stands in the database."""

import hashlib
from datetime import datetime

import msgspec

from madoguchi.bill_payments.ports import (
    ALREADY_PAID,
    Expired,
    NeverArrived,
    NoAnswer,
    NoSuchBill,
    NotAvailable,
    Paid,
    Refused,
)
from madoguchi.bill_payments.rules import Bill, BillNumbers
from madoguchi.bill_payments.simulator import store
from madoguchi.bill_payments.simulator.rules import (
    Behaviour,
    answers_at,
    behaviour_of,
    bill_of,
    refusal_of,
)
from madoguchi.kernel.clock import Clock
from madoguchi.kernel.money import Yen
from madoguchi.plumbing.database import Database, Tx


class BillerSimulator:
    """The invented billers; every process that has the database meets the same ones."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def inquire(
        self, institution: str, numbers: BillNumbers
    ) -> Bill | NoSuchBill | Expired | NotAvailable:
        """Return the bill that its numbers make, and whether it was paid here."""
        bill = bill_of(numbers, self._clock.now())
        if not isinstance(bill, Bill):
            return bill
        async with self._database.transaction() as tx:
            taken = await _is_taken(tx, institution, numbers)
        return msgspec.structs.replace(bill, already_paid=bill.already_paid or taken)

    async def pay(
        self, institution: str, order_id: str, numbers: BillNumbers, amount: Yen
    ) -> Paid | Refused | NoAnswer:
        """Take or refuse the order, once; the same id gets the first answer again."""
        now = self._clock.now()
        async with self._database.transaction() as tx:
            await tx.execute(
                store.LOCK_BILL, institution, numbers.biller_code, numbers.payment_number
            )
            known = await tx.maybe(store.Order, store.FIND, institution, order_id)
            if known is None:
                if await _is_lost(tx, institution, order_id, numbers):
                    return NoAnswer()
                await self._take(tx, institution, order_id, numbers, amount, now)
                known = await tx.one(store.Order, store.FIND, institution, order_id)
        return _answer(known, now)

    async def inquire_payment(
        self, institution: str, order_id: str
    ) -> Paid | Refused | NeverArrived | NoAnswer:
        """Return what became of the order."""
        async with self._database.transaction() as tx:
            known = await tx.maybe(store.Order, store.FIND, institution, order_id)
        return NeverArrived() if known is None else _answer(known, self._clock.now())

    async def _take(
        self, tx: Tx, institution: str, order_id: str, numbers: BillNumbers, amount: Yen,
        now: datetime,
    ) -> None:  # fmt: skip
        taken = await _is_taken(tx, institution, numbers)
        refused = ALREADY_PAID if taken else refusal_of(numbers, amount, now)
        await tx.execute(
            store.INSERT,
            *(institution, order_id, numbers.biller_code, numbers.payment_number, amount),
            *(answers_at(numbers, now), refused, _receipt_number(order_id)),
        )


async def _is_taken(tx: Tx, institution: str, numbers: BillNumbers) -> bool:
    return bool(
        await tx.value(store.IS_TAKEN, institution, numbers.biller_code, numbers.payment_number)
    )


async def _is_lost(tx: Tx, institution: str, order_id: str, numbers: BillNumbers) -> bool:
    """Lose the first sending of an order that is to be lost."""
    if behaviour_of(numbers) is not Behaviour.LOST:
        return False
    return bool(await tx.execute(store.LOSE, institution, order_id))


def _answer(order: store.Order, now: datetime) -> Paid | Refused | NoAnswer:
    if now < order.answers_at:
        return NoAnswer()
    if order.refused:
        return Refused(order.refused)
    return Paid(order.receipt_number, order.answers_at)


def _receipt_number(order_id: str) -> str:
    """Return twelve digits that the biller would give this order."""
    digest = hashlib.sha256(order_id.encode()).digest()
    return f"{int.from_bytes(digest[:8], 'big') % 10**12:012}"
