"""Any `CoreBank`, served by the interface that `HttpCore` asks (CORE-03).

A bank's integrator puts an own `CoreBank` behind it; the tests put the embedded core there. Run it
behind TLS: `uvicorn` with a certificate, or a proxy that asks for the client's. The product itself
serves it nowhere.
"""

import hmac
from collections.abc import Awaitable, Callable, Collection
from datetime import datetime
from typing import Any, Final

import msgspec
from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route

from madoguchi.core_bank.http import messages as m
from madoguchi.core_bank.http import operations, problems
from madoguchi.core_bank.http.answers import message_of
from madoguchi.core_bank.http.operations import OPERATIONS, Operation
from madoguchi.core_bank.http.problems import Problem, ProblemBody
from madoguchi.core_bank.port import (
    AddressChange,
    BadCursor,
    Call,
    CoreBank,
    CoreFailure,
    CoreUnavailable,
    NoCard,
    NoSuchPayee,
    PayeeName,
    PayeeNotOffered,
    PinRight,
    PinWrong,
    Refused,
    Transfer,
)
from madoguchi.kernel.clock import Clock, SystemClock
from madoguchi.kernel.errors import Fault
from madoguchi.plumbing.observability import get_logger

REQUEST_BYTES_AT_MOST = 64 * 1024
BY_NAME: Final = {operation.name: operation for operation in OPERATIONS}
PIN_RESULTS: Final[dict[type, Any]] = {PinRight: "right", PinWrong: "wrong", NoCard: "no_card"}
Answering = Callable[[CoreBank, Call, Any], Awaitable[msgspec.Struct | Refused]]
log = get_logger("core-gateway")


class Rejected(Fault):
    """The request is not taken to the core."""

    def __init__(self, problem: Problem, detail: str = "") -> None:
        super().__init__(f"{problem.name}: {detail}")
        self.problem = problem
        self.detail = detail


def core_gateway(
    core: CoreBank,
    *,
    institutions: Collection[str],
    tokens: Collection[str],
    clock: Clock | None = None,
) -> Starlette:
    """Return the ASGI application.

    `institutions`: the 4-digit codes that it speaks for. `tokens`: the bearer tokens that open it,
    two while one takes the other's place; none where the proxy in front asks for a certificate.
    What arrives after its deadline, by `clock` (else the machine's), is not begun.
    """
    known = tuple(token.encode() for token in tokens)
    gateway = _Gateway(core, frozenset(institutions), known, clock or SystemClock())
    return Starlette(routes=[Route("/{path:path}", gateway.answer, methods=["POST"])])


class _Gateway:
    """One endpoint for all operations."""

    def __init__(
        self,
        core: CoreBank,
        institutions: frozenset[str],
        tokens: tuple[bytes, ...],
        clock: Clock,
    ) -> None:
        self._core = core
        self._institutions = institutions
        self._tokens = tokens
        self._clock = clock

    async def answer(self, request: Request) -> Response:
        """Answer a request, whatever it is, with an answer or a problem."""
        try:
            return await self._answer(request)
        except Rejected as rejected:
            return _problem(rejected.problem, detail=rejected.detail)
        except CoreUnavailable as error:
            failed = error.kind is CoreFailure.LINK_FAILED
            return _problem(problems.LINK_FAILED if failed else problems.CANNOT_HANDLE)
        except ClientDisconnect:
            return _problem(problems.INVALID_REQUEST)
        except Exception:
            log.exception("gateway failed", operation=request.path_params["path"])
            return _problem(problems.INTERNAL_ERROR)

    async def _answer(self, request: Request) -> Response:
        self._check_token(request)
        operation = BY_NAME.get(request.path_params["path"].rpartition("/")[2])
        if operation is None:
            raise Rejected(problems.NO_SUCH_OPERATION)
        call = self._call(request, operation)
        asked = _asked(operation, await _body(request))
        if call.deadline <= self._clock.now():
            # the platform has given it up, and may have been told that it was never seen
            raise Rejected(problems.LINK_FAILED, "after its deadline")
        answer = await ANSWERING[operation.name](self._core, call, asked)
        if isinstance(answer, Refused):
            name = problems.name_of(answer.code)
            return _problem(problems.REFUSED, number=int(answer.code), name=name)
        return Response(msgspec.json.encode(answer), media_type="application/json")

    def _check_token(self, request: Request) -> None:
        if not self._tokens:
            return
        scheme, _, given = request.headers.get("authorization", "").partition(" ")
        known = [hmac.compare_digest(given.encode(), token) for token in self._tokens]
        if scheme.lower() != "bearer" or not any(known):
            raise Rejected(problems.UNAUTHORIZED)

    def _call(self, request: Request, operation: Operation[Any, Any]) -> Call:
        institution = _header(request, operations.INSTITUTION)
        if institution not in self._institutions:
            raise Rejected(problems.WRONG_INSTITUTION)
        try:
            deadline = datetime.fromisoformat(_header(request, operations.DEADLINE))
        except ValueError:
            raise Rejected(problems.INVALID_REQUEST, operations.DEADLINE) from None
        if deadline.tzinfo is None:
            raise Rejected(problems.INVALID_REQUEST, operations.DEADLINE)
        key = _header(request, operations.IDEMPOTENCY_KEY) if operation.writes else None
        return Call(
            institution=institution,
            correlation_id=request.headers.get(operations.CORRELATION_ID, ""),
            deadline=deadline,
            idempotency_key=key,
        )


def _header(request: Request, name: str) -> str:
    value: str = request.headers.get(name, "")
    if not value:
        raise Rejected(problems.INVALID_REQUEST, name)
    return value


async def _body(request: Request) -> bytes:
    if request.headers.get("content-type", "").partition(";")[0].strip() != "application/json":
        raise Rejected(problems.INVALID_REQUEST, "Content-Type")
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > REQUEST_BYTES_AT_MOST:
            raise Rejected(problems.TOO_LARGE)
    return bytes(body)


def _asked(operation: Operation[Any, Any], body: bytes) -> Any:
    try:
        return operation.read_request(body)
    except (msgspec.DecodeError, UnicodeDecodeError):
        # without its text, which may repeat what was sent
        raise Rejected(problems.INVALID_REQUEST, "body") from None


def _problem(
    problem: Problem, *, number: int | None = None, name: str | None = None, detail: str = ""
) -> Response:
    body = ProblemBody(
        type=problem.type,
        title=problem.title,
        status=problem.status,
        number=number,
        name=name,
        detail=detail,
    )
    headers = {"WWW-Authenticate": "Bearer"} if problem is problems.UNAUTHORIZED else {}
    encoded = msgspec.json.encode(body)
    return Response(encoded, problem.status, headers, media_type=problems.MEDIA_TYPE)


# The port's methods, by operation ---------------------------------------------------------------


async def _capabilities(core: CoreBank, call: Call, _: m.Nothing) -> msgspec.Struct:
    return m.CapabilityList(capabilities=tuple(sorted(await core.capabilities(call))))


async def _business_date(core: CoreBank, call: Call, _: m.Nothing) -> msgspec.Struct:
    return m.BusinessDate(business_date=await core.business_date(call))


async def _find_account(core: CoreBank, call: Call, asked: m.AccountNumber) -> msgspec.Struct:
    found = await core.find_account(call, asked.branch_code, asked.kind, asked.number)
    return m.FoundAccount(account=found)


async def _account(core: CoreBank, call: Call, asked: m.AccountId) -> msgspec.Struct:
    return m.FoundAccount(account=await core.account(call, asked.account_id))


async def _holder(core: CoreBank, call: Call, asked: m.HolderId) -> msgspec.Struct:
    return m.FoundHolder(holder=await core.holder(call, asked.holder_id))


async def _accounts_of(core: CoreBank, call: Call, asked: m.HolderId) -> msgspec.Struct:
    return m.AccountList(accounts=tuple(await core.accounts_of(call, asked.holder_id)))


async def _verify_card_pin(core: CoreBank, call: Call, asked: m.TypedPin) -> msgspec.Struct:
    judged = await core.verify_card_pin(call, asked.account_id, asked.pin)
    return m.PinJudged(result=PIN_RESULTS[type(judged)])


async def _balances(core: CoreBank, call: Call, asked: m.AccountId) -> msgspec.Struct:
    return m.FoundBalances(balances=await core.balances(call, asked.account_id))


async def _transactions(core: CoreBank, call: Call, asked: m.TransactionRange) -> msgspec.Struct:
    found = await core.transactions(
        call,
        asked.account_id,
        asked.from_day,
        asked.to_day,
        cursor=asked.cursor,
        limit=asked.limit,
    )
    if isinstance(found, BadCursor):
        return m.CursorRejected()
    return m.NoSuchAccount() if found is None else m.Page(page=found)


async def _time_deposits(core: CoreBank, call: Call, asked: m.HolderId) -> msgspec.Struct:
    return m.TimeDepositList(time_deposits=tuple(await core.time_deposits(call, asked.holder_id)))


async def _payee_name(core: CoreBank, call: Call, asked: m.PayeeNumber) -> msgspec.Struct:
    found = await core.payee_name(
        call, asked.bank_code, asked.branch_code, asked.kind, asked.number
    )
    match found:
        case PayeeName(name_kana=name):
            return m.NameFound(name_kana=name)
        case NoSuchPayee():
            return m.NobodyFound()
        case PayeeNotOffered():
            return m.NameNotOffered()


async def _hold(core: CoreBank, call: Call, asked: Transfer) -> msgspec.Struct | Refused:
    answer = await core.hold(call, asked)
    return answer if isinstance(answer, Refused) else message_of(answer)


async def _settle(core: CoreBank, call: Call, asked: m.HoldId) -> msgspec.Struct | Refused:
    answer = await core.settle(call, asked.hold_id)
    return answer if isinstance(answer, Refused) else message_of(answer)


async def _release(core: CoreBank, call: Call, asked: m.Release) -> msgspec.Struct | Refused:
    answer = await core.release(call, asked.hold_id, asked.reason)
    return answer if isinstance(answer, Refused) else message_of(answer)


async def _address_change(
    core: CoreBank, call: Call, asked: AddressChange
) -> msgspec.Struct | Refused:
    answer = await core.request_address_change(call, asked)
    return answer if isinstance(answer, Refused) else message_of(answer)


async def _inquire(core: CoreBank, call: Call, asked: m.Inquiry) -> msgspec.Struct:
    return message_of(await core.inquire(call, asked.idempotency_key))


async def _events(core: CoreBank, call: Call, asked: m.EventsSince) -> msgspec.Struct:
    found = await core.events(call, asked.since, asked.limit)
    if isinstance(found, BadCursor):
        return m.CursorRejected()
    return m.EventList(events=found.events, next_cursor=found.next_cursor)


ANSWERING: Final[dict[str, Answering]] = {
    operations.CAPABILITIES.name: _capabilities,
    operations.BUSINESS_DATE.name: _business_date,
    operations.FIND_ACCOUNT.name: _find_account,
    operations.ACCOUNT.name: _account,
    operations.HOLDER.name: _holder,
    operations.ACCOUNTS_OF.name: _accounts_of,
    operations.VERIFY_CARD_PIN.name: _verify_card_pin,
    operations.BALANCES.name: _balances,
    operations.TRANSACTIONS.name: _transactions,
    operations.TIME_DEPOSITS.name: _time_deposits,
    operations.PAYEE_NAME.name: _payee_name,
    operations.HOLD.name: _hold,
    operations.SETTLE.name: _settle,
    operations.RELEASE.name: _release,
    operations.ADDRESS_CHANGE.name: _address_change,
    operations.INQUIRE.name: _inquire,
    operations.EVENTS.name: _events,
}
