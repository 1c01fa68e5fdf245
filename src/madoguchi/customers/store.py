"""Contracts' rows."""

from datetime import datetime
from typing import Any

import msgspec

SELECT = """
SELECT contract.institution, contract.id, contract.holder_id, contract.stage, contract.stopped_at,
    contract.stop_reason, chosen.login_id, contract.branch_code, contract.account_kind,
    contract.account_number, contract.email, contract.email_confirmed, contract.contact_phone,
    contract.dm_wanted, contract.language, contract.questions_done, contract.passwords_done,
    contract.made_at, coalesce((
        SELECT jsonb_agg(jsonb_build_object(
            'account_id', account.account_id, 'branch_code', account.branch_code,
            'kind', account.account_kind, 'number', account.account_number)
            ORDER BY account.position, account.account_id)
        FROM customers_account account
        WHERE account.institution = contract.institution AND account.contract_id = contract.id
    ), '[]') AS accounts
FROM customers_contract contract
LEFT JOIN customers_login_id chosen
    ON chosen.institution = contract.institution AND chosen.contract_id = contract.id
WHERE contract.institution = $1"""

FIND = SELECT + " AND contract.id = $2"

LOCK = "SELECT id FROM customers_contract WHERE institution = $1 AND id = $2 FOR UPDATE"
"""To be run before `FIND`: a statement that has waited for a lock sees old rows of other tables."""

FIND_BY_LOGIN_ID = SELECT + " AND chosen.folded = $2"

# the one that is not stopped first, else the one made last
NEWEST = " ORDER BY (contract.stopped_at IS NOT NULL), contract.made_at DESC, contract.id LIMIT 1"
FIND_BY_HOLDER = SELECT + " AND contract.holder_id = $2" + NEWEST
ON_CARD = """ AND contract.branch_code = $2 AND contract.account_kind = $3
    AND contract.account_number = $4"""
FIND_BY_ACCOUNT = SELECT + ON_CARD + NEWEST

FITTING = """ AND ($2 = '' OR chosen.folded = $2)
    AND ($3 = '' OR contract.holder_id = $3)
    AND ($4::bytea[] IS NULL OR contract.email_hash = ANY ($4))
    AND ($5::bytea[] IS NULL OR contract.contact_phone_hash = ANY ($5))
    AND ($6 = '' OR CASE WHEN contract.stopped_at IS NULL THEN contract.stage ELSE 'stopped' END
        = $6)
    AND (($7 = '' AND $8 = '' AND $9 = '') OR EXISTS (
        SELECT FROM customers_account mine
        WHERE mine.institution = $1 AND mine.contract_id = contract.id
          AND ($7 = '' OR mine.branch_code = $7) AND ($8 = '' OR mine.account_kind = $8)
          AND ($9 = '' OR mine.account_number = $9)))
    ORDER BY contract.made_at DESC, contract.id
    LIMIT $10"""
SEARCH = SELECT + FITTING

TURN = """
SELECT pg_advisory_xact_lock(hashtextextended('customers:' || $1 || ':' || $2 || ':' || $3, 0))"""
"""Of those who make or resume a contract for one person, or on one account, one goes at a time."""

MAKE = """
INSERT INTO customers_contract (institution, id, holder_id, stage, branch_code, account_kind,
    account_number, language, made_at, changed_at)
VALUES ($1, $2, $3, 'provisional', $4, $5, $6, $7, $8, $8)"""

LIVE_OF = """
SELECT id FROM customers_contract
WHERE institution = $1 AND stopped_at IS NULL AND id <> $2
  AND (holder_id = $3 OR (branch_code = $4 AND account_kind = $5 AND account_number = $6))
LIMIT 1"""

CLAIM_LOGIN_ID = """
INSERT INTO customers_login_id (institution, folded, contract_id, login_id)
VALUES ($1, $2, $3, $4)
ON CONFLICT DO NOTHING
RETURNING folded"""
"""Waits for another transaction that claims the same one, so that one of the two gets it."""

BEGIN_FIRST_LOGIN = """
UPDATE customers_contract SET stage = 'first-login', changed_at = $3
WHERE institution = $1 AND id = $2 AND stage = 'provisional' AND stopped_at IS NULL
RETURNING id"""

NOTE_STEP = """
UPDATE customers_contract
SET questions_done = questions_done OR $4 = 'questions',
    passwords_done = passwords_done OR $4 = 'passwords', changed_at = $3
WHERE institution = $1 AND id = $2 AND stage = 'first-login' AND stopped_at IS NULL
RETURNING id"""

FINISH_FIRST_LOGIN = """
UPDATE customers_contract
SET stage = 'active', email = $4, email_hash = $5, email_confirmed = false, contact_phone = $6,
    contact_phone_hash = $7, dm_wanted = $8, changed_at = $3
WHERE institution = $1 AND id = $2 AND stage = 'first-login' AND stopped_at IS NULL
  AND questions_done AND passwords_done
RETURNING id"""

BEGIN_ANEW = """
UPDATE customers_contract SET stage = 'first-login', passwords_done = false, changed_at = $3
WHERE institution = $1 AND id = $2 AND stage <> 'provisional' AND stopped_at IS NULL
RETURNING id"""

CHANGE_EMAIL = """
UPDATE customers_contract SET email = $4, email_hash = $5, email_confirmed = $6, changed_at = $3
WHERE institution = $1 AND id = $2 AND stage = 'active' AND stopped_at IS NULL
RETURNING id"""

CONFIRM_EMAIL = """
UPDATE customers_contract SET email_confirmed = true, changed_at = $3
WHERE institution = $1 AND id = $2 AND email_hash = ANY ($4::bytea[]) AND stopped_at IS NULL
RETURNING id"""

CHANGE_CONTACT = """
UPDATE customers_contract
SET contact_phone = $4, contact_phone_hash = $5, dm_wanted = $6, changed_at = $3
WHERE institution = $1 AND id = $2 AND stage = 'active' AND stopped_at IS NULL
RETURNING id"""

CHANGE_LANGUAGE = """
UPDATE customers_contract SET language = $4, changed_at = $3
WHERE institution = $1 AND id = $2 AND stopped_at IS NULL
RETURNING id"""

TOUCH = """
UPDATE customers_contract SET changed_at = $3
WHERE institution = $1 AND id = $2 AND stopped_at IS NULL
RETURNING id"""
"""Holds the contract against being stopped while its accounts change."""

ADD_ACCOUNT = """
INSERT INTO customers_account
    (institution, contract_id, account_id, branch_code, account_kind, account_number, position)
SELECT $1, $2, $3, $4, $5, $6, coalesce(max(position) + 1, 0) FROM customers_account
WHERE institution = $1 AND contract_id = $2
ON CONFLICT DO NOTHING"""

REMOVE_ACCOUNT = """
DELETE FROM customers_account WHERE institution = $1 AND contract_id = $2 AND account_id = $3"""

STOP = """
UPDATE customers_contract SET stopped_at = $3, stop_reason = $4, changed_at = $3
WHERE institution = $1 AND id = $2 AND stopped_at IS NULL
RETURNING id"""

RESUME = """
UPDATE customers_contract SET stopped_at = NULL, stop_reason = '', changed_at = $3
WHERE institution = $1 AND id = $2 AND stopped_at IS NOT NULL
RETURNING id"""


class Row(msgspec.Struct):
    """A row of `customers_contract` with its login ID and accounts."""

    institution: str
    id: str
    holder_id: str
    stage: str
    stopped_at: datetime | None
    stop_reason: str
    login_id: str | None
    branch_code: str
    account_kind: str
    account_number: str
    email: bytes | None
    email_confirmed: bool
    contact_phone: bytes | None
    dm_wanted: bool | None
    language: str
    questions_done: bool
    passwords_done: bool
    made_at: datetime
    accounts: list[dict[str, Any]]
