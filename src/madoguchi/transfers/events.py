"""What the operations log says of transfers."""

from madoguchi.operations_log import Event


class TransferEvent(Event):
    """Events in the life of a transfer, and of what belongs to it."""

    ACCEPTED = "transfer:accepted"
    RESERVED = "transfer:reserved"
    HELD = "transfer:held-for-review"
    APPROVED = "transfer:approved"
    REFUSED_BY_STAFF = "transfer:refused-by-staff"
    DONE = "transfer:done"
    FAILED = "transfer:failed"
    CANCELLED = "transfer:cancelled"
    RETURNED = "transfer:returned"
    PAYEE_REGISTERED = "transfer:payee:registered"
    PAYEE_REMOVED = "transfer:payee:removed"
    LIMITS_LOWERED = "transfer:limits:lowered"
    LIMITS_RAISED = "transfer:limits:raised"
