"""What the operations log says of the registration beside its screens (LOG-01)."""

from madoguchi.operations_log import Event


class RegistrationEvent(Event):
    """A lock, its release, and data proved that came too late."""

    LOCKED = "registration:contract:locked"
    RELEASED = "registration:contract:released"
    TOO_OLD = "registration:contract:too-old"
