"""Who may come in: a live session, at the stage that the page is for (RET-09, RET-12).

Everything of internet banking that is not the way in itself passes here.
"""

from dataclasses import dataclass
from typing import assert_never
from urllib.parse import parse_qsl, urlencode

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from madoguchi.customers import ContractState, Customers
from madoguchi.institutions import Institution
from madoguchi.kernel.clock import Clock
from madoguchi.plumbing.database import Tx
from madoguchi.plumbing.web import Admitted, RequestContext
from madoguchi.retail.ground.declared import Stage
from madoguchi.retail.ground.services import SignedIn
from madoguchi.sign_in import Session, SessionOver, SignIn, read_session

FIRST_LOGIN = "first-login"
"""The path of the journey that a first login leads to (RET-06)."""
LANGUAGE = "lang"
"""The parameter that changes the language: it is for the page on which it is pressed."""


@dataclass(frozen=True)
class Admission:
    """Lets in who is signed in, and shows everybody else the way."""

    sign_in: SignIn
    customers: Customers
    clock: Clock

    async def admit(
        self,
        request: Request,
        tx: Tx,
        institution: Institution,
        context: RequestContext,
        stage: Stage | None = "full",
        *,
        touch: bool = True,
    ) -> Admitted | Response:
        """Return whose the session is, or the answer that leads to the login.

        `touch` counts the request as input (RET-12). A session of another stage is led to where it
        belongs; None admits any.
        """
        secret = read_session(request, institution.code)
        if not secret:
            return self._to_login(request, context, "")
        now = self.clock.now()
        if touch and request.method == "POST":
            await self._hold_contract(tx, institution, secret)
        found = await self.sign_in.find_session(tx, institution, secret, now, touch=touch)
        match found:
            case SessionOver(why=why):
                return self._to_login(request, context, why)
            case Session():
                pass
            case _:
                assert_never(found)
        contract = await self.customers.find(tx, institution.code, found.contract_id)
        if contract is None or contract.state is ContractState.STOPPED:
            await self.sign_in.end_session(tx, found, "stopped", now)
            return self._to_login(request, context, "stopped")
        if stage not in (None, found.stage):
            path = FIRST_LOGIN if found.stage == FIRST_LOGIN else "top"
            return RedirectResponse(f"{context.base_path}/bank/{path}", status_code=303)
        return Admitted(owner=f"contract:{contract.id}", person=SignedIn(found, contract))

    async def _hold_contract(self, tx: Tx, institution: Institution, secret: str) -> None:
        """Hold the contract before the session, which counting the input holds too.

        A step may change the contract; and who ends sessions (another login, staff) holds it first.
        In the other order each would wait for the other.
        """
        now = self.clock.now()
        found = await self.sign_in.find_session(tx, institution, secret, now, touch=False)
        if isinstance(found, Session):
            await self.customers.find_locked(tx, institution.code, found.contract_id)

    def _to_login(self, request: Request, context: RequestContext, why: str) -> Response:
        """Lead to the login, and back here afterwards: a visit under way is not lost."""
        query = {"why": why} if why else {}
        place = _asked(request)
        if f"{context.base_path}/bank/top" != place:
            query["next"] = place
        url = f"{context.base_path}/bank/login"
        return RedirectResponse(f"{url}?{urlencode(query)}" if query else url, status_code=303)


def _asked(request: Request) -> str:
    """Return where a person wanted to go: path and query of a page, of a form the path alone.

    The path of a form is that of its screen: whoever was logged out finds his visit there again.
    """
    path: str = request.scope["state"]["asked_path"]
    if request.method != "GET":
        return path
    query = parse_qsl(request.url.query, keep_blank_values=True)
    kept = urlencode([(name, value) for name, value in query if name != LANGUAGE])
    return f"{path}?{kept}" if kept else path
