"""What the operations log says of consents."""

from madoguchi.operations_log import Event


class ConsentEvent(Event):
    """Events in the life of a consent."""

    AUTHORISED = "consent:authorised"
    REVOKED = "consent:revoked"
    SUPERSEDED = "consent:superseded"
