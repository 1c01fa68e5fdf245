"""The only SQL of notices."""

INSERT = """
INSERT INTO notices_outbox (
    institution, event_key, template, language, state, reason, message_id, content, to_hash,
    queued_at, changed_at
) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $10)
ON CONFLICT (institution, event_key) DO NOTHING"""

INSERT_MANY = """
INSERT INTO notices_outbox (
    institution, event_key, template, language, state, reason, message_id, content, to_hash,
    queued_at, changed_at
) SELECT $1, given.*, $10, $10 FROM unnest($2::text[], $3::text[], $4::text[], $5::text[],
    $6::text[], $7::text[], $8::bytea[], $9::bytea[]) AS given
ON CONFLICT (institution, event_key) DO NOTHING RETURNING event_key, state, reason"""

STATE = "SELECT state FROM notices_outbox WHERE institution = $1 AND event_key = $2"

LOAD = """
SELECT institution, event_key, template, language, state, sends, message_id, content
FROM notices_outbox WHERE institution = $1 AND event_key = $2"""

SETTLE = """
UPDATE notices_outbox SET state = $4, reason = $5, changed_at = $6
WHERE institution = $1 AND event_key = $2 AND sends = $3 AND state IN ('queued', 'unknown')"""

BOUNCE = """
UPDATE notices_outbox SET state = 'bounced', reason = $3, changed_at = $4
WHERE institution = $1 AND message_id = $2 AND state <> 'bounced'
RETURNING event_key"""

SEND_AGAIN = """
UPDATE notices_outbox SET state = 'queued', reason = '', sends = sends + 1, changed_at = $3
WHERE institution = $1 AND event_key = $2 AND state <> 'queued' AND content IS NOT NULL
RETURNING sends"""

PURGE = """
UPDATE notices_outbox SET content = NULL, to_hash = NULL
WHERE content IS NOT NULL AND state <> 'queued' AND changed_at < $1"""

FIND = """
SELECT institution, event_key, template, language, state, reason, sends, message_id, queued_at,
    changed_at
FROM notices_outbox
WHERE institution = $1 AND ($2::text IS NULL OR state = $2)
    AND ($3::bytea[] IS NULL OR to_hash = ANY ($3)) AND ($4::timestamptz IS NULL OR queued_at >= $4)
ORDER BY queued_at DESC, event_key LIMIT $5"""
