-- Bills paid through Pay-easy (RET-25): one row for each payment that a customer confirmed.
CREATE TABLE bill_payments_payment (
    institution text NOT NULL CHECK (institution ~ '^[0-9]{4}$'),
    -- also the order id at the billers' network, and what the core's idempotency keys are made from
    id text NOT NULL,
    -- the visit that confirmed it: the same one cannot pay twice
    once text NOT NULL,
    receipt_number text NOT NULL,
    state text NOT NULL DEFAULT 'accepted'
        CHECK (state IN ('accepted', 'paid', 'failed', 'unsettled')),
    contract_id text NOT NULL,
    account_id text NOT NULL,
    branch_code text NOT NULL CHECK (branch_code ~ '^[0-9]{3}$'),
    account_kind text NOT NULL,
    account_number text NOT NULL CHECK (account_number ~ '^[0-9]{7}$'),
    biller_code text NOT NULL CHECK (biller_code ~ '^[0-9]{5}$'),
    biller_name text NOT NULL,
    payment_number text NOT NULL CHECK (payment_number ~ '^[0-9]{1,20}$'),
    category text NOT NULL CHECK (category ~ '^[0-9]{0,10}$'),
    amount bigint NOT NULL CHECK (amount > 0),
    due date NOT NULL,
    payable_until date NOT NULL,
    -- the confirmation number, whose bill it is and what for, and whom to tell
    sealed bytea NOT NULL,
    language text NOT NULL,
    reference text NOT NULL,
    source text NOT NULL,
    made_at timestamptz NOT NULL,
    -- the Japan day of made_at, for the limit of a day
    made_on date NOT NULL,
    hold_id text NOT NULL DEFAULT '',
    asked_at timestamptz,
    biller_receipt text NOT NULL DEFAULT '',
    acceptance_number text NOT NULL DEFAULT '',
    reason text NOT NULL DEFAULT '',
    done_at timestamptz,
    PRIMARY KEY (institution, id),
    UNIQUE (institution, once),
    UNIQUE (institution, receipt_number),
    CHECK ((state = 'accepted') = (done_at IS NULL)),
    CHECK (state <> 'paid' OR (biller_receipt <> '' AND acceptance_number <> '')),
    CHECK (state <> 'failed' OR (biller_receipt = '' AND reason <> '')),
    CHECK (state <> 'unsettled' OR (biller_receipt <> '' AND acceptance_number = ''))
);
CREATE INDEX bill_payments_payment_by_contract
    ON bill_payments_payment (institution, contract_id, made_at DESC);
-- what staff look at
CREATE INDEX bill_payments_payment_open ON bill_payments_payment (institution, made_at)
    WHERE state IN ('accepted', 'unsettled');
-- one bill is under way once, whoever pays it
CREATE UNIQUE INDEX bill_payments_payment_under_way
    ON bill_payments_payment (institution, biller_code, payment_number, category)
    WHERE state = 'accepted';
