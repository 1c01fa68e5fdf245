"""The attempts and calls in PostgreSQL."""

LOCK_PHONE = """
SELECT pg_advisory_xact_lock(hashtextextended('call_back:' || encode($1::bytea, 'hex'), 0))"""
"""Lets one transaction at a time draw a number for a phone."""

NUMBERS_TAKEN = """
SELECT number FROM call_back_attempt
WHERE phone_hash = ANY($1::bytea[]) AND state = 'waiting' AND expires_at >= $2
  AND NOT (institution = $3 AND owner = $4)"""

OPEN_ATTEMPT = """
INSERT INTO call_back_attempt AS attempt (institution, owner, phone_hash, number, shown_at,
expires_at) VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (institution, owner) DO UPDATE SET
phone_hash = excluded.phone_hash, number = excluded.number, shown_at = excluded.shown_at,
    expires_at = excluded.expires_at, state = 'waiting'
WHERE attempt.expires_at < excluded.shown_at OR attempt.state IN ('spent', 'ambiguous')
   OR attempt.phone_hash <> ALL($7::bytea[])"""
"""Leaves a live attempt of the same phone as it is: a reload shows the same number and time."""

ATTEMPT = """
SELECT institution, owner, number, shown_at, expires_at, state FROM call_back_attempt
WHERE institution = $1 AND owner = $2"""

ATTEMPT_TO_CHANGE = f"{ATTEMPT} FOR UPDATE"

ATTEMPTS_OF_PHONE = """
SELECT institution, owner, number, shown_at, expires_at, state FROM call_back_attempt
WHERE phone_hash = ANY($1::bytea[])
ORDER BY institution, owner
FOR UPDATE"""
"""Over all institutions: a number may be shared. Calls of one phone are judged one by one."""

SET_STATE = """
UPDATE call_back_attempt SET state = $3 WHERE institution = $1 AND owner = $2"""

RECORD_CALL = """
INSERT INTO call_back_call (gateway, call_id, called, caller_hash, arrived_at, recorded_at)
VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (gateway, call_id) DO NOTHING
RETURNING call_id"""

SET_OUTCOME = """
UPDATE call_back_call SET outcome = $3, institution = $4, owner = $5
WHERE gateway = $1 AND call_id = $2"""

UNMATCHED = """
SELECT gateway, call_id, called, arrived_at, outcome AS reason FROM call_back_call
WHERE institution IS NULL AND called = ANY($1::text[]) AND recorded_at >= $2
ORDER BY recorded_at DESC, call_id
LIMIT $3"""

PURGE_ATTEMPTS = "DELETE FROM call_back_attempt WHERE expires_at < $1"
PURGE_CALLS = "DELETE FROM call_back_call WHERE recorded_at < $1"
