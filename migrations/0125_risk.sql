-- Who has ever entered: a dormant customer's usual environment is forgotten, that he had one is not.
CREATE TABLE risk_subject (
    institution text NOT NULL CHECK (institution ~ '^[0-9]{4}$'),
    subject text NOT NULL,              -- an opaque id: the contract's
    taught_at timestamptz NOT NULL,     -- by the login that was the first
    learned_at timestamptz NOT NULL,
    PRIMARY KEY (institution, subject)
);

-- The usual environment (RET-14): what was seen at logins that went well.
CREATE TABLE risk_usual (
    institution text NOT NULL,
    subject text NOT NULL,
    kind text NOT NULL CHECK (kind IN ('device', 'browser', 'network', 'place', 'language')),
    value text NOT NULL CHECK (value <> ''),
    last_seen timestamptz NOT NULL,
    PRIMARY KEY (institution, subject, kind, value),
    FOREIGN KEY (institution, subject) REFERENCES risk_subject (institution, subject)
);
CREATE INDEX risk_usual_old ON risk_usual (last_seen);

-- What was decided about each login, and why (RET-14).
CREATE TABLE risk_decision (
    institution text NOT NULL CHECK (institution ~ '^[0-9]{4}$'),
    id text NOT NULL,
    subject text NOT NULL,
    at timestamptz NOT NULL,
    decision text NOT NULL CHECK (decision IN ('allow', 'ask', 'stop')),
    score integer NOT NULL CHECK (score >= 0),
    reasons text[] NOT NULL,
    first boolean NOT NULL,
    device_id text NOT NULL,
    network text NOT NULL,
    place text NOT NULL,
    browser text NOT NULL,
    language text NOT NULL,
    PRIMARY KEY (institution, id)
);
CREATE INDEX risk_decision_recent ON risk_decision (institution, at);
CREATE INDEX risk_decision_by_subject ON risk_decision (institution, subject, at);
CREATE INDEX risk_decision_old ON risk_decision (at);
