"""An interbank network that answers by the payee's account number."""

import hashlib
from datetime import datetime, timedelta
from enum import StrEnum

import msgspec

from madoguchi.core_bank.interbank import (
    Accepted,
    NoAnswer,
    Order,
    RefusedByNetwork,
    Returned,
)
from madoguchi.core_bank.port import (
    AccountKind,
    NeverSeen,
    NoSuchPayee,
    PayeeName,
    PayeeNotOffered,
)
from madoguchi.core_bank.simulated_interbank import store
from madoguchi.kernel.clock import Clock
from madoguchi.plumbing.database import Database, DatabaseUnavailable

LATE_BY = timedelta(seconds=30)
RETURNED_AFTER = timedelta(seconds=60)
NO_LOOK_UP = "5"
NAMES = ("ｻﾝﾌﾟﾙ ﾀﾛｳ", "ｻﾝﾌﾟﾙ ﾊﾅｺ", "ｻﾝﾌﾟﾙ ｼﾖｳｼﾞ(ｶ", "ｻﾝﾌﾟﾙ ｲﾁﾛｳ", "ｻﾝﾌﾟﾙ ﾅﾅｺ")


class Ending(StrEnum):
    """The last digit of an account number that does something else than accept."""

    NOBODY = "6"
    RETURNED = "7"
    LATE = "8"
    REFUSED = "9"


class SimulatedInterbank:
    """An `InterbankNetwork` of the demo. Its state is in the database: all processes agree.

    By the last digit of the payee's account number:

    - 6: no such account. The name look-up says so, and a transfer is refused.
    - 7: accepted, and returned a minute after it was first sent.
    - 8: late: no answer for 30 seconds after it was first sent, then accepted.
    - 9: has a name, but a transfer is refused.
    - all others: accepted.

    Names are invented and say so (ｻﾝﾌﾟﾙ); banks whose code ends in 5 offer no look-up.
    """

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def send(self, order: Order) -> Accepted | RefusedByNetwork | NoAnswer:
        """Note the order, once, and say how it stands."""
        payee = order.payee
        now = self._clock.now()
        try:
            async with self._database.statements() as tx:
                await tx.execute(
                    store.SEE_ORDER,
                    order.institution,
                    order.id,
                    payee.bank_code,
                    payee.number,
                    order.amount,
                    now,
                )
        except DatabaseUnavailable:
            return NoAnswer()
        said = await self.inquire(order.institution, order.id)
        return NoAnswer() if isinstance(said, NeverSeen) else said

    async def inquire(
        self, institution: str, order_id: str
    ) -> Accepted | RefusedByNetwork | NoAnswer | NeverSeen:
        """Say how an order stands."""
        try:
            async with self._database.statements() as tx:
                row = await tx.maybe(SeenRow, store.ORDER, institution, order_id)
        except DatabaseUnavailable:
            return NoAnswer()
        return NeverSeen() if row is None else _answer(row, self._clock.now())

    async def payee_name(
        self, bank_code: str, branch_code: str, kind: AccountKind, number: str
    ) -> PayeeName | NoSuchPayee | PayeeNotOffered | NoAnswer:
        """Return an invented name, always the same for one account."""
        if bank_code.endswith(NO_LOOK_UP):
            return PayeeNotOffered()
        if number.endswith(Ending.NOBODY):
            return NoSuchPayee()
        account = f"{bank_code}-{branch_code}-{kind}-{number}"
        place = hashlib.sha256(account.encode()).digest()[0] % len(NAMES)
        return PayeeName(NAMES[place])

    async def returns(self, institution: str, since: str | None) -> tuple[Returned, ...] | NoAnswer:
        """Return what came back; what is due comes back now."""
        now = self._clock.now()
        try:
            async with self._database.transaction() as tx:
                await tx.execute(store.LOCK_RETURNS, institution)
                due = now - RETURNED_AFTER
                await tx.execute(store.RETURN_DUE, institution, Ending.RETURNED, due, now)
                rows = await tx.many(ReturnedRow, store.RETURNS, institution, int(since or 0))
        except DatabaseUnavailable:
            return NoAnswer()
        return tuple(
            Returned(
                order_id=row.order_id,
                reason="simulated: the account ends in 7",
                at=row.returned_at,
                cursor=str(row.number),
            )
            for row in rows
        )


class SeenRow(msgspec.Struct, frozen=True):
    """An order that the network has."""

    number: str
    first_sent_at: datetime


class ReturnedRow(msgspec.Struct, frozen=True):
    """An order that came back."""

    number: int
    order_id: str
    returned_at: datetime


def _answer(row: SeenRow, now: datetime) -> Accepted | RefusedByNetwork | NoAnswer:
    match row.number[-1]:
        case Ending.NOBODY | Ending.REFUSED as ending:
            return RefusedByNetwork(f"simulated: the account ends in {ending}")
        case Ending.LATE if now < row.first_sent_at + LATE_BY:
            return NoAnswer()
        case _:
            return Accepted()
