"""One request to an endpoint, and what its checks have found out."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from madoguchi.authorization_server.client_assertion import Authenticated
from madoguchi.authorization_server.dpop import Proof
from madoguchi.authorization_server.errors import Refusal
from madoguchi.authorization_server.server import AuthorizationServer
from madoguchi.clients import Client
from madoguchi.institutions import Institution
from madoguchi.kernel.errors import must
from madoguchi.plumbing.database import Database, Tx


@dataclass
class Exchange:
    """A request under way: what was sent, and what checks have proved, in their order.

    `counters` is a pool of its own for counting requests; None where they are not counted.
    """

    server: AuthorizationServer
    tx: Tx
    institution: Institution
    method: str
    url: str
    form: dict[str, str]
    proofs: Sequence[str]
    now: datetime
    counters: Database | None = None
    source: str = ""
    reference: str = ""
    authenticated: Authenticated | None = None
    proof: Proof | None = None

    @property
    def code(self) -> str:
        """The institution's code."""
        return self.institution.code

    @property
    def issuer(self) -> str:
        """The institution's issuer identifier."""
        return self.server.issuer(self.institution)

    @property
    def client(self) -> Client:
        """The client, once it is authenticated."""
        return must(self.authenticated, "an authenticated client").client


Check = Callable[[Exchange], Awaitable[Refusal | None]]
"""Looks at one thing, and returns why the request is refused, or None."""


async def first_refusal(exchange: Exchange, checks: Sequence[Check]) -> Refusal | None:
    """Make the checks in order; return the first refusal, or None where all are content."""
    for check in checks:
        refusal = await check(exchange)
        if refusal is not None:
            return refusal
    return None
