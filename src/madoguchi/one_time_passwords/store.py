"""The mailed codes in PostgreSQL."""

from datetime import datetime

from msgspec import Struct

LOCK_OWNER = """
SELECT pg_advisory_xact_lock(hashtextextended('one_time_passwords:' || $1 || ':' || $2, 0))"""
"""Lets one transaction at a time begin a code for an owner, so that the hour's limit is exact."""

SENT_SINCE = """
SELECT sent_at FROM one_time_passwords_sending
WHERE institution = $1 AND owner = $2 AND sent_at > $3"""

NOTE_SENDING = """
INSERT INTO one_time_passwords_sending (institution, owner, id, sent_at) VALUES ($1, $2, $3, $4)"""

REPLACE = """
INSERT INTO one_time_passwords_code
    (institution, owner, purpose, code_hash, expires_at, failures_limit)
VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (institution, owner, purpose) DO UPDATE
SET code_hash = excluded.code_hash, expires_at = excluded.expires_at,
    failures_limit = excluded.failures_limit, attempts = 0, spent_at = NULL"""

TRY = """
UPDATE one_time_passwords_code
SET attempts = attempts + 1,
    spent_at = CASE WHEN code_hash = ANY ($4::bytea[]) THEN $5::timestamptz END
WHERE institution = $1 AND owner = $2 AND purpose = $3
  AND spent_at IS NULL AND attempts < failures_limit AND expires_at > $5
RETURNING spent_at IS NOT NULL AS was_right, failures_limit - attempts AS left_over"""
"""Counts, compares and uses up in one: of several at once each sees what the one before did."""

FIND = """
SELECT expires_at, failures_limit, attempts, spent_at FROM one_time_passwords_code
WHERE institution = $1 AND owner = $2 AND purpose = $3"""

PURGE_CODES = "DELETE FROM one_time_passwords_code WHERE expires_at < $1"
PURGE_SENDINGS = "DELETE FROM one_time_passwords_sending WHERE sent_at < $1"


class Sending(Struct, frozen=True):
    """When a code was sent."""

    sent_at: datetime


class Tried(Struct, frozen=True):
    """A try that was counted."""

    was_right: bool
    left_over: int
