"""What the operations log says of changes of address."""

from madoguchi.operations_log import Event


class AddressEvent(Event):
    """Events in the life of a request."""

    REQUESTED = "address:change:requested"
    HANDED_OVER = "address:change:handed-over"
    WITHDRAWN = "address:change:withdrawn"
    ACCEPTED = "address:change:accepted"
    REFUSED = "address:change:refused"
    GIVEN_UP = "address:change:given-up"
    """The core gave no answer for weeks."""
