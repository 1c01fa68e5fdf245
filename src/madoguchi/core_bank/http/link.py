"""One call to a core's gateway: sent within its deadline, answered or `CoreUnavailable` (CORE-03).

TLS is verified, redirects are not followed, sizes and connections are bounded. What goes wrong is
logged by operation and correlation id, without a word of what was sent or answered.
"""

import asyncio
import ssl
from dataclasses import dataclass, field
from typing import TypeVar

import httpx2
import msgspec

from madoguchi.core_bank.http import problems, rules
from madoguchi.core_bank.http.checks import NotSound, sound
from madoguchi.core_bank.http.operations import (
    CORRELATION_ID,
    DEADLINE,
    IDEMPOTENCY_KEY,
    INSTITUTION,
    Operation,
)
from madoguchi.core_bank.port import Call, CoreFailure, CoreUnavailable, Refused
from madoguchi.kernel.clock import Clock
from madoguchi.kernel.errors import must
from madoguchi.plumbing.keys import KeyReferenceError, read_reference
from madoguchi.plumbing.observability import get_logger

ANSWER_BYTES_AT_MOST = 2 * 1024 * 1024
CONNECTIONS_AT_MOST = 32
CONNECT_SECONDS = 3.0
IDLE_SECONDS = 4.0
"""An idle connection is given up before a usual server does, so that nothing is sent into it."""
LONGEST_CALL_SECONDS = 60.0
FAIR_SECONDS = 1.0
"""A call with less time than this says nothing of the core when it runs out."""
ATTEMPTS = 2
JSON = "application/json"
NOT_SENT = (httpx2.ConnectError, httpx2.ConnectTimeout)

Q = TypeVar("Q")
A = TypeVar("A")
log = get_logger("core")


@dataclass(frozen=True, kw_only=True)
class CoreAddress:
    """Where a core's gateway is and how it knows us: `[cores.NAME]` of the settings.

    `token` is a reference (`file:/path`, `env:NAME`) to the bearer token, read with each call;
    certificates are read when the process starts. An empty text: none.
    """

    name: str
    url: str
    token: str = ""
    ca_file: str = ""
    client_certificate: str = ""
    client_key: str = ""


@dataclass(frozen=True)
class Reply:
    """What came back."""

    status: int
    media_type: str
    body: bytes = field(repr=False)


class Undone(CoreUnavailable):
    """The call ended for a reason of its own, which says nothing of the core."""


class Link:
    """The way to one core; a process has one for each, and each has its circuit breaker.

    Raises `KeyReferenceError`, `OSError` where token or certificates cannot be read.
    """

    def __init__(
        self, address: CoreAddress, clock: Clock, patience: rules.Patience | None = None
    ) -> None:
        self._name = address.name
        self._url = address.url.rstrip("/")
        self._clock = clock
        self._patience = patience or rules.Patience()
        self._circuit = rules.CLOSED
        self._token = _Token(address.token) if address.token else None
        self._client = httpx2.AsyncClient(
            verify=_tls(address),
            trust_env=False,
            follow_redirects=False,
            # the deadline of each call is the limit of everything but connecting
            timeout=httpx2.Timeout(None, connect=CONNECT_SECONDS),
            limits=httpx2.Limits(
                max_connections=CONNECTIONS_AT_MOST,
                max_keepalive_connections=CONNECTIONS_AT_MOST,
                keepalive_expiry=IDLE_SECONDS,
            ),
        )

    async def ask(self, call: Call, operation: Operation[Q, A], request: Q) -> A | Refused:
        """Return the core's answer; `Refused` to writes only. Raises `CoreUnavailable`."""
        try:
            return await self._through_the_circuit(call, operation, request)
        except CoreUnavailable as error:
            log.warning(
                "core not asked",
                core=self._name,
                operation=operation.name,
                institution=call.institution,
                correlation_id=call.correlation_id,
                reason=str(error),
            )
            raise

    async def close(self) -> None:
        """Close the connections."""
        await self._client.aclose()

    async def _through_the_circuit(
        self, call: Call, operation: Operation[Q, A], request: Q
    ) -> A | Refused:
        entered = rules.entered(self._circuit, self._patience, self._clock.now())
        if entered is None:
            raise CoreUnavailable(CoreFailure.LINK_FAILED, "left alone after failures in a row")
        self._circuit = entered
        try:
            reply = await self._reply(call, operation, msgspec.json.encode(request))
            answer = _read(operation, reply)
        except BaseException as error:
            self._circuit = self._after(error)
            raise
        self._circuit = rules.CLOSED
        return answer

    def _after(self, error: BaseException) -> rules.Circuit:
        if isinstance(error, Undone) or not isinstance(error, CoreUnavailable):
            return rules.given_up(self._circuit)
        if error.kind is not CoreFailure.LINK_FAILED:
            return rules.CLOSED
        circuit = rules.failed(self._circuit, self._patience, self._clock.now())
        if circuit.open_until and not self._circuit.open_until:
            log.error("core left alone", core=self._name, failures=circuit.failures)
        return circuit

    async def _reply(self, call: Call, operation: Operation[Q, A], body: bytes) -> Reply:
        seconds = (call.deadline - self._clock.now()).total_seconds()
        if seconds <= 0:
            raise Undone(CoreFailure.LINK_FAILED, "its deadline was over before it was sent")
        headers = self._headers(call, operation)
        try:
            async with asyncio.timeout(min(seconds, LONGEST_CALL_SECONDS)):
                return await self._attempts(operation, headers, body)
        except TimeoutError:
            kind = CoreUnavailable if seconds >= FAIR_SECONDS else Undone
            raise kind(CoreFailure.LINK_FAILED, "no answer by the deadline") from None
        except httpx2.HTTPError as error:
            raise CoreUnavailable(CoreFailure.LINK_FAILED, _told(error)) from None

    async def _attempts(
        self, operation: Operation[Q, A], headers: dict[str, str], body: bytes
    ) -> Reply:
        for _ in range(ATTEMPTS - 1):
            try:
                return await self._once(operation, headers, body)
            except httpx2.TransportError as error:
                if not (operation.repeatable or isinstance(error, NOT_SENT)):
                    raise
        return await self._once(operation, headers, body)

    async def _once(
        self, operation: Operation[Q, A], headers: dict[str, str], body: bytes
    ) -> Reply:
        url = f"{self._url}/{operation.name}"
        async with self._client.stream("POST", url, content=body, headers=headers) as response:
            if response.headers.get("content-encoding", "identity") != "identity":
                raise CoreUnavailable(CoreFailure.CANNOT_HANDLE, "a compressed answer")
            answer = bytearray()
            async for chunk in response.aiter_raw():
                answer += chunk
                if len(answer) > ANSWER_BYTES_AT_MOST:
                    raise CoreUnavailable(CoreFailure.CANNOT_HANDLE, "an answer too large")
            media_type = response.headers.get("content-type", "").partition(";")[0].strip().lower()
            return Reply(response.status_code, media_type, bytes(answer))

    def _headers(self, call: Call, operation: Operation[Q, A]) -> dict[str, str]:
        headers = {
            "Content-Type": JSON,
            "Accept": f"{JSON}, {problems.MEDIA_TYPE}",
            "Accept-Encoding": "identity",
            INSTITUTION: call.institution,
            CORRELATION_ID: call.correlation_id,
            DEADLINE: call.deadline.isoformat(),
        }
        if operation.writes:
            key = must(call.idempotency_key, "the idempotency key of a write")
            must(key.isascii() and key.isprintable(), "an idempotency key of visible characters")
            headers[IDEMPOTENCY_KEY] = key
        if self._token:
            headers["Authorization"] = f"Bearer {self._token.current()}"
        return headers


class _Token:
    """A bearer token by reference; where it can no longer be read, the last one stays in use."""

    def __init__(self, reference: str) -> None:
        self._reference = reference
        self._last = read_reference(reference)

    def current(self) -> str:
        """Return the token: a new one as soon as it stands in its place."""
        try:
            self._last = read_reference(self._reference)
        except KeyReferenceError:
            log.exception("token of a core not read anew, the former one stays in use")
        return self._last


def _tls(address: CoreAddress) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=address.ca_file or None)
    if address.client_certificate:
        context.load_cert_chain(address.client_certificate, address.client_key)
    return context


def _read(operation: Operation[Q, A], reply: Reply) -> A | Refused:
    """Return what a reply says. Raises `CoreUnavailable`."""
    cannot = CoreFailure.CANNOT_HANDLE
    if reply.status == 200 and reply.media_type == JSON:
        try:
            return sound(operation.read_answer(reply.body))
        except msgspec.DecodeError as error:
            raise CoreUnavailable(cannot, f"an answer of another form{_place(error)}") from None
        except (NotSound, UnicodeDecodeError) as error:
            raise CoreUnavailable(cannot, f"an answer of another form: {error}") from None
    problem = _problem(reply)
    if problem.type == problems.REFUSED.type and operation.writes:
        refusal = problems.refusal_of(problem.number, problem.name)
        if refusal is None:
            raise CoreUnavailable(cannot, f"a refusal nobody knows, number {problem.number}")
        return Refused(refusal)
    known = next((each for each in problems.ALL if each.type == problem.type), None)
    told = f"status {reply.status}" + (f", {known.name}" if known else "")
    if known is not problems.CANNOT_HANDLE and reply.status >= 500:
        raise CoreUnavailable(CoreFailure.LINK_FAILED, told)
    raise CoreUnavailable(cannot, told)


def _problem(reply: Reply) -> problems.ProblemBody:
    nothing = problems.ProblemBody(type="about:blank")
    if reply.media_type != problems.MEDIA_TYPE:
        return nothing
    try:
        return msgspec.json.decode(reply.body, type=problems.ProblemBody)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return nothing


def _place(error: msgspec.DecodeError) -> str:
    """Return where the error is; what it says before that may hold a customer's data."""
    return "".join(str(error).rpartition(" - at ")[1:])


def _told(error: httpx2.HTTPError) -> str:
    """Return an error in words that hold nothing of what was answered."""
    name = type(error).__name__
    return f"{name}: {error}" if isinstance(error, httpx2.ConnectError) else name
