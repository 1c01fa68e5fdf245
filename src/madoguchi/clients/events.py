"""What the operations log says of clients."""

from madoguchi.operations_log import Event


class ClientEvent(Event):
    """Events of the client register."""

    REGISTERED = "client:registered"
    CHANGED = "client:changed"
    KEYS_REPLACED = "client:keys-replaced"
    SUSPENDED = "client:suspended"
    RESUMED = "client:resumed"
