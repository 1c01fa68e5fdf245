"""The embedded core's way to other banks: what it asks of an interbank network.

Rules for every adapter:

- An order's id is the network's idempotency key, for ever, within one institution: the same order
  sent again has no further effect and is told how the first one stands.
- No method raises because the network is down or slow: it answers `NoAnswer`.
- An order that was accepted may be returned later (組戻し, 資金返却): whole, and once.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

import msgspec

from madoguchi.core_bank.port import (
    AccountKind,
    NeverSeen,
    NoSuchPayee,
    OtherBankPayee,
    PayeeName,
    PayeeNotOffered,
)
from madoguchi.kernel.money import Yen


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """A transfer to an account at another bank."""

    institution: str
    """Who sends it: the 4-digit code."""
    id: str
    payee: OtherBankPayee
    amount: Yen
    payer_name: str
    """What the payee's passbook shows, half-width kana."""


@dataclass(frozen=True)
class Accepted:
    """The payee's side has taken the order: the money is theirs."""


@dataclass(frozen=True)
class RefusedByNetwork:
    """The order was not and will not be carried out."""

    reason: str
    """The network's own code or words, for staff."""


@dataclass(frozen=True)
class NoAnswer:
    """Perhaps taken, perhaps not: ask again."""


class Returned(msgspec.Struct, frozen=True, kw_only=True):
    """An accepted order whose money came back."""

    order_id: str
    reason: str
    """The network's own code or words, for staff."""
    at: datetime
    cursor: str
    """Gives the returns after this one."""


class InterbankNetwork(Protocol):
    """A network that carries transfers between banks."""

    async def send(self, order: Order) -> Accepted | RefusedByNetwork | NoAnswer:
        """Send an order; sent again, it has no further effect."""
        ...

    async def inquire(
        self, institution: str, order_id: str
    ) -> Accepted | RefusedByNetwork | NoAnswer | NeverSeen:
        """Ask what became of an order. `NeverSeen`: the network does not have it (so far)."""
        ...

    async def payee_name(
        self, bank_code: str, branch_code: str, kind: AccountKind, number: str
    ) -> PayeeName | NoSuchPayee | PayeeNotOffered | NoAnswer:
        """Look up whose account this is, where that bank offers it."""
        ...

    async def returns(self, institution: str, since: str | None) -> tuple[Returned, ...] | NoAnswer:
        """Return what came back after the cursor `since` (None: from the start), oldest first.

        A page: none left once it is empty.
        """
        ...
