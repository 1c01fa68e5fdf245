"""What the steps are given: the ports of the process, and this request's own facts."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from starlette.requests import Request

from madoguchi.authorization_server import AuthorizationServer
from madoguchi.call_back import CallBack
from madoguchi.core_bank.port import Call, CoreBank
from madoguchi.customers import Customers
from madoguchi.institutions import Institution
from madoguchi.kernel.entropy import Entropy
from madoguchi.kernel.errors import must
from madoguchi.notices import Notices
from madoguchi.operations_log import OperationsLog
from madoguchi.plumbing.database import Database, Tx
from madoguchi.plumbing.keys import Keys
from madoguchi.plumbing.web import RequestContext
from madoguchi.risk import Environment, environment_of
from madoguchi.sign_in import SignIn, give_device, read_device

CORE_PATIENCE = timedelta(seconds=8)
"""How long a screen waits for the core: people give up soon after."""


@dataclass(frozen=True)
class LinkPorts:
    """What the API link needs, built once."""

    counters: Database
    """A pool of its own for what commits by itself: no request waits for a second connection."""
    core_of: Callable[[Institution], CoreBank]
    call_back: CallBack
    authorization: AuthorizationServer
    notices: Notices
    log: OperationsLog
    texts: Callable[..., str]
    """The catalogue: `texts(key, language=…, **values)`."""
    keys: Keys
    entropy: Entropy
    customers: Customers
    sign_in: SignIn


@dataclass(frozen=True)
class LinkServices:
    """The ports, with the transaction, the time and the institution of this request."""

    ports: LinkPorts
    tx: Tx
    institution: Institution
    visit_id: str
    context: RequestContext
    now: datetime
    request: Request | None = None

    @property
    def environment(self) -> Environment:
        """Where the request comes from, as far as risk is judged by it (RET-14)."""
        request = must(self.request)
        return environment_of(
            self.context.source,
            request.headers.get("user-agent", ""),
            request.headers.get("accept-language", ""),
            request.state.place,
            read_device(request, self.ports.keys, self.institution.code),
        )

    def remember_device(self, device: str) -> None:
        """Have the answer carry the cookie by which this browser is known again."""
        cookies = must(self.request).state.cookies
        give_device(cookies, self.ports.keys, self.institution.code, device)

    @property
    def visit_url(self) -> str:
        """The path of this visit's screens, without the screen's name."""
        return f"{self.context.base_path}/link/{self.visit_id}"

    @property
    def core(self) -> CoreBank:
        """The institution's core banking system."""
        return self.ports.core_of(self.institution)

    def core_call(self) -> Call:
        """Return what goes with a read of the core; the reference leads to it in its log."""
        return Call(
            institution=self.institution.code,
            correlation_id=self.context.reference,
            deadline=self.now + CORE_PATIENCE,
        )
