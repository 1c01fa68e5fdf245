"""The SIP user agent that rings and refuses (LINK-21, LINK-26 a).

It never answers, so that no call costs anything. INVITE: 100, 180, after the rings 486, and only
then the call counts. CANCEL before that: 487, and it does not count.
"""

import asyncio
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

import structlog

from madoguchi.kernel.clock import Clock
from madoguchi.plumbing.telephone.calls import CallSink, IncomingCall
from madoguchi.plumbing.telephone.sip.identity import called_of, caller_of
from madoguchi.plumbing.telephone.sip.messages import (
    ALLOWED,
    Incoming,
    Malformed,
    read_request,
    respond,
)
from madoguchi.plumbing.telephone.sip.transaction import InviteTransaction, State
from madoguchi.plumbing.telephone.sip.trunk import Trunk

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Way:
    """How a message came and how answers go back; `contact` is this agent's own `host:port`."""

    source: tuple[str, int]
    transport: str
    contact: str
    send: Callable[[Incoming, bytes], None]


class SipAgent:
    """Takes datagrams and messages from the transports; knows nothing of sockets."""

    def __init__(self, trunk: Trunk, clock: Clock, sink: CallSink) -> None:
        self._trunk = trunk
        self._clock = clock
        self._sink = sink
        self._invites: dict[tuple[str, ...], InviteTransaction] = {}
        self._merged: set[tuple[str, ...]] = set()
        self._counting: set[asyncio.Task[None]] = set()
        self._closing = False

    def trusts(self, address: str) -> bool:
        """Tell whether messages from this IP address are looked at."""
        return self._trunk.trusts(address)

    def receive(self, data: bytes, way: Way) -> None:
        """Handle one message from a trusted peer; nothing in it makes this raise."""
        try:
            incoming = read_request(data)
        except Malformed:
            log.warning(
                "sip_malformed", trunk=self._trunk.name, peer=way.source[0], size_bytes=len(data)
            )
            return
        if incoming is None:
            return
        try:
            self._dispatch(incoming, way)
        except Exception:
            log.exception("sip_message_failed", trunk=self._trunk.name, peer=way.source[0])

    async def close(self) -> None:
        """Refuse the calls that still ring, which do not count; finish those that count."""
        self._closing = True
        for invite in list(self._invites.values()):
            if invite.state is State.RINGING:
                invite.refuse(480)
            invite.forget()
        while self._counting:
            await asyncio.gather(*self._counting, return_exceptions=True)

    def _dispatch(self, incoming: Incoming, way: Way) -> None:
        known = self._invites.get(incoming.transaction)
        method = incoming.request.method
        if method == "ACK":
            if known:
                known.acknowledged()
        elif method == "INVITE" and known:
            known.received_again()
        elif method == "INVITE" and not incoming.in_dialog:
            self._invited(incoming, way)
        elif method == "CANCEL":
            self._cancelled(incoming, known, way)
        elif incoming.in_dialog or method == "BYE":
            self._answer(incoming, way, 481)
        elif method == "OPTIONS":
            self._answer(incoming, way, 200, Allow=ALLOWED)
        else:
            self._answer(incoming, way, 405, Allow=ALLOWED)

    def _invited(self, invite: Incoming, way: Way) -> None:
        required = ", ".join(invite.request.headers.getlist("Require"))
        if required:
            self._answer(invite, way, 420, Unsupported=required)
        elif invite.merged in self._merged:
            self._answer(invite, way, 482)
        elif self._closing or len(self._invites) + len(self._counting) >= self._trunk.calls_at_once:
            log.warning("sip_too_many_calls", trunk=self._trunk.name)
            self._answer(invite, way, 503, Retry_After="10")
        else:
            self._ring(invite, way)

    def _ring(self, invite: Incoming, way: Way) -> None:
        arrived_at = self._clock.now()
        transaction = self._remember(invite, way)

        def rung() -> None:
            transaction.refuse(486)
            self._count(invite, arrived_at)

        transaction.answer(100)
        contact = f"<sip:madoguchi@{way.contact};transport={way.transport.lower()}>"
        transaction.answer(180, Contact=contact)
        transaction.ring_for(self._trunk.ring_seconds, rung)

    def _remember(self, invite: Incoming, way: Way) -> InviteTransaction:
        key, merged, tag = invite.transaction, invite.merged, secrets.token_hex(8)

        def gone() -> None:
            self._invites.pop(key, None)
            self._merged.discard(merged)

        self._merged.add(merged)
        self._invites[key] = InviteTransaction(
            lambda code, **headers: respond(invite, code, source=way.source, tag=tag, **headers),
            lambda response: way.send(invite, response),
            reliable=way.transport != "UDP",
            timers=self._trunk.timers,
            on_gone=gone,
        )
        return self._invites[key]

    def _cancelled(self, cancel: Incoming, invite: InviteTransaction | None, way: Way) -> None:
        if invite is None:
            self._answer(cancel, way, 481)
            return
        self._answer(cancel, way, 200)
        if invite.state is State.RINGING:
            invite.refuse(487)

    def _count(self, invite: Incoming, arrived_at: datetime) -> None:
        called = called_of(invite.request, self._trunk)
        if called is None:
            log.warning("sip_called_number_unreadable", trunk=self._trunk.name)
            return
        caller = caller_of(invite.request, self._trunk)
        call = IncomingCall(
            self._trunk.name, invite.call_id, called, caller, arrived_at, self._clock.now()
        )
        task = asyncio.get_running_loop().create_task(self._hand_over(call))
        self._counting.add(task)
        task.add_done_callback(self._counting.discard)

    async def _hand_over(self, call: IncomingCall) -> None:
        try:
            await self._sink(call)
        except Exception:
            log.exception("sip_call_lost", trunk=self._trunk.name)

    def _answer(self, incoming: Incoming, way: Way, code: int, **headers: str) -> None:
        """Answer without remembering (RFC 3261, 8.2.7)."""
        tag = secrets.token_hex(8)
        way.send(incoming, respond(incoming, code, source=way.source, tag=tag, **headers))
