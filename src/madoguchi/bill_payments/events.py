"""What the operations log says of bills paid."""

from madoguchi.operations_log import Event


class BillEvent(Event):
    """Events in the life of a payment."""

    ACCEPTED = "bill:payment:accepted"
    PAID = "bill:payment:paid"
    FAILED = "bill:payment:failed"
    UNSETTLED = "bill:payment:unsettled"
    """Paid at the biller, and the core refused the debit: for people to settle."""
    GIVEN_UP = "bill:payment:given-up"
    """The biller or the core gave no answer for weeks: for people to clear up."""
