"""Bill payments' rows."""

from datetime import date, datetime

import msgspec

from madoguchi.bill_payments.rules import (
    Bill,
    BillNumbers,
    BillOrder,
    BillPayer,
    BillPayment,
    BillPaymentState,
    BillSigns,
)
from madoguchi.kernel.clock import japan_day
from madoguchi.kernel.money import Yen
from madoguchi.plumbing.database import Tx
from madoguchi.plumbing.keys import Keys, seal, unseal

SELECT = "SELECT * FROM bill_payments_payment WHERE institution = $1"
FIND = SELECT + " AND id = $2"
FIND_ONCE = SELECT + " AND once = $2"
FIND_UNDER_WAY = (
    SELECT
    + " AND biller_code = $2 AND payment_number = $3 AND category = $4 AND state = 'accepted'"
)
LIST_OF = SELECT + " AND contract_id = $2 ORDER BY made_at DESC, id LIMIT $3"

LIST_OPEN = SELECT + " AND state IN ('accepted', 'unsettled') ORDER BY made_at, id LIMIT $2"

INSERT = """
INSERT INTO bill_payments_payment
    (institution, id, once, receipt_number, contract_id, account_id, branch_code, account_kind,
     account_number, biller_code, biller_name, payment_number, category, amount, due,
     payable_until, sealed, language, reference, source, made_at, made_on)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20,
        $21, $22)
ON CONFLICT DO NOTHING"""

PAID_ON = """
SELECT coalesce(sum(amount), 0)::bigint FROM bill_payments_payment
WHERE institution = $1 AND contract_id = $2 AND made_on = $3 AND state <> 'failed'"""

# one confirmation at a time for one contract, so that two at once cannot both fit under the limit
LOCK_CONTRACT = "SELECT pg_advisory_xact_lock(hashtextextended($1 || ' ' || $2, 25))"

NOTE_HOLD = """
UPDATE bill_payments_payment SET hold_id = $3
WHERE institution = $1 AND id = $2 AND state = 'accepted' RETURNING *"""

NOTE_ASKED = """
UPDATE bill_payments_payment SET asked_at = coalesce(asked_at, $3)
WHERE institution = $1 AND id = $2 AND state = 'accepted' RETURNING *"""

NOTE_TAKEN = """
UPDATE bill_payments_payment SET biller_receipt = $3
WHERE institution = $1 AND id = $2 AND state = 'accepted' RETURNING *"""

NOTE_REFUSED = """
UPDATE bill_payments_payment SET reason = $3
WHERE institution = $1 AND id = $2 AND state = 'accepted' RETURNING *"""

END = """
UPDATE bill_payments_payment
SET state = $3, reason = $4, acceptance_number = $5, done_at = $6
WHERE institution = $1 AND id = $2 AND state = 'accepted' RETURNING *"""


class Row(msgspec.Struct):
    """A row of `bill_payments_payment`."""

    institution: str
    id: str
    once: str
    receipt_number: str
    state: str
    contract_id: str
    account_id: str
    branch_code: str
    account_kind: str
    account_number: str
    biller_code: str
    biller_name: str
    payment_number: str
    category: str
    amount: int
    due: date
    payable_until: date
    sealed: bytes
    language: str
    reference: str
    source: str
    made_at: datetime
    made_on: date
    hold_id: str
    asked_at: datetime | None
    biller_receipt: str
    acceptance_number: str
    reason: str
    done_at: datetime | None


class Sealed(msgspec.Struct, frozen=True):
    """What is sealed of a payment."""

    confirmation_number: str
    payer_name: str
    what: str
    email: str


class Store:
    """The rows, opened with the keys."""

    def __init__(self, keys: Keys) -> None:
        self._keys = keys

    async def find(self, tx: Tx, institution: str, payment_id: str) -> BillPayment | None:
        """Return the payment of that id."""
        return self._maybe(await tx.maybe(Row, FIND, institution, payment_id))

    async def find_once(self, tx: Tx, institution: str, once: str) -> BillPayment | None:
        """Return the payment that this visit confirmed before."""
        return self._maybe(await tx.maybe(Row, FIND_ONCE, institution, once))

    async def is_under_way(self, tx: Tx, institution: str, numbers: BillNumbers) -> bool:
        """Say whether somebody is paying this bill here."""
        row = await tx.maybe(
            Row,
            FIND_UNDER_WAY,
            institution,
            numbers.biller_code,
            numbers.payment_number,
            numbers.category,
        )
        return row is not None

    async def list_open(self, tx: Tx, institution: str, limit: int) -> list[BillPayment]:
        """Return what is under way or left to people, oldest first."""
        rows = await tx.many(Row, LIST_OPEN, institution, limit)
        return [self._payment(row) for row in rows]

    async def list_of(
        self, tx: Tx, institution: str, contract_id: str, limit: int
    ) -> list[BillPayment]:
        """Return the contract's payments, newest first."""
        rows = await tx.many(Row, LIST_OF, institution, contract_id, limit)
        return [self._payment(row) for row in rows]

    async def lock(self, tx: Tx, institution: str, contract_id: str) -> None:
        """Wait for other confirmations under this contract, until the transaction ends."""
        await tx.execute(LOCK_CONTRACT, institution, contract_id)

    async def paid_on(self, tx: Tx, institution: str, contract_id: str, day: date) -> int:
        """Return what was confirmed on a Japan day and has not failed, in yen."""
        return int(await tx.value(PAID_ON, institution, contract_id, day))

    async def insert(
        self, tx: Tx, institution: str, payment_id: str, once: str, receipt_number: str,
        order: BillOrder, signs: BillSigns, now: datetime,
    ) -> BillPayment | None:  # fmt: skip
        """Add a payment; None where its id, visit, receipt number or bill stands already."""
        payer, numbers, bill = order.payer, order.numbers, order.bill
        sealed = Sealed(numbers.confirmation_number, bill.payer_name, bill.what, signs.email)
        added = await tx.execute(
            INSERT,
            *(institution, payment_id, once, receipt_number, payer.contract_id, payer.account_id),
            *(payer.branch_code, payer.kind, payer.number, numbers.biller_code, bill.biller_name),
            *(numbers.payment_number, numbers.category, bill.amount, bill.due, bill.payable_until),
            self._seal(institution, payment_id, sealed),
            *(signs.language, signs.reference, signs.source, now, japan_day(now)),
        )
        return await self.find(tx, institution, payment_id) if added else None

    async def note_hold(self, tx: Tx, payment: BillPayment, hold_id: str) -> BillPayment | None:
        """Note that the money is set aside; None where the payment has ended meanwhile."""
        return await self._change(tx, NOTE_HOLD, payment, hold_id)

    async def note_asked(self, tx: Tx, payment: BillPayment, now: datetime) -> BillPayment | None:
        """Note that the biller is about to be asked."""
        return await self._change(tx, NOTE_ASKED, payment, now)

    async def note_taken(self, tx: Tx, payment: BillPayment, receipt: str) -> BillPayment | None:
        """Note that the biller has taken the payment."""
        return await self._change(tx, NOTE_TAKEN, payment, receipt)

    async def note_refused(self, tx: Tx, payment: BillPayment, reason: str) -> BillPayment | None:
        """Note that the biller will not take the payment."""
        return await self._change(tx, NOTE_REFUSED, payment, reason)

    async def end(
        self, tx: Tx, payment: BillPayment, state: BillPaymentState, now: datetime,
        *, reason: str = "", acceptance_number: str = "",
    ) -> BillPayment | None:  # fmt: skip
        """End the payment; None for all but the one that ends it."""
        return await self._change(tx, END, payment, state, reason, acceptance_number, now)

    async def _change(
        self, tx: Tx, statement: str, payment: BillPayment, *values: object
    ) -> BillPayment | None:
        row = await tx.maybe(Row, statement, payment.institution, payment.id, *values)
        return self._maybe(row)

    def _maybe(self, row: Row | None) -> BillPayment | None:
        return None if row is None else self._payment(row)

    def _payment(self, row: Row) -> BillPayment:
        opened = unseal(self._keys, "personal-data", row.sealed, _place(row.institution, row.id))
        sealed = msgspec.json.decode(opened, type=Sealed)
        return BillPayment(
            institution=row.institution,
            id=row.id,
            receipt_number=row.receipt_number,
            state=BillPaymentState(row.state),
            payer=BillPayer(
                contract_id=row.contract_id,
                account_id=row.account_id,
                branch_code=row.branch_code,
                kind=row.account_kind,
                number=row.account_number,
            ),
            numbers=BillNumbers(
                biller_code=row.biller_code,
                payment_number=row.payment_number,
                confirmation_number=sealed.confirmation_number,
                category=row.category,
            ),
            bill=Bill(
                biller_name=row.biller_name,
                payer_name=sealed.payer_name,
                what=sealed.what,
                amount=Yen(row.amount),
                due=row.due,
                payable_until=row.payable_until,
            ),
            signs=BillSigns(
                source=row.source,
                reference=row.reference,
                language=row.language,
                email=sealed.email,
            ),
            made_at=row.made_at,
            hold_id=row.hold_id,
            asked_at=row.asked_at,
            biller_receipt=row.biller_receipt,
            acceptance_number=row.acceptance_number,
            reason=row.reason,
            done_at=row.done_at,
        )

    def _seal(self, institution: str, payment_id: str, sealed: Sealed) -> bytes:
        encoded = msgspec.json.encode(sealed)
        return seal(self._keys, "personal-data", encoded, _place(institution, payment_id))


def _place(institution: str, payment_id: str) -> bytes:
    return f"bill {institution} {payment_id}".encode()
