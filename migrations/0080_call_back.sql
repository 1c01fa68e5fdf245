-- The call from the registered phone (LINK-20 to LINK-25).

-- One row an owner (a visit): the number that the screen shows now, and until when a call to it counts.
-- The phone is kept as a keyed hash, to be compared and never read.
CREATE TABLE call_back_attempt (
    institution text NOT NULL,
    owner text NOT NULL,
    phone_hash bytea NOT NULL,
    number text NOT NULL,
    shown_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    state text NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'called', 'spent', 'ambiguous')),
    PRIMARY KEY (institution, owner),
    CHECK (shown_at < expires_at)
);

-- A call does not say which institution it is for: the attempts of its phone do, over all institutions.
CREATE INDEX call_back_attempt_phone ON call_back_attempt (phone_hash);
CREATE INDEX call_back_attempt_expiry ON call_back_attempt (expires_at);

-- Calls belong to the gateway that they came by, not to an institution, until they are matched:
-- a call is taken once, whoever it is for.
CREATE TABLE call_back_call (
    gateway text NOT NULL,
    call_id text NOT NULL,
    called text NOT NULL,
    caller_hash bytea,
    arrived_at timestamptz NOT NULL,
    recorded_at timestamptz NOT NULL,
    outcome text,
    institution text,
    owner text,
    PRIMARY KEY (gateway, call_id)
);

CREATE INDEX call_back_call_unmatched ON call_back_call (called, recorded_at) WHERE institution IS NULL;
CREATE INDEX call_back_call_recorded ON call_back_call (recorded_at);
