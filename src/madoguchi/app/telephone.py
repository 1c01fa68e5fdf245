"""Calls on their way in: every gateway's end in the same sink (LINK-26)."""

from collections.abc import Awaitable, Callable

from madoguchi.app.runtime import Runtime
from madoguchi.call_back import Matched, NotMatched
from madoguchi.operations_log import Entry, Event
from madoguchi.plumbing.observability import METRICS
from madoguchi.plumbing.settings import Sip, host_and_port
from madoguchi.plumbing.telephone import IncomingCall, SipGateway, Trunk


class CallEvent(Event):
    """What the operations log says of calls."""

    MATCHED = "call-back:call:matched"


def call_sink(runtime: Runtime) -> Callable[[IncomingCall], Awaitable[Matched | NotMatched]]:
    """Return what takes a call: matches it against the attempts that wait, in one transaction."""

    async def take(call: IncomingCall) -> Matched | NotMatched:
        async with runtime.database.transaction() as tx:
            outcome = await runtime.call_back.record_call(tx, call, runtime.clock.now())
            if isinstance(outcome, Matched):
                runtime.log.append(tx, _entry(call, outcome))
        word = "matched" if isinstance(outcome, Matched) else outcome.reason.value
        METRICS.calls.labels(call.gateway, word).inc()
        return outcome

    return take


async def open_sip_gateway(runtime: Runtime, sip: Sip) -> SipGateway:
    """Start answering the trunk's calls; the caller closes the gateway."""
    sink = call_sink(runtime)

    async def take(call: IncomingCall) -> None:
        await sink(call)

    trunk = Trunk(
        name=sip.name,
        peers=sip.peers,
        ring_seconds=sip.ring_seconds,
        caller_from=sip.caller_from,
        called_from=sip.called_from,
        contact=sip.contact,
    )
    gateway = SipGateway(trunk, runtime.clock, take)
    await gateway.start(*host_and_port(sip.listen))
    return gateway


def _entry(call: IncomingCall, outcome: Matched) -> Entry:
    return Entry(
        institution=outcome.institution,
        event=CallEvent.MATCHED,
        result="done",
        actor=f"gateway:{call.gateway}",
        journey=outcome.owner.partition(":")[0],
        detail={"called": call.called, "call": call.call_id},
    )
