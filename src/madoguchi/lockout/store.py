"""The only SQL of the lockouts.

A row counts the tries of one secret: those judged wrong, and those not judged yet, each under a
number of its own that is also its time in microseconds. The lock is set by the try that fills the
count, so that a crash after it leaves the lock in force.
"""

from datetime import datetime

from msgspec import Struct

DROP_WHAT_IS_OVER = """
DELETE FROM lockout_count
WHERE institution = $1 AND what = $2 AND subject = $3
  AND (locked_until <= $4 OR (locked_until IS NULL AND counted_on <> $5))"""

COUNT = """
INSERT INTO lockout_count AS c
    (institution, what, subject, counted_on, wrong, unjudged, last_attempt, locked_until, since)
VALUES ($1, $2, $3, $4, 0, ARRAY[$5::bigint], $5,
        CASE WHEN $6::int <= 1 THEN $7::timestamptz END, $8)
ON CONFLICT (institution, what, subject) DO UPDATE
SET unjudged = c.unjudged || greatest($5, c.last_attempt + 1),
    last_attempt = greatest($5, c.last_attempt + 1),
    locked_until = CASE WHEN c.wrong + cardinality(c.unjudged) + 1 >= $6 THEN $7 END,
    since = $8
WHERE c.locked_until IS NULL AND c.wrong + cardinality(c.unjudged) < $6
RETURNING c.last_attempt AS attempt, c.wrong + cardinality(c.unjudged) AS number"""

LOCK_AT_A_LOWER_LIMIT = """
UPDATE lockout_count SET locked_until = $4, since = $5
WHERE institution = $1 AND what = $2 AND subject = $3
  AND locked_until IS NULL AND wrong + cardinality(unjudged) >= $6"""
"""Where the limit was lowered below what was counted already."""

TAKE_BACK = """
UPDATE lockout_count
SET unjudged = array_remove(unjudged, $4),
    locked_until = CASE WHEN told_by IS NOT NULL THEN locked_until END
WHERE institution = $1 AND what = $2 AND subject = $3 AND $4 = ANY (unjudged)"""

CONFIRM = """
UPDATE lockout_count AS c
SET wrong = wrong + 1,
    unjudged = array_remove(unjudged, $4),
    told_by = CASE
        WHEN c.told_by IS NULL AND c.locked_until > $5 AND c.wrong + 1 + (
            SELECT count(*) FROM unnest(array_remove(c.unjudged, $4)) AS other WHERE other < $7
        ) >= $6 THEN $4
        ELSE c.told_by END
WHERE institution = $1 AND what = $2 AND subject = $3 AND $4 = ANY (unjudged)
RETURNING coalesce(told_by = $4, false) AS tells, locked_until,
          greatest($6 - wrong - cardinality(unjudged), 0) AS left_over"""

CLAIM_TELLING = """
UPDATE lockout_count AS c
SET told_by = 0
WHERE institution = $1 AND what = $2 AND subject = $3
  AND c.told_by IS NULL AND c.locked_until > $4
  AND NOT EXISTS (SELECT FROM unnest(c.unjudged) AS other WHERE other >= $5)
RETURNING locked_until"""

LOCKED_UNTIL = """
SELECT locked_until FROM lockout_count
WHERE institution = $1 AND what = $2 AND subject = $3 AND locked_until > $4"""

LOCKS = """
SELECT what, subject, since, locked_until FROM lockout_count
WHERE institution = $1 AND locked_until > $2 AND ($3::text IS NULL OR what = $3)
ORDER BY since DESC, what, subject
LIMIT $4"""

RELEASE = """
DELETE FROM lockout_count
WHERE institution = $1 AND what = $2 AND subject = $3
RETURNING coalesce(locked_until > $4, false)"""

PURGE = """
DELETE FROM lockout_count
WHERE locked_until <= $1
   OR (locked_until IS NULL AND counted_on <> $2 AND counted_on < $3)"""


class CountedAttempt(Struct, frozen=True):
    """The try just counted."""

    attempt: int
    number: int


class ConfirmedFailure(Struct, frozen=True):
    """A count after one of its tries was judged wrong."""

    tells: bool
    locked_until: datetime | None
    left_over: int


class StoredLock(Struct, frozen=True):
    """A lock in force."""

    what: str
    subject: str
    since: datetime
    locked_until: datetime
