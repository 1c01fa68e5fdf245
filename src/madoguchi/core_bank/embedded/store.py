"""The embedded core's SQL. Its writes are functions of the schema: one statement each."""

from datetime import date

import msgspec

ACCOUNTS = """
SELECT a.id, a.branch_code, a.kind, a.number, a.status, a.moved_to, a.holder_id,
    a.passbook_withdrawal, a.opened_on, EXISTS (
        SELECT FROM embedded_core.card c
        WHERE c.institution = a.institution AND c.account_id = a.id AND c.lost_at IS NULL
    ) AS has_card
FROM embedded_core.account a"""

FIND_ACCOUNT = (
    ACCOUNTS + " WHERE a.institution = $1 AND a.branch_code = $2 AND a.kind = $3 AND a.number = $4"
)

ACCOUNT = ACCOUNTS + " WHERE a.institution = $1 AND a.id = $2"

ACCOUNTS_OF_HOLDER = (
    ACCOUNTS
    + " WHERE a.institution = $1 AND a.holder_id = $2 ORDER BY a.branch_code, a.kind, a.number"
)

HOLDER = """
SELECT id, kind, name_kana, name, birth_date, phones, email, member FROM embedded_core.holder
WHERE institution = $1 AND id = $2"""

CARD_IN_USE = """
SELECT id, pin_verification_value FROM embedded_core.card
WHERE institution = $1 AND account_id = $2 AND lost_at IS NULL"""

BALANCES = """
SELECT status, moved_to, balance AS ledger, balance + overdraft_limit - held AS available
FROM embedded_core.account WHERE institution = $1 AND id = $2"""

# One row for the account even where it has no lines; days $3 to $4, lines older than ($5, $6).
TRANSACTIONS = """
SELECT a.status, a.moved_to, p.line, p.posted_day, p.value_day, p.amount, p.balance_after, p.kind,
    p.remarks, encode(substr(p.hash, 1, 16), 'hex') AS id
FROM embedded_core.account a LEFT JOIN LATERAL (
    SELECT * FROM embedded_core.posting
    WHERE institution = $1 AND account_id = $2 AND posted_day BETWEEN $3 AND $4
        AND (posted_day, line) < ($5::date, $6::bigint)
    ORDER BY posted_day DESC, line DESC LIMIT $7
) p ON true
WHERE a.institution = $1 AND a.id = $2
ORDER BY p.posted_day DESC, p.line DESC"""

TIME_DEPOSITS = """
SELECT d.account_id || '-' || d.deposit_number AS id, d.account_id, a.branch_code,
    a.number AS account_number, d.deposit_number, d.principal, d.rate_percent, d.opened_on,
    d.matures_on, d.renewal
FROM embedded_core.account a
JOIN embedded_core.time_deposit d ON d.institution = a.institution AND d.account_id = a.id
WHERE a.institution = $1 AND a.holder_id = $2 AND a.status = 'open'
ORDER BY a.branch_code, a.number, d.deposit_number"""

PAYEE_NAME = """
SELECT h.name_kana FROM embedded_core.account a
JOIN embedded_core.holder h ON h.institution = a.institution AND h.id = a.holder_id
WHERE a.institution = $1 AND a.branch_code = $2 AND a.kind = $3 AND a.number = $4
    AND a.status = 'open' AND a.kind <> 'time_deposit'"""

EVENTS = """
SELECT number, kind, account_id, moved_to, happened_at, hold_id, amount FROM embedded_core.event
WHERE institution = $1 AND number > $2 ORDER BY number LIMIT $3"""

FIRST_ANSWER = "SELECT embedded_core.first_answer($1, $2, NULL)"

HOLD = """
SELECT embedded_core.hold_transfer($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)"""
REFUSE = "SELECT embedded_core.refuse($1, $2, $3, $4, $5)"
SETTLE = "SELECT embedded_core.settle_hold($1, $2, $3, $4, $5)"
TRANSFER_MANY = """
SELECT embedded_core.transfer_many($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)"""
RELEASE = "SELECT embedded_core.release_hold($1, $2, $3, $4, $5, $6)"
ADDRESS_CHANGE = "SELECT embedded_core.request_address_change($1, $2, $3, $4, $5, $6, $7, $8, $9)"

# What the network said.
FINISH_OUTGOING = "SELECT embedded_core.finish_outgoing($1, $2, $3, $4)"
UNANSWERED = """
SELECT embedded_core.sent_out(h, true) FROM embedded_core.outgoing o
JOIN embedded_core.hold h ON h.institution = o.institution AND h.id = o.hold_id
WHERE o.institution = $1 AND o.state = 'sending' AND o.sent_at <= $2 ORDER BY o.sent_at LIMIT 100"""
RETURN_CURSOR = "SELECT cursor FROM embedded_core.return_cursor WHERE institution = $1"
TAKE_RETURN = "SELECT embedded_core.take_return($1, $2, $3, $4, $5, $6, $7)"

# What the administration does.
POST = "SELECT embedded_core.post_journals($1, $2, $3)"
ADD_EVENT = "SELECT embedded_core.add_event($1, $2, $3, $4, $5)"
ADD_HOLDER = """
INSERT INTO embedded_core.holder (institution, id, kind, name_kana, name, birth_date, phones, email,
    member)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)"""
ADD_ACCOUNT = """
INSERT INTO embedded_core.account (institution, id, holder_id, branch_code, kind, number, opened_on,
    last_day, passbook_withdrawal, overdraft_limit)
VALUES ($1, $2, $3, $4, $5, $6, $7::date, $7::date, $8, $9)"""
ADD_CARD = """
INSERT INTO embedded_core.card (institution, id, account_id, pin_verification_value, issued_at)
VALUES ($1, $2, $3, $4, $5)"""
ADD_TIME_DEPOSIT = """
INSERT INTO embedded_core.time_deposit (institution, account_id, deposit_number, principal,
    rate_percent, opened_on, matures_on, renewal)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)"""
LOSE_CARD = """
UPDATE embedded_core.card SET lost_at = $3
WHERE institution = $1 AND account_id = $2 AND lost_at IS NULL"""
MOVE_CARD = (
    "UPDATE embedded_core.card SET account_id = $3 WHERE institution = $1 AND account_id = $2"
)
LOCK_ACCOUNT = """
SELECT holder_id, kind, status, balance, held, passbook_withdrawal, overdraft_limit
FROM embedded_core.account WHERE institution = $1 AND id = $2 FOR NO KEY UPDATE"""
END_ACCOUNT = """
UPDATE embedded_core.account
SET status = CASE WHEN $3::text IS NULL THEN 'closed' ELSE 'moved' END, moved_to = $3
WHERE institution = $1 AND id = $2 AND status = 'open'"""
JOURNAL_POSTINGS = """
SELECT account_id AS account, bank_account AS bank, amount FROM embedded_core.posting
WHERE institution = $1 AND journal_id = $2 ORDER BY entry"""
HAS_HOLDERS = "SELECT EXISTS (SELECT FROM embedded_core.holder WHERE institution = $1)"
LOCK_LOADING = "SELECT pg_advisory_xact_lock(x'6c6f6164'::integer, hashtext($1))"

# The audit: one statement, so that it sees the books as they were at one moment.
BROKEN_RULES = "SELECT rule, place FROM embedded_core.broken_books($1)"
BOOKS_DIGEST = """
SELECT count(*) AS accounts,
    (SELECT count(*) FROM embedded_core.journal WHERE institution = $1) AS journals,
    encode(sha256(coalesce(string_agg(last_hash, ''::bytea ORDER BY id), '')), 'hex') AS digest
FROM embedded_core.account WHERE institution = $1"""


class CardRow(msgspec.Struct, frozen=True):
    """A card in use."""

    id: str
    pin_verification_value: bytes


class LineRow(msgspec.Struct, frozen=True):
    """How the account stands and one of its lines; all of the line is None where there is none."""

    status: str
    moved_to: str | None
    line: int | None
    posted_day: date
    value_day: date
    amount: int
    balance_after: int
    kind: str
    remarks: str
    id: str


class LockedAccountRow(msgspec.Struct, frozen=True):
    """An account under lock."""

    holder_id: str
    kind: str
    status: str
    balance: int
    held: int
    passbook_withdrawal: bool
    overdraft_limit: int
