-- The simulated interbank network of the demo and the tests: what it has been sent, so that every process agrees.
-- In production nothing writes here.
CREATE SCHEMA interbank_simulator;

CREATE TABLE interbank_simulator.order_seen (
    institution text NOT NULL CHECK (institution ~ '^[0-9]{4}$'),
    id text NOT NULL,
    bank_code text NOT NULL,
    number text NOT NULL,
    amount bigint NOT NULL,
    first_sent_at timestamptz NOT NULL,
    PRIMARY KEY (institution, id)
);

-- Numbered without gaps in the order they commit, so that a reader's cursor misses none.
CREATE TABLE interbank_simulator.order_returned (
    institution text NOT NULL,
    number bigint NOT NULL,
    order_id text NOT NULL,
    returned_at timestamptz NOT NULL,
    PRIMARY KEY (institution, number),
    UNIQUE (institution, order_id),
    FOREIGN KEY (institution, order_id) REFERENCES interbank_simulator.order_seen (institution, id)
);
