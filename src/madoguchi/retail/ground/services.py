"""What steps and pages are given: the ports, and this request's own facts."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from madoguchi.core_bank.port import Call, CoreBank
from madoguchi.customers import Contract
from madoguchi.institutions import Institution
from madoguchi.kernel.errors import must
from madoguchi.notices import Notice, NoticeState, sender_of
from madoguchi.operations_log import Entry, Event, Result
from madoguchi.plumbing.database import Tx
from madoguchi.plumbing.web import Afterwards, RequestContext
from madoguchi.retail.ground.ports import RetailPorts
from madoguchi.risk import Environment, environment_of
from madoguchi.sign_in import Session, drop_session, give_device, give_session, read_device

CORE_PATIENCE = timedelta(seconds=8)
"""How long a screen waits for the core: people give up soon after."""


@dataclass(frozen=True)
class SignedIn:
    """Who is there: the session and the contract that it belongs to."""

    session: Session
    contract: Contract


@dataclass(frozen=True)
class RetailServices:
    """The ports, with the transaction, the time, the institution and the person of this request.

    `visit_id` is "" on a page that is no journey. `person` is None before the login.
    """

    ports: RetailPorts
    tx: Tx
    institution: Institution
    context: RequestContext
    now: datetime
    request: Request
    person: SignedIn | None = None
    visit_id: str = ""
    path: str = ""
    after_commit: list[Afterwards] = field(default_factory=list)

    @property
    def contract(self) -> Contract:
        """The contract of the person who is signed in."""
        return must(self.person, "somebody signed in").contract

    @property
    def session(self) -> Session:
        """The session of the person who is signed in."""
        return must(self.person, "somebody signed in").session

    @property
    def core(self) -> CoreBank:
        """The institution's core banking system."""
        return self.ports.core_of(self.institution)

    def core_call(self, idempotency_key: str | None = None) -> Call:
        """Return what goes with a call to the core; writes need a key."""
        return Call(
            institution=self.institution.code,
            correlation_id=self.context.reference,
            deadline=self.now + CORE_PATIENCE,
            idempotency_key=idempotency_key,
        )

    @property
    def device(self) -> str:
        """The id of this browser, "" where it is not known or forged."""
        return read_device(self.request, self.ports.keys, self.institution.code)

    @property
    def environment(self) -> Environment:
        """Where the request comes from, as far as risk is judged by it (RET-14)."""
        headers, state = self.request.headers, self.request.state
        return environment_of(
            self.context.source,
            headers.get("user-agent", ""),
            headers.get("accept-language", ""),
            state.place,
            self.device,
        )

    def url(self, path: str) -> str:
        """Return the address of a page or journey of internet banking."""
        return f"{self.context.base_path}/bank/{path}"

    @property
    def visit_url(self) -> str:
        """The address of this visit, without the screen."""
        return self.url(f"{self.path}/{self.visit_id}")

    def afterwards(self, action: Afterwards) -> None:
        """Have `action` done once this request's transaction is committed, before it is answered.

        Only what a job does too, should this process die in between.
        """
        self.after_commit.append(action)

    def log(
        self,
        event: Event,
        result: Result,
        *,
        subject: str = "",
        reason: str = "",
        detail: Mapping[str, str] | None = None,
        personal: Mapping[str, str] | None = None,
    ) -> None:
        """Append to the operations log what this person did."""
        self.ports.log.append(
            self.tx,
            Entry(
                institution=self.institution.code,
                event=event,
                result=result,
                actor=self.person.contract.id if self.person else "",
                subject=subject,
                reason=reason,
                source=self.context.source,
                reference=self.context.reference,
                journey=self.visit_id,
                detail=dict(detail or {}),
                personal=dict(personal or {}),
            ),
        )

    async def notify(
        self, template: str, event_key: str, values: Mapping[str, Any], to: str | None = None
    ) -> NoticeState | None:
        """Mail the customer in his language; None where no address of his is known (RET-31)."""
        address = to or self.contract.email
        if address is None:
            return None
        notice = Notice(
            sender=sender_of(self.institution),
            event_key=event_key,
            template=template,
            language=self.contract.language,
            to=address,
            values=values,
        )
        return await self.ports.notices.send(self.tx, notice)

    def set_session(self, secret: str) -> None:
        """Have the answer carry the session's (new) secret."""
        give_session(self.request.state.cookies, self.institution.code, secret)

    def drop_session(self) -> None:
        """Have the answer take the session's cookie away."""
        drop_session(self.request.state.cookies, self.institution.code)

    def remember_device(self, device: str) -> None:
        """Have the answer carry the cookie by which this browser is known again (RET-14)."""
        give_device(self.request.state.cookies, self.ports.keys, self.institution.code, device)

    def no_such_page(self) -> Response:
        """Return the page that there is nothing here: also for what is somebody else's."""
        return self.ports.pages.error(self.request, 404)
