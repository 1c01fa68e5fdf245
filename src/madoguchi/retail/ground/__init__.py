"""The ground of internet banking: what a group of screens declares, and what its steps are given.

A group is a sub-package of `retail` with `JOURNEYS` (screens with a form, served by the one generic
handler) and `PAGES` (what is only read). Sessions, hours, menu, log and cookies are seen to here.
"""

from madoguchi.retail.ground.declared import BankJourney, BankPage
from madoguchi.retail.ground.events import RetailEvent
from madoguchi.retail.ground.ports import RetailPorts
from madoguchi.retail.ground.services import RetailServices, SignedIn

__all__ = [
    "BankJourney",
    "BankPage",
    "RetailEvent",
    "RetailPorts",
    "RetailServices",
    "SignedIn",
]
