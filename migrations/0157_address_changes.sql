-- Changes of address that customers asked for (RET-27).
CREATE TABLE address_changes_request (
    institution text NOT NULL CHECK (institution ~ '^[0-9]{4}$'),
    id text NOT NULL,
    -- the visit that confirmed it: the same one cannot ask twice
    once text NOT NULL,
    contract_id text NOT NULL,
    holder_id text NOT NULL,
    state text NOT NULL DEFAULT 'submitted'
        CHECK (state IN ('submitted', 'checking', 'accepted', 'refused', 'withdrawn')),
    -- the new address and phone, and whom to tell
    sealed bytea NOT NULL,
    language text NOT NULL,
    reference text NOT NULL,
    core_reference text NOT NULL DEFAULT '',
    reason text NOT NULL DEFAULT '',
    requested_at timestamptz NOT NULL,
    decided_at timestamptz,
    decided_by text NOT NULL DEFAULT '',
    PRIMARY KEY (institution, id),
    UNIQUE (institution, once),
    CHECK ((state IN ('submitted', 'checking')) = (decided_at IS NULL)),
    CHECK (state <> 'checking' OR core_reference <> '')
);
CREATE INDEX address_changes_request_by_contract
    ON address_changes_request (institution, contract_id, requested_at DESC);
-- one request of a contract is open at a time
CREATE UNIQUE INDEX address_changes_request_open
    ON address_changes_request (institution, contract_id)
    WHERE state IN ('submitted', 'checking');
