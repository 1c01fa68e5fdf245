"""What changing addresses needs from outside; filled in `app`."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Literal, Protocol

from madoguchi.address_changes.rules import AddressRequest
from madoguchi.kernel.clock import Clock
from madoguchi.kernel.entropy import Entropy
from madoguchi.operations_log import OperationsLog
from madoguchi.plumbing.database import Database, Tx
from madoguchi.plumbing.keys import Keys


@dataclass(frozen=True, slots=True)
class HandedOver:
    """The request lies with the bank, under its own `reference`."""

    reference: str


@dataclass(frozen=True, slots=True)
class Declined:
    """The bank does not take it. `code` is for the log."""

    code: str


@dataclass(frozen=True, slots=True)
class NoAnswer:
    """Perhaps taken, perhaps not: ask again."""


class Bank(Protocol):
    """Where requests are handed to."""

    async def hand_over(
        self, request: AddressRequest, idempotency_key: str
    ) -> HandedOver | Declined | NoAnswer:
        """Hand the request over; the same key gets the first answer again."""
        ...


Template = Literal["address-requested", "address-accepted", "address-refused"]
Tell = Callable[[Tx, AddressRequest, Template], Awaitable[None]]
"""Mails the customer, in the transaction of what it tells."""


@dataclass(frozen=True)
class AddressChangePorts:
    """What `AddressChanges` is built from, once."""

    database: Database
    bank: Bank
    tell: Tell
    log: OperationsLog
    keys: Keys
    entropy: Entropy
    clock: Clock
