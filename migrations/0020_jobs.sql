-- Jobs: what is to be done outside the transaction that decided it.

CREATE TABLE jobs_queue (
    institution text NOT NULL,
    kind text NOT NULL,
    key text NOT NULL,
    payload jsonb NOT NULL,
    state text NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'running', 'done', 'dead', 'unknown')),
    run_at timestamptz NOT NULL,
    attempts integer NOT NULL DEFAULT 0,
    claim text NOT NULL DEFAULT '', -- which claim of which worker has it, or had it last
    lease_until timestamptz,
    reason text NOT NULL DEFAULT '',
    finished_at timestamptz,
    PRIMARY KEY (institution, kind, key)
);

CREATE INDEX jobs_queue_waiting ON jobs_queue (run_at) WHERE state = 'waiting';
CREATE INDEX jobs_queue_running ON jobs_queue (lease_until) WHERE state = 'running';
CREATE INDEX jobs_queue_finished ON jobs_queue (finished_at) WHERE state IN ('done', 'dead', 'unknown');

-- When each schedule of the installation runs next; not an institution's data.
CREATE TABLE jobs_schedules (
    name text PRIMARY KEY,
    next_at timestamptz NOT NULL
);
