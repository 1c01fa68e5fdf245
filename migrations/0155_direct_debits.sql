-- Applications to pay a utility company by direct debit (RET-26).
CREATE TABLE direct_debits_application (
    institution text NOT NULL CHECK (institution ~ '^[0-9]{4}$'),
    id text NOT NULL,
    -- the visit that confirmed it: the same one cannot apply twice
    once text NOT NULL,
    contract_id text NOT NULL,
    company_code text NOT NULL,
    -- of company and customer number, to find the same one again
    number_hash bytea NOT NULL,
    state text NOT NULL DEFAULT 'applied'
        CHECK (state IN ('applied', 'sent', 'confirmed', 'refused', 'withdrawn', 'replaced')),
    account_id text NOT NULL,
    branch_code text NOT NULL CHECK (branch_code ~ '^[0-9]{3}$'),
    account_kind text NOT NULL,
    account_number text NOT NULL CHECK (account_number ~ '^[0-9]{7}$'),
    -- the customer number with the company, the contractor's name, and whom to tell
    sealed bytea NOT NULL,
    language text NOT NULL,
    reference text NOT NULL,
    applied_at timestamptz NOT NULL,
    sent_at timestamptz,
    -- whether the company said that it has it
    received boolean NOT NULL DEFAULT false,
    reason text NOT NULL DEFAULT '',
    decided_at timestamptz,
    PRIMARY KEY (institution, id),
    UNIQUE (institution, once),
    CHECK (state NOT IN ('sent', 'confirmed', 'refused', 'replaced') OR sent_at IS NOT NULL),
    CHECK ((state IN ('applied', 'sent')) = (decided_at IS NULL))
);
CREATE INDEX direct_debits_application_by_contract
    ON direct_debits_application (institution, contract_id, applied_at DESC);
-- a company is asked about one of its customers once at a time
CREATE UNIQUE INDEX direct_debits_application_live
    ON direct_debits_application (institution, company_code, number_hash)
    WHERE state IN ('applied', 'sent');
