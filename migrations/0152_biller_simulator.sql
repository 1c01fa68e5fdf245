-- The billers of the demo and of tests (RET-25): a system of its own beside the platform, which
-- production never asks. Here, so that web and worker processes meet the same billers.
CREATE SCHEMA biller_simulator;

-- sendings that got lost on the way: the biller knows nothing of them
CREATE TABLE biller_simulator.lost_sending (
    institution text NOT NULL,
    order_id text NOT NULL,
    PRIMARY KEY (institution, order_id)
);

CREATE TABLE biller_simulator.payment_order (
    institution text NOT NULL,
    order_id text NOT NULL,
    biller_code text NOT NULL,
    payment_number text NOT NULL,
    amount bigint NOT NULL,
    -- when the biller's answer is there
    answers_at timestamptz NOT NULL,
    -- '' where the payment is taken
    refused text NOT NULL,
    receipt_number text NOT NULL,
    PRIMARY KEY (institution, order_id)
);
-- whatever happens, a bill is paid once
CREATE UNIQUE INDEX payment_order_taken
    ON biller_simulator.payment_order (institution, biller_code, payment_number)
    WHERE refused = '';
