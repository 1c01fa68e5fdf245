-- Codes sent by mail: the last one of each owner and purpose, which kills the one before.
CREATE TABLE one_time_passwords_code (
    institution text NOT NULL CHECK (institution ~ '^[0-9]{4}$'),
    owner text NOT NULL,                -- an opaque id: the contract's
    purpose text NOT NULL,
    -- keyed hash of the code together with all that it is good for; the code itself stands nowhere
    code_hash bytea NOT NULL,
    expires_at timestamptz NOT NULL,
    failures_limit integer NOT NULL CHECK (failures_limit > 0),
    attempts integer NOT NULL DEFAULT 0 CHECK (attempts <= failures_limit),
    spent_at timestamptz,
    PRIMARY KEY (institution, owner, purpose)
) WITH (fillfactor = 70);
CREATE INDEX one_time_passwords_code_old ON one_time_passwords_code (expires_at);

-- When codes were sent to whom, for the limit of an hour.
CREATE TABLE one_time_passwords_sending (
    institution text NOT NULL,
    owner text NOT NULL,
    id text NOT NULL,
    sent_at timestamptz NOT NULL,
    PRIMARY KEY (institution, owner, id)
);
CREATE INDEX one_time_passwords_sending_recent ON one_time_passwords_sending
    (institution, owner, sent_at);
CREATE INDEX one_time_passwords_sending_old ON one_time_passwords_sending (sent_at);
