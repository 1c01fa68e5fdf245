-- Visits: where a person stands in a journey of screens, kept on the server (LINK-08).
-- `proved`, `shown` and `return_url` (a code may stand in it) are sealed; the browser's secret is kept as its SHA-256 only.
CREATE TABLE web_visit (
    institution text NOT NULL,
    id text NOT NULL,
    journey text NOT NULL,
    place text NOT NULL,
    version integer NOT NULL DEFAULT 1,
    secret_hash bytea NOT NULL,
    proved bytea NOT NULL,
    shown bytea NOT NULL,
    return_url bytea,
    started_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    ended_at timestamptz,
    PRIMARY KEY (institution, id)
);
CREATE INDEX web_visit_expiry ON web_visit (expires_at);
