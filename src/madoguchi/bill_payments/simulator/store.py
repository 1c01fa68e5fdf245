"""The simulator's orders, in a schema of its own."""

from datetime import datetime

import msgspec

FIND = """
SELECT answers_at, refused, receipt_number
FROM biller_simulator.payment_order WHERE institution = $1 AND order_id = $2"""

# one order for a bill at a time: the second one waits, and then finds it paid
LOCK_BILL = "SELECT pg_advisory_xact_lock(hashtextextended($1 || ' ' || $2 || ' ' || $3, 152))"

IS_TAKEN = """
SELECT EXISTS (SELECT FROM biller_simulator.payment_order
    WHERE institution = $1 AND biller_code = $2 AND payment_number = $3 AND refused = '')"""

INSERT = """
INSERT INTO biller_simulator.payment_order
    (institution, order_id, biller_code, payment_number, amount, answers_at, refused,
     receipt_number)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)"""

LOSE = """
INSERT INTO biller_simulator.lost_sending (institution, order_id) VALUES ($1, $2)
ON CONFLICT DO NOTHING"""


class Order(msgspec.Struct, frozen=True):
    """What the biller answers to an order, and when."""

    answers_at: datetime
    refused: str
    receipt_number: str
