-- Contracts of internet banking (RET-01 to RET-06): who may enter, with which accounts.
CREATE TABLE customers_contract (
    institution text NOT NULL CHECK (institution ~ '^[0-9]{4}$'),
    id text NOT NULL,
    holder_id text NOT NULL,            -- the core's id of the person
    -- how far getting started went; whether the contract is stopped stands beside it
    stage text NOT NULL CHECK (stage IN ('provisional', 'first-login', 'active')),
    stopped_at timestamptz,
    stop_reason text NOT NULL DEFAULT '',
    -- the account that stands on the contract card
    branch_code text NOT NULL CHECK (branch_code ~ '^[0-9]{3}$'),
    account_kind text NOT NULL,
    account_number text NOT NULL CHECK (account_number ~ '^[0-9]{7}$'),
    email bytea,                        -- sealed
    email_hash bytea,                   -- keyed hash, to be found by
    email_confirmed boolean NOT NULL DEFAULT false,
    contact_phone bytea,                -- sealed
    contact_phone_hash bytea,           -- keyed hash, to be found by
    dm_wanted boolean,
    language text NOT NULL CHECK (language IN ('ja', 'en')),
    questions_done boolean NOT NULL DEFAULT false,
    passwords_done boolean NOT NULL DEFAULT false,
    made_at timestamptz NOT NULL,
    changed_at timestamptz NOT NULL,
    PRIMARY KEY (institution, id),
    CHECK ((email IS NULL) = (email_hash IS NULL)),
    CHECK ((contact_phone IS NULL) = (contact_phone_hash IS NULL)),
    CHECK (email IS NOT NULL OR NOT email_confirmed),
    CHECK (stage <> 'active' OR (email IS NOT NULL AND questions_done AND passwords_done))
);
-- one contract that is not stopped for each person, and for each contract card's account
CREATE UNIQUE INDEX customers_contract_one_per_holder ON customers_contract
    (institution, holder_id) WHERE stopped_at IS NULL;
CREATE UNIQUE INDEX customers_contract_one_per_account ON customers_contract
    (institution, branch_code, account_kind, account_number) WHERE stopped_at IS NULL;
CREATE INDEX customers_contract_by_holder ON customers_contract (institution, holder_id);
CREATE INDEX customers_contract_by_account ON customers_contract
    (institution, account_number, branch_code);
CREATE INDEX customers_contract_by_email ON customers_contract (institution, email_hash)
    WHERE email_hash IS NOT NULL;
CREATE INDEX customers_contract_by_phone ON customers_contract (institution, contact_phone_hash)
    WHERE contact_phone_hash IS NOT NULL;
CREATE INDEX customers_contract_by_age ON customers_contract (institution, made_at);

-- Login IDs stay with their contract, stopped or not: an old ID never comes to name another person.
CREATE TABLE customers_login_id (
    institution text NOT NULL,
    folded text NOT NULL CHECK (folded <> '' AND folded = lower(folded)),
    contract_id text NOT NULL,
    login_id text NOT NULL,             -- as it was typed, to be shown
    PRIMARY KEY (institution, folded),
    UNIQUE (institution, contract_id),
    FOREIGN KEY (institution, contract_id) REFERENCES customers_contract (institution, id)
);

-- The accounts that the contract shows and moves money from (RET-15).
CREATE TABLE customers_account (
    institution text NOT NULL,
    contract_id text NOT NULL,
    account_id text NOT NULL,           -- the core's
    branch_code text NOT NULL CHECK (branch_code ~ '^[0-9]{3}$'),
    account_kind text NOT NULL,
    account_number text NOT NULL CHECK (account_number ~ '^[0-9]{7}$'),
    position integer NOT NULL,
    PRIMARY KEY (institution, contract_id, account_id),
    FOREIGN KEY (institution, contract_id) REFERENCES customers_contract (institution, id)
);
CREATE INDEX customers_account_by_account ON customers_account (institution, account_id);
CREATE INDEX customers_account_by_number ON customers_account
    (institution, account_number, branch_code);
