"""The only SQL of the operations log."""

CLAIM_FREE_HEAD = """
SELECT institution, lane, count, hash, key_id, signature FROM operations_log_heads
WHERE institution = $1 ORDER BY lane LIMIT 1 FOR NO KEY UPDATE SKIP LOCKED"""

CLAIM_HEAD = """
SELECT institution, lane, count, hash, key_id, signature FROM operations_log_heads
WHERE institution = $1 AND lane = $2 FOR NO KEY UPDATE"""

COUNT_HEADS = "SELECT count(*) FROM operations_log_heads WHERE institution = $1"

INSERT_HEAD = """
INSERT INTO operations_log_heads (institution, lane, count, hash, key_id, signature)
VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (institution, lane) DO NOTHING"""

MOVE_HEAD = """
UPDATE operations_log_heads SET count = $3, hash = $4, key_id = $5, signature = $6
WHERE institution = $1 AND lane = $2"""

INSERT_ROW = """
INSERT INTO operations_log_entries (
    institution, lane, number, at, event, result, actor, subject, reason, source, reference,
    journey, detail, personal, key_id, hash
) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)"""

HEADS = """
SELECT institution, lane, count, hash, key_id, signature FROM operations_log_heads
WHERE institution = $1 ORDER BY lane"""

ROWS_AFTER = """
SELECT institution, lane, number, at, event, result, actor, subject, reason, source, reference,
    journey, detail, personal, key_id, hash
FROM operations_log_entries
WHERE institution = $1 AND lane = $2 AND number > $3 AND number <= $4 ORDER BY number LIMIT 1000"""

ROW_HASH = """
SELECT hash FROM operations_log_entries WHERE institution = $1 AND lane = $2 AND number = $3"""

ROWS_BEYOND_A_HEAD = """
SELECT count(*) FROM operations_log_heads AS head WHERE head.institution = $1 AND EXISTS (
    SELECT FROM operations_log_entries AS entry
    WHERE entry.institution = head.institution AND entry.lane = head.lane
        AND entry.number > head.count)"""

ROWS_WITHOUT_A_LANE = """
SELECT EXISTS (
    SELECT FROM operations_log_entries
    WHERE institution = $1 AND NOT lane = ANY ($2::smallint[]))"""

SEARCH = """
SELECT institution, lane, number, at, event, result, actor, subject, reason, source, reference,
    journey, detail, personal, key_id, hash
FROM operations_log_entries
WHERE institution = $1
    AND ($2::text IS NULL OR actor = $2) AND ($3::text IS NULL OR subject = $3)
    AND ($4::text IS NULL OR journey = $4) AND ($5::text IS NULL OR reference = $5)
    AND ($6::text IS NULL OR event = $6)
    AND ($7::timestamptz IS NULL OR at >= $7) AND ($8::timestamptz IS NULL OR at < $8)
ORDER BY at DESC, lane, number DESC LIMIT $9"""
