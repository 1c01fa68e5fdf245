-- Passwords and answers, hashed (SEC-02). Who is hashed for stands in the hash too: a record moved
-- to another row opens nothing.
CREATE TABLE sign_in_secret (
    institution text NOT NULL CHECK (institution ~ '^[0-9]{4}$'),
    contract_id text NOT NULL,
    kind text NOT NULL CHECK (kind IN ('login-password', 'confirmation-password')),
    record text NOT NULL,
    provisional_until timestamptz,      -- until when what went by post can be used; NULL: chosen
    set_at timestamptz NOT NULL,
    PRIMARY KEY (institution, contract_id, kind)
);

CREATE TABLE sign_in_answer (
    institution text NOT NULL CHECK (institution ~ '^[0-9]{4}$'),
    contract_id text NOT NULL,
    question_key text NOT NULL,
    position integer NOT NULL,
    record text NOT NULL,
    set_at timestamptz NOT NULL,
    PRIMARY KEY (institution, contract_id, question_key)
);

CREATE TABLE sign_in_session (
    institution text NOT NULL CHECK (institution ~ '^[0-9]{4}$'),
    id text NOT NULL,
    contract_id text NOT NULL,
    secret_hash bytea NOT NULL,         -- SHA-256 of 256 random bits
    stage text NOT NULL CHECK (stage IN ('first-login', 'full')),
    how text[] NOT NULL,
    device_id text NOT NULL,
    known_device boolean NOT NULL,
    notice text NOT NULL,
    only_one boolean NOT NULL,          -- whether the customer may have one session only
    started_at timestamptz NOT NULL,
    idle_ends_at timestamptz NOT NULL,
    ends_at timestamptz NOT NULL,
    ended_at timestamptz,
    ended_why text CHECK (ended_why IN ('idle', 'absolute', 'replaced', 'logged-out', 'stopped')),
    PRIMARY KEY (institution, id),
    UNIQUE (institution, secret_hash),
    CHECK ((ended_at IS NULL) = (ended_why IS NULL)),
    CHECK (idle_ends_at <= ends_at)
) WITH (fillfactor = 70);
CREATE INDEX sign_in_session_by_contract ON sign_in_session (institution, contract_id)
    WHERE ended_at IS NULL;
CREATE UNIQUE INDEX sign_in_session_one ON sign_in_session (institution, contract_id)
    WHERE ended_at IS NULL AND only_one;
CREATE INDEX sign_in_session_by_end ON sign_in_session (ends_at);

-- The history of logins, wrong passwords among them: what a customer is greeted with (RET-11).
CREATE TABLE sign_in_login (
    institution text NOT NULL CHECK (institution ~ '^[0-9]{4}$'),
    id text NOT NULL,
    contract_id text NOT NULL,
    at timestamptz NOT NULL,
    how text[] NOT NULL,
    origin text NOT NULL,
    device text NOT NULL,
    result text NOT NULL CHECK (result IN ('done', 'wrong', 'stopped')),
    PRIMARY KEY (institution, id)
);
CREATE INDEX sign_in_login_by_contract ON sign_in_login (institution, contract_id, at DESC);
CREATE INDEX sign_in_login_by_age ON sign_in_login (at);
