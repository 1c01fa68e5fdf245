"""What direct debits need from outside; filled in `app`."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Literal, Protocol

from madoguchi.direct_debits.rules import Application
from madoguchi.kernel.clock import Clock
from madoguchi.kernel.entropy import Entropy
from madoguchi.operations_log import OperationsLog
from madoguchi.plumbing.database import Database, Tx
from madoguchi.plumbing.keys import Keys


@dataclass(frozen=True, slots=True)
class Received:
    """The company has the application."""


@dataclass(frozen=True, slots=True)
class Confirmed:
    """The company will debit the account."""


@dataclass(frozen=True, slots=True)
class Refused:
    """The company will not. `reason` is a code: `no-such-customer`, `name-differs`, others."""

    reason: str


@dataclass(frozen=True, slots=True)
class Pending:
    """The company has not decided."""


@dataclass(frozen=True, slots=True)
class NoAnswer:
    """The company could not be reached, or did not answer in time."""


class UtilityCompanies(Protocol):
    """The way to the utility companies. It does not raise where one cannot be reached.

    The application's id is an idempotency key: sending it again does nothing more.
    """

    async def send(self, application: Application) -> Received | NoAnswer:
        """Hand the application to its company."""
        ...

    async def answer(self, application: Application) -> Confirmed | Refused | Pending | NoAnswer:
        """Return what the company said to an application that it received."""
        ...


Template = Literal["utility-applied", "utility-confirmed", "utility-refused"]
Tell = Callable[[Tx, Application, Template], Awaitable[None]]
"""Mails the customer, in the transaction of what it tells."""


@dataclass(frozen=True)
class DirectDebitPorts:
    """What `DirectDebits` is built from, once. Without `companies` the service is not offered."""

    database: Database
    companies: UtilityCompanies | None
    tell: Tell
    log: OperationsLog
    keys: Keys
    entropy: Entropy
    clock: Clock
