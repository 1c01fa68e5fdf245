"""What the account API needs, built once."""

from collections.abc import Callable
from dataclasses import dataclass

from madoguchi.authorization_server import AuthorizationServer
from madoguchi.core_bank.port import CoreBank
from madoguchi.institutions import Institution, Institutions
from madoguchi.kernel.clock import Clock
from madoguchi.operations_log import OperationsLog
from madoguchi.plumbing.database import Database


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
