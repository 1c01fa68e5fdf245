"""What the operations log says of direct debits."""

from madoguchi.operations_log import Event


class DirectDebitEvent(Event):
    """Events in the life of an application."""

    APPLIED = "direct-debit:application:applied"
    SENT = "direct-debit:application:sent"
    CONFIRMED = "direct-debit:application:confirmed"
    REFUSED = "direct-debit:application:refused"
    WITHDRAWN = "direct-debit:application:withdrawn"
    REPLACED = "direct-debit:application:replaced"
    GIVEN_UP = "direct-debit:application:given-up"
    """The company gave no answer for months."""
