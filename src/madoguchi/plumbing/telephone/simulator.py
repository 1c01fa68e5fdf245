"""The simulated telephone of the demo and of tests: a call without a line (LINK-26 c)."""

from dataclasses import dataclass

from madoguchi.kernel.clock import Clock
from madoguchi.kernel.entropy import Entropy, new_id
from madoguchi.kernel.phone import to_e164
from madoguchi.plumbing.telephone.calls import CallSink, IncomingCall


@dataclass(frozen=True, slots=True)
class NotANumber:
    """What was called, or the caller, is no telephone number."""


@dataclass(frozen=True, slots=True)
class TelephoneSimulator:
    """Makes calls that ring and end in the same moment."""

    sink: CallSink
    clock: Clock
    entropy: Entropy
    gateway: str = "simulator"

    async def call(self, caller: str | None, called: str) -> IncomingCall | NotANumber:
        """Call the number `called` from `caller` (None: withheld), both as people write numbers."""
        number = to_e164(called)
        identity = None if caller is None else to_e164(caller)
        if number is None or (caller is not None and identity is None):
            return NotANumber()
        now = self.clock.now()
        call = IncomingCall(self.gateway, new_id(self.entropy), number, identity, now, now)
        await self.sink(call)
        return call
