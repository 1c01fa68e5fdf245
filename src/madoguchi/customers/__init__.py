"""Contracts of internet banking: who may enter, and with which accounts (RET-01 to RET-06).

A contract is made at the branch, gets its login ID, finishes its first login, and may be stopped
and resumed. Mail address and contact phone are sealed at rest and found by keyed hash (SEC-03).
Passwords, questions and sessions are not kept here.
"""

from madoguchi.customers.events import CustomerEvent
from madoguchi.customers.outcomes import (
    AlreadyContracted,
    CardAccountStays,
    ContractChanged,
    LoginIdTaken,
    NotProvisional,
)
from madoguchi.customers.rules import (
    ContactData,
    Contract,
    ContractAccount,
    ContractState,
    Language,
    NewContract,
    Search,
    folded_login_id,
)
from madoguchi.customers.service import Customers

__all__ = [
    "AlreadyContracted",
    "CardAccountStays",
    "ContactData",
    "Contract",
    "ContractAccount",
    "ContractChanged",
    "ContractState",
    "CustomerEvent",
    "Customers",
    "Language",
    "LoginIdTaken",
    "NewContract",
    "NotProvisional",
    "Search",
    "folded_login_id",
]
