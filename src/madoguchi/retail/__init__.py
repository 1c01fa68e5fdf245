"""Internet banking for people (RET-01 to RET-32): groups of screens, each a sub-package."""

from madoguchi.retail.address import telling as telling_of_addresses
from madoguchi.retail.door import RetailDoor
from madoguchi.retail.ground.ports import RetailPorts
from madoguchi.retail.groups import TEMPLATES, drawn
from madoguchi.retail.registration import LOCK as REGISTRATION_LOCK
from madoguchi.retail.registration import LockTeller as RegistrationLockTeller
from madoguchi.retail.registration import RegistrationLocks
from madoguchi.retail.utilities import telling as telling_of_direct_debits

__all__ = [
    "REGISTRATION_LOCK",
    "TEMPLATES",
    "RegistrationLockTeller",
    "RegistrationLocks",
    "RetailDoor",
    "RetailPorts",
    "drawn",
    "telling_of_addresses",
    "telling_of_direct_debits",
]
