"""Changes of address (住所変更): asked for by the customer, checked by staff (RET-27).

A request is written with a job that hands it to the bank's core, once. From then on it lies with
staff, who accept or refuse it; the customer sees how it stands, and may withdraw it until then. One
is open at a time. The new address is sealed at rest.
"""

from madoguchi.address_changes.events import AddressEvent
from madoguchi.address_changes.outcomes import AnotherOpen, NotOpen, Requested
from madoguchi.address_changes.ports import (
    AddressChangePorts,
    Bank,
    Declined,
    HandedOver,
    NoAnswer,
    Tell,
    Template,
)
from madoguchi.address_changes.rules import AddressRequest, AddressState, Asker, NewAddress
from madoguchi.address_changes.service import AddressChanges

__all__ = [
    "AddressChangePorts",
    "AddressChanges",
    "AddressEvent",
    "AddressRequest",
    "AddressState",
    "AnotherOpen",
    "Asker",
    "Bank",
    "Declined",
    "HandedOver",
    "NewAddress",
    "NoAnswer",
    "NotOpen",
    "Requested",
    "Tell",
    "Template",
]
