"""What the account API needs, built once, and what a resource has at hand."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from starlette.datastructures import QueryParams

from madoguchi.authorization_server import AccessGrant, AuthorizationServer
from madoguchi.consents import Consent
from madoguchi.core_bank.port import Call, CoreBank
from madoguchi.institutions import Institution, Institutions
from madoguchi.kernel.clock import Clock
from madoguchi.operations_log import OperationsLog
from madoguchi.plumbing.database import Database

CORE_PATIENCE = timedelta(seconds=8)


@dataclass(frozen=True)
class ApiPorts:
    """`counters` is a pool of its own for what commits by itself."""

    database: Database
    counters: Database
    institutions: Institutions
    clock: Clock
    authorization: AuthorizationServer
    core_of: Callable[[Institution], CoreBank]
    log: OperationsLog


@dataclass(frozen=True)
class Reading:
    """A request that may read: whose consent, which institution, at what time.

    No transaction is open: a slow core keeps no connection of ours.
    """

    ports: ApiPorts
    institution: Institution
    grant: AccessGrant
    now: datetime
    interaction_id: str
    query: QueryParams
    account_id: str = ""
    """The account named in the path, by its id in the API."""

    @property
    def consent(self) -> Consent:
        """The consent that is read under."""
        return self.grant.consent

    @property
    def core(self) -> CoreBank:
        """The institution's core banking system."""
        return self.ports.core_of(self.institution)

    def core_call(self) -> Call:
        """Return what goes with a read of the core."""
        return Call(
            institution=self.institution.code,
            correlation_id=self.interaction_id,
            deadline=self.now + CORE_PATIENCE,
        )
