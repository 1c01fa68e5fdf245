"""Transfers' rows."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

import msgspec

from madoguchi.institutions import Limits
from madoguchi.kernel.errors import must
from madoguchi.plumbing.database import Tx
from madoguchi.transfers.model import (
    Order,
    Payee,
    Payer,
    RegisteredPayee,
    Transfer,
    TransferState,
)

FIND = "SELECT * FROM transfers_transfer WHERE institution = $1 AND id = $2"
FIND_OF = FIND + " AND contract_id = $3"
LIST_OF = """
SELECT * FROM transfers_transfer
WHERE institution = $1 AND contract_id = $2 AND (cardinality($3::text[]) = 0 OR state = ANY ($3))
    AND ($4 = '' OR (made_at, id) < (SELECT seen.made_at, seen.id FROM transfers_transfer AS seen
        WHERE seen.institution = $1 AND seen.contract_id = $2 AND seen.id = $4))
ORDER BY made_at DESC, id DESC LIMIT $5"""
LIST_HELD = """
SELECT * FROM transfers_transfer WHERE institution = $1 AND state = 'awaiting-review'
ORDER BY made_at, id LIMIT $2"""

LIST_LATE = """
SELECT * FROM transfers_transfer
WHERE institution = $1 AND state IN ('accepted', 'reserved', 'executing') AND runs_at < $2
ORDER BY runs_at, id LIMIT $3"""

# what is in the way of a new order, read in one statement after the lock was taken
FACTS = """
SELECT
    (SELECT id FROM transfers_transfer
        WHERE institution = $1 AND contract_id = $2 AND once = $3) AS again,
    coalesce(sum(amount) FILTER (WHERE executes_on = $4), 0)::bigint AS used_day,
    coalesce(sum(amount), 0)::bigint AS used_month,
    EXISTS (SELECT FROM transfers_payee
        WHERE institution = $1 AND contract_id = $2 AND bank_code = $7 AND branch_code = $8
            AND kind = $9 AND number = $10 AND registered_at <= $11)
    OR EXISTS (SELECT FROM transfers_transfer
        WHERE institution = $1 AND contract_id = $2 AND payee_bank_code = $7
            AND payee_branch_code = $8 AND payee_kind = $9 AND payee_number = $10
            AND state = 'done' AND done_at <= $11) AS known_payee
FROM transfers_transfer
WHERE institution = $1 AND contract_id = $2 AND executes_on >= $5 AND executes_on < $6
    AND destination <> 'own'
    AND state IN ('accepted', 'awaiting-review', 'reserved', 'executing', 'done')"""

INSERT = """
INSERT INTO transfers_transfer (
    institution, id, contract_id, once, receipt_number, state,
    holder_id, account_id, payer_branch_code, payer_kind, payer_number, payer_name_kana,
    payer_member, payer_name,
    payee_bank_code, payee_bank_name, payee_branch_code, payee_branch_name, payee_kind,
    payee_number, payee_name_kana, payee_name_checked, payee_account_id, payee_holder_id,
    amount, asked_on, destination, fee, fees_valid_from, made_at, executes_on, runs_at,
    begins_until, reserved, why_later, language, source, reference, score, score_reasons,
    sealed_email)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20,
    $21, $22, $23, $24, $25, $26, $27, $28, $29, $30, $31, $32, $33, $34, $35, $36, $37, $38, $39,
    $40, $41)
ON CONFLICT (institution, receipt_number) DO NOTHING"""

# `$4`: also what is reserved, or was accepted until `$6`; `$5`: until when the core may settle
CLAIM = """
UPDATE transfers_transfer SET state = 'executing', hold_expires_at = $5
WHERE institution = $1 AND id = $2 AND state IN ('accepted', 'reserved')
    AND runs_at <= $3 AND $3 < begins_until AND ($4 OR (NOT reserved AND made_at > $6))
RETURNING *"""
FIND_MANY = "SELECT * FROM transfers_transfer WHERE institution = $1 AND id = ANY ($2::text[])"
CLAIM_MANY = CLAIM.replace("id = $2", "id = ANY ($2::text[])")
NOTE_HOLD = """
UPDATE transfers_transfer SET hold_id = $3
WHERE institution = $1 AND id = $2 AND state = 'executing' AND hold_id = ''"""
DONE = """
UPDATE transfers_transfer SET
    state = CASE WHEN returned_at IS NULL THEN 'done' ELSE 'returned' END, reason = return_reason,
    done_at = $3, hold_id = $4, transaction_id = $5, acceptance_number = $6
WHERE institution = $1 AND id = $2 AND state = 'executing'
RETURNING *"""
FAILED = """
UPDATE transfers_transfer SET state = 'failed', done_at = $3, reason = $4
WHERE institution = $1 AND id = $2 AND state = 'executing'
RETURNING *"""
DONE_MANY = """
UPDATE transfers_transfer AS t SET
    state = CASE WHEN returned_at IS NULL THEN 'done' ELSE 'returned' END, reason = return_reason,
    done_at = $3, hold_id = given.hold_id, transaction_id = given.transaction_id,
    acceptance_number = given.acceptance_number
FROM unnest($2::text[], $4::text[], $5::text[], $6::text[])
    AS given (id, hold_id, transaction_id, acceptance_number)
WHERE t.institution = $1 AND t.id = given.id AND t.state = 'executing'
RETURNING t.*"""
FAILED_MANY = """
UPDATE transfers_transfer AS t SET state = 'failed', done_at = $3, reason = given.reason
FROM unnest($2::text[], $4::text[]) AS given (id, reason)
WHERE t.institution = $1 AND t.id = given.id AND t.state = 'executing'
RETURNING t.*"""
# only what no core was ever asked for
MISSED = """
UPDATE transfers_transfer SET state = 'failed', done_at = $3, reason = $4
WHERE institution = $1 AND id = $2 AND state = $5
RETURNING *"""
CANCEL = """
UPDATE transfers_transfer SET state = 'cancelled', done_at = $4, reason = 'by-customer'
WHERE institution = $1 AND id = $2 AND contract_id = $3
    AND ((state = 'reserved' AND executes_on > $5) OR state = 'awaiting-review')
RETURNING *"""
APPROVE = """
UPDATE transfers_transfer SET
    state = $3, decided_by = $4, executes_on = $5, runs_at = $6, begins_until = $7, reserved = $8,
    why_later = $9
WHERE institution = $1 AND id = $2 AND state = 'awaiting-review'
RETURNING *"""
REFUSE = """
UPDATE transfers_transfer SET
    state = 'refused-by-staff', decided_by = $3, done_at = $4, reason = 'by-staff'
WHERE institution = $1 AND id = $2 AND state IN ('awaiting-review', 'reserved')
RETURNING *"""
RETURNED = """
UPDATE transfers_transfer SET
    returned_at = $3, return_reason = $4,
    state = CASE WHEN state = 'done' THEN 'returned' ELSE state END,
    reason = CASE WHEN state = 'done' THEN $4 ELSE reason END,
    done_at = CASE WHEN state = 'done' THEN $3 ELSE done_at END
WHERE institution = $1 AND hold_id = $2 AND hold_id <> '' AND returned_at IS NULL
    AND state IN ('executing', 'done')
RETURNING *"""
OF_HOLD = "SELECT id FROM transfers_transfer WHERE institution = $1 AND hold_id = $2"
OVERDUE = """
SELECT institution, id FROM transfers_transfer
WHERE runs_at < $1 AND (state IN ('accepted', 'reserved', 'executing')
    OR (state = 'awaiting-review' AND executes_on < $2))
ORDER BY runs_at LIMIT $3"""

LIMITS = "SELECT * FROM transfers_limits WHERE institution = $1 AND contract_id = $2"
LOCK_LIMITS = LIMITS + " FOR NO KEY UPDATE"
MAKE_LIMITS = """
INSERT INTO transfers_limits (institution, contract_id) VALUES ($1, $2)
ON CONFLICT (institution, contract_id) DO NOTHING"""
SET_LIMITS = """
UPDATE transfers_limits SET
    per_transfer = $3, per_day = $4, per_month = $5,
    later_per_transfer = $6, later_per_day = $7, later_per_month = $8, later_from = $9
WHERE institution = $1 AND contract_id = $2"""

COUNT_PAYEES = "SELECT count(*) FROM transfers_payee WHERE institution = $1 AND contract_id = $2"
LIST_PAYEES = """
SELECT * FROM transfers_payee WHERE institution = $1 AND contract_id = $2 ORDER BY nickname, id"""
RENAME_PAYEE = """
UPDATE transfers_payee SET
    nickname = $7, bank_name = $8, branch_name = $9, name_kana = $10, name_checked = $11,
    account_id = $12, holder_id = $13
WHERE institution = $1 AND contract_id = $2 AND bank_code = $3 AND branch_code = $4 AND kind = $5
    AND number = $6
RETURNING *"""
ADD_PAYEE = """
INSERT INTO transfers_payee (institution, contract_id, bank_code, branch_code, kind, number,
    nickname, bank_name, branch_name, name_kana, name_checked, account_id, holder_id, id,
    registered_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)
RETURNING *"""
REMOVE_PAYEE = """
DELETE FROM transfers_payee WHERE institution = $1 AND contract_id = $2 AND id = $3 RETURNING id"""
RECENT_PAYEES = """
SELECT * FROM (
    SELECT DISTINCT ON (payee_bank_code, payee_branch_code, payee_kind, payee_number) *
    FROM transfers_transfer
    WHERE institution = $1 AND contract_id = $2 AND destination <> 'own' AND state = 'done'
    ORDER BY payee_bank_code, payee_branch_code, payee_kind, payee_number, made_at DESC, id
) AS paid ORDER BY made_at DESC, id LIMIT $3"""


class Facts(msgspec.Struct, frozen=True):
    """What stands in the way of a new order."""

    again: str | None
    used_day: int
    used_month: int
    known_payee: bool


class LimitsRow(msgspec.Struct, frozen=True):
    """A row of `transfers_limits`."""

    institution: str
    contract_id: str
    per_transfer: int | None = None
    per_day: int | None = None
    per_month: int | None = None
    later_per_transfer: int | None = None
    later_per_day: int | None = None
    later_per_month: int | None = None
    later_from: date | None = None

    def on(self, day: date) -> Limits | None:
        """Return the limits that the contract has on `day`; None: the institution's."""
        later = self.later()
        if later and self.later_from and self.later_from <= day:
            return later
        return _limits(self.per_transfer, self.per_day, self.per_month)

    def later(self) -> Limits | None:
        """Return the limits that take over on `later_from`."""
        return _limits(self.later_per_transfer, self.later_per_day, self.later_per_month)


class Overdue(msgspec.Struct, frozen=True):
    """A transfer whose time has come and gone."""

    institution: str
    id: str


async def find(tx: Tx, institution: str, transfer_id: str) -> Transfer | None:
    """Return the transfer of that id."""
    return _maybe(await tx.maybe(dict, FIND, institution, transfer_id))


async def find_of(tx: Tx, institution: str, contract_id: str, transfer_id: str) -> Transfer | None:
    """Return the contract's transfer of that id."""
    return _maybe(await tx.maybe(dict, FIND_OF, institution, transfer_id, contract_id))


async def list_of(
    tx: Tx, institution: str, contract_id: str, states: Sequence[str], before: str, limit: int
) -> list[Transfer]:
    """Return the contract's transfers, newest first."""
    states = [str(state) for state in states]
    rows = await tx.many(dict, LIST_OF, institution, contract_id, states, before, limit)
    return [_transfer(row) for row in rows]


async def list_held(tx: Tx, institution: str, limit: int) -> list[Transfer]:
    """Return what awaits review, oldest first."""
    return [_transfer(row) for row in await tx.many(dict, LIST_HELD, institution, limit)]


async def list_late(tx: Tx, institution: str, before: datetime, limit: int) -> list[Transfer]:
    """Return what should have run before `before` and is not over, oldest first."""
    return [_transfer(row) for row in await tx.many(dict, LIST_LATE, institution, before, limit)]


async def facts(
    tx: Tx, order: Order, institution: str, once: str, executes_on: date, month: tuple[date, date],
    known_since: datetime,
) -> Facts:  # fmt: skip
    """Return what stands in the way of an order that is executed on that day."""
    payee = order.payee
    return await tx.one(
        Facts, FACTS, institution, order.payer.contract_id, once, executes_on, *month,
        payee.bank_code, payee.branch_code, payee.kind, payee.number, known_since,
    )  # fmt: skip


async def used(
    tx: Tx, institution: str, contract_id: str, day: date, month: tuple[date, date], now: datetime
) -> Facts:
    """Return what counts against the limits of that day and month."""
    nobody = ("", "", "", "")
    return await tx.one(Facts, FACTS, institution, contract_id, "", day, *month, *nobody, now)


async def insert(tx: Tx, transfer: Transfer, *, once: str, source: str) -> bool:
    """Add a transfer; False where its receipt number is taken."""
    order, payer, payee = transfer.order, transfer.order.payer, transfer.order.payee
    return bool(await tx.execute(
        INSERT, transfer.institution, transfer.id, payer.contract_id, once,
        transfer.receipt_number, transfer.state,
        payer.holder_id, payer.account_id, payer.branch_code, payer.kind, payer.number,
        payer.name_kana, payer.member, order.payer_name,
        payee.bank_code, payee.bank_name, payee.branch_code, payee.branch_name, payee.kind,
        payee.number, payee.name_kana, payee.name_checked, payee.account_id, payee.holder_id,
        order.amount, order.on, transfer.destination, transfer.fee, transfer.fees_valid_from,
        transfer.made_at, transfer.executes_on, transfer.runs_at, transfer.begins_until,
        transfer.reserved, transfer.why_later, transfer.language, source, transfer.reference,
        transfer.score, list(transfer.score_reasons), transfer.sealed_email,
    ))  # fmt: skip


async def change(
    tx: Tx, sql: str, institution: str, transfer_id: str, *values: object
) -> Transfer | None:
    """Run one of the changes above; None where the transfer is not in a state for it."""
    return _maybe(await tx.maybe(dict, sql, institution, transfer_id, *values))


async def find_many(tx: Tx, institution: str, ids: Sequence[str]) -> list[Transfer]:
    """Return the transfers of those ids."""
    return [_transfer(row) for row in await tx.many(dict, FIND_MANY, institution, list(ids))]


async def change_many(
    tx: Tx, sql: str, institution: str, ids: Sequence[str], *values: object
) -> list[Transfer]:
    """Run one of the changes of many; return those that were in a state for it."""
    rows = await tx.many(dict, sql, institution, list(ids), *values)
    return [_transfer(row) for row in rows]


async def limits_row(tx: Tx, institution: str, contract_id: str) -> LimitsRow:
    """Return the contract's own limits."""
    found = await tx.maybe(LimitsRow, LIMITS, institution, contract_id)
    return found or LimitsRow(institution, contract_id)


async def lock_limits(tx: Tx, institution: str, contract_id: str) -> LimitsRow:
    """Return the contract's own limits, and have its other orders wait for this transaction."""
    found = await tx.maybe(LimitsRow, LOCK_LIMITS, institution, contract_id)
    if found is None:
        await tx.execute(MAKE_LIMITS, institution, contract_id)
        found = await tx.one(LimitsRow, LOCK_LIMITS, institution, contract_id)
    return found


async def set_limits(
    tx: Tx, row: LimitsRow, now: Limits, later: Limits | None, later_from: date | None
) -> None:
    """Write the limits of a contract whose row is locked."""
    then = (later.per_transfer, later.per_day, later.per_month) if later else (None, None, None)
    await tx.execute(
        SET_LIMITS, row.institution, row.contract_id, now.per_transfer, now.per_day,
        now.per_month, *then, later_from,
    )  # fmt: skip


async def list_payees(tx: Tx, institution: str, contract_id: str) -> list[RegisteredPayee]:
    """Return the registered payees, by nickname."""
    return [_registered(row) for row in await tx.many(dict, LIST_PAYEES, institution, contract_id)]


async def rename_payee(
    tx: Tx, institution: str, contract_id: str, payee: Payee, nickname: str
) -> RegisteredPayee | None:
    """Give a registered payee a new nickname; None where it is not registered."""
    values = _payee_values(payee, nickname)
    row = await tx.maybe(dict, RENAME_PAYEE, institution, contract_id, *values)
    return _registered(row) if row else None


async def add_payee(
    tx: Tx, institution: str, contract_id: str, payee_id: str, payee: Payee, nickname: str,
    now: datetime,
) -> RegisteredPayee:  # fmt: skip
    """Register a payee."""
    values = _payee_values(payee, nickname)
    row = await tx.maybe(dict, ADD_PAYEE, institution, contract_id, *values, payee_id, now)
    return _registered(must(row))


async def recent_payees(tx: Tx, institution: str, contract_id: str, limit: int) -> list[Payee]:
    """Return whom the contract has paid, the latest first, each once."""
    rows = await tx.many(dict, RECENT_PAYEES, institution, contract_id, limit)
    return [_transfer(row).order.payee for row in rows]


def _limits(per_transfer: int | None, per_day: int | None, per_month: int | None) -> Limits | None:
    if per_transfer is None or per_day is None or per_month is None:
        return None
    return Limits(per_transfer, per_day, per_month)


def _payee_values(payee: Payee, nickname: str) -> tuple[object, ...]:
    account = (payee.bank_code, payee.branch_code, payee.kind, payee.number)
    names = (payee.bank_name, payee.branch_name, payee.name_kana, payee.name_checked)
    return (*account, nickname, *names, payee.account_id, payee.holder_id)


def _registered(row: dict[str, Any]) -> RegisteredPayee:
    payee = Payee(**{name: row[name] for name in Payee.__struct_fields__})
    return RegisteredPayee(
        id=row["id"], nickname=row["nickname"], payee=payee, registered_at=row["registered_at"]
    )


def _maybe(row: dict[str, Any] | None) -> Transfer | None:
    return None if row is None else _transfer(row)


def _transfer(row: dict[str, Any]) -> Transfer:
    payer = Payer(
        contract_id=row["contract_id"], holder_id=row["holder_id"], account_id=row["account_id"],
        branch_code=row["payer_branch_code"], kind=row["payer_kind"], number=row["payer_number"],
        name_kana=row["payer_name_kana"], member=row["payer_member"],
    )  # fmt: skip
    payee = Payee(**{name: row[f"payee_{name}"] for name in Payee.__struct_fields__})
    order = Order(
        payer=payer, payee=payee, amount=row["amount"], on=row["asked_on"],
        payer_name=row["payer_name"],
    )  # fmt: skip
    own = {name: row[name] for name in Transfer.__struct_fields__ if name in row}
    own["state"] = TransferState(row["state"])
    own["score_reasons"] = tuple(row["score_reasons"])
    return Transfer(**own, order=order)
