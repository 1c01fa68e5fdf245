"""The simulated network's SQL."""

SEE_ORDER = """
INSERT INTO interbank_simulator.order_seen
    (institution, id, bank_code, number, amount, first_sent_at)
VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING"""

ORDER = """
SELECT number, first_sent_at FROM interbank_simulator.order_seen
WHERE institution = $1 AND id = $2"""

LOCK_RETURNS = "SELECT pg_advisory_xact_lock(x'72657475'::integer, hashtext($1))"

# Orders to numbers that end in $2, sent until $3, come back.
RETURN_DUE = """
INSERT INTO interbank_simulator.order_returned (institution, number, order_id, returned_at)
SELECT o.institution,
    (SELECT coalesce(max(r.number), 0) FROM interbank_simulator.order_returned r
     WHERE r.institution = $1) + row_number() OVER (ORDER BY o.first_sent_at, o.id),
    o.id, $4
FROM interbank_simulator.order_seen o
WHERE o.institution = $1 AND right(o.number, 1) = $2 AND o.first_sent_at <= $3 AND NOT EXISTS (
    SELECT FROM interbank_simulator.order_returned r
    WHERE r.institution = $1 AND r.order_id = o.id)"""

RETURNS = """
SELECT number, order_id, returned_at FROM interbank_simulator.order_returned
WHERE institution = $1 AND number > $2 ORDER BY number LIMIT 100"""
