"""The only SQL of the job queue."""

# one round trip; the workers hear of it when the transaction commits
ENQUEUE = """
WITH added AS (
    INSERT INTO jobs_queue (institution, kind, key, payload, run_at) VALUES ($1, $2, $3, $4, $5)
    ON CONFLICT (institution, kind, key) DO NOTHING RETURNING kind)
SELECT pg_notify('madoguchi_jobs', kind) IS NOT NULL FROM added"""

ENQUEUE_MANY = """
WITH added AS (
    INSERT INTO jobs_queue (institution, kind, key, payload, run_at)
    SELECT $1, $2, key, payload, $5 FROM unnest($3::text[], $4::jsonb[]) AS given (key, payload)
    ON CONFLICT (institution, kind, key) DO NOTHING RETURNING 1)
SELECT count(*), pg_notify('madoguchi_jobs', $2) FROM added"""

CLAIM = """
WITH due AS MATERIALIZED (
    SELECT institution, kind, key FROM jobs_queue
    WHERE state = 'waiting' AND run_at <= $1 AND kind = $2
    ORDER BY run_at LIMIT $3 FOR UPDATE SKIP LOCKED)
UPDATE jobs_queue AS job
SET state = 'running', attempts = attempts + 1, claim = $4, lease_until = $5, reason = ''
FROM due WHERE (job.institution, job.kind, job.key) = (due.institution, due.kind, due.key)
RETURNING job.institution, job.kind, job.key, job.payload, job.attempts, job.claim"""

GIVE_BACK = """
UPDATE jobs_queue SET state = 'waiting', attempts = attempts - 1, lease_until = NULL
WHERE state = 'running' AND claim = $1"""

RENEW = """
UPDATE jobs_queue SET lease_until = $4
WHERE institution = $1 AND kind = $2 AND key = $3 AND claim = $5 AND state = 'running'"""

FINISH = """
UPDATE jobs_queue SET state = $5, reason = $6, run_at = COALESCE($7::timestamptz, run_at),
    finished_at = $8, lease_until = NULL, claim = CASE WHEN $9 THEN claim ELSE '' END
WHERE institution = $1 AND kind = $2 AND key = $3 AND claim = $4"""

# locked in the order in which their leases are renewed
FINISH_MANY = """
WITH mine AS MATERIALIZED (
    SELECT job.institution, job.key
    FROM unnest($2::text[], $3::text[], $4::text[]) AS done (institution, key, claim)
    JOIN jobs_queue AS job
        ON (job.institution, job.kind, job.key) = (done.institution, $1, done.key)
        AND job.claim = done.claim
    ORDER BY job.institution, job.key FOR NO KEY UPDATE OF job)
UPDATE jobs_queue AS job SET state = 'done', reason = '', finished_at = $5, lease_until = NULL,
    claim = ''
FROM mine WHERE (job.institution, job.kind, job.key) = (mine.institution, $1, mine.key)
RETURNING job.institution, job.key"""

ABANDONED = """
SELECT institution, kind, key, payload, attempts, claim FROM jobs_queue
WHERE state = 'running' AND kind = $1 AND lease_until < $2
ORDER BY lease_until LIMIT 100 FOR UPDATE SKIP LOCKED"""

START_SCHEDULE = """
INSERT INTO jobs_schedules (name, next_at) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING"""

CLAIM_SCHEDULE = """
UPDATE jobs_schedules SET next_at = $3 WHERE name = $1 AND (next_at <= $2 OR next_at > $3)"""

FORGET = """
DELETE FROM jobs_queue WHERE state = 'done' AND finished_at < $1"""

COUNT = """
SELECT kind, state, count(*) AS jobs FROM jobs_queue
WHERE institution = $1 GROUP BY kind, state ORDER BY kind, state"""
