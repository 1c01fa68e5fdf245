-- Transfers: what was ordered, when, and what became of it (RET-17 to RET-24).
CREATE TABLE transfers_transfer (
    institution text NOT NULL CHECK (institution ~ '^[0-9]{4}$'),
    id text NOT NULL,
    contract_id text NOT NULL,
    -- which form was sent: the same one again is the same order
    once text NOT NULL CHECK (once <> ''),
    receipt_number text NOT NULL CHECK (receipt_number ~ '^[0-9]{12}$'),
    state text NOT NULL CHECK (state IN ('accepted', 'awaiting-review', 'reserved', 'executing', 'done', 'failed',
        'cancelled', 'refused-by-staff', 'returned')),
    holder_id text NOT NULL,
    account_id text NOT NULL,
    payer_branch_code text NOT NULL,
    payer_kind text NOT NULL,
    payer_number text NOT NULL,
    payer_name_kana text NOT NULL,
    payer_member boolean NOT NULL,
    payer_name text NOT NULL,
    payee_bank_code text NOT NULL CHECK (payee_bank_code ~ '^[0-9]{4}$'),
    payee_bank_name text NOT NULL,
    payee_branch_code text NOT NULL CHECK (payee_branch_code ~ '^[0-9]{3}$'),
    payee_branch_name text NOT NULL,
    payee_kind text NOT NULL,
    payee_number text NOT NULL CHECK (payee_number ~ '^[0-9]{7}$'),
    payee_name_kana text NOT NULL,
    payee_name_checked boolean NOT NULL,
    payee_account_id text,
    payee_holder_id text NOT NULL,
    amount bigint NOT NULL CHECK (amount BETWEEN 1 AND 999999999999),
    asked_on date,
    destination text NOT NULL CHECK (destination IN ('own', 'same_branch', 'other_branch', 'other_bank')),
    fee bigint NOT NULL CHECK (fee BETWEEN 0 AND 999999999999),
    fees_valid_from date NOT NULL,
    made_at timestamptz NOT NULL,
    executes_on date NOT NULL,
    runs_at timestamptz NOT NULL,
    begins_until timestamptz NOT NULL,
    reserved boolean NOT NULL,
    why_later text NOT NULL,
    language text NOT NULL,
    source text NOT NULL,
    reference text NOT NULL,
    score integer NOT NULL,
    score_reasons text[] NOT NULL,
    sealed_email bytea NOT NULL,
    reason text NOT NULL DEFAULT '',
    done_at timestamptz,
    decided_by text NOT NULL DEFAULT '',
    acceptance_number text NOT NULL DEFAULT '',
    transaction_id text NOT NULL DEFAULT '',
    hold_id text NOT NULL DEFAULT '',
    -- fixed with the first call to the core, so that every repetition has the same content
    hold_expires_at timestamptz,
    -- the other bank's return may be heard of before the answer that the money went out
    returned_at timestamptz,
    return_reason text NOT NULL DEFAULT '',
    PRIMARY KEY (institution, id),
    UNIQUE (institution, contract_id, once),
    UNIQUE (institution, receipt_number),
    CHECK (destination = 'other_bank' OR payee_account_id IS NOT NULL),
    CHECK ((state IN ('done', 'returned')) = (acceptance_number <> '')),
    CHECK ((state IN ('done', 'failed', 'cancelled', 'refused-by-staff', 'returned')) = (done_at IS NOT NULL)),
    CHECK (state NOT IN ('executing', 'done', 'returned') OR hold_expires_at IS NOT NULL)
);
CREATE INDEX transfers_transfer_of_contract ON transfers_transfer (institution, contract_id, made_at, id);
CREATE INDEX transfers_transfer_by_day ON transfers_transfer (institution, contract_id, executes_on);
CREATE UNIQUE INDEX transfers_transfer_of_hold ON transfers_transfer (institution, hold_id) WHERE hold_id <> '';
CREATE INDEX transfers_transfer_open ON transfers_transfer (runs_at)
    WHERE state IN ('accepted', 'awaiting-review', 'reserved', 'executing');

-- A contract's limits; where there are none, the institution's. The row is also what orders of one contract wait for.
CREATE TABLE transfers_limits (
    institution text NOT NULL CHECK (institution ~ '^[0-9]{4}$'),
    contract_id text NOT NULL,
    per_transfer bigint CHECK (per_transfer >= 0),
    per_day bigint CHECK (per_day >= 0),
    per_month bigint CHECK (per_month >= 0),
    later_per_transfer bigint CHECK (later_per_transfer >= 0),
    later_per_day bigint CHECK (later_per_day >= 0),
    later_per_month bigint CHECK (later_per_month >= 0),
    later_from date,
    PRIMARY KEY (institution, contract_id),
    CHECK (num_nulls(per_transfer, per_day, per_month) IN (0, 3)),
    CHECK (num_nulls(later_per_transfer, later_per_day, later_per_month, later_from) IN (0, 4))
);

CREATE TABLE transfers_payee (
    institution text NOT NULL CHECK (institution ~ '^[0-9]{4}$'),
    contract_id text NOT NULL,
    id text NOT NULL,
    nickname text NOT NULL CHECK (nickname <> ''),
    bank_code text NOT NULL CHECK (bank_code ~ '^[0-9]{4}$'),
    bank_name text NOT NULL,
    branch_code text NOT NULL CHECK (branch_code ~ '^[0-9]{3}$'),
    branch_name text NOT NULL,
    kind text NOT NULL,
    number text NOT NULL CHECK (number ~ '^[0-9]{7}$'),
    name_kana text NOT NULL,
    name_checked boolean NOT NULL,
    account_id text,
    holder_id text NOT NULL,
    registered_at timestamptz NOT NULL,
    PRIMARY KEY (institution, contract_id, id),
    UNIQUE (institution, contract_id, bank_code, branch_code, kind, number)
);
