"""The server's side of one INVITE (RFC 3261, 17.2.1), for calls that are only ever refused."""

import asyncio
from collections.abc import Callable
from enum import Enum, auto

from madoguchi.plumbing.telephone.sip.trunk import Timers

Send = Callable[[bytes], None]
MakeResponse = Callable[..., bytes]
"""`(code, **headers) -> bytes`: a response to the transaction's INVITE."""


class State(Enum):
    """Where an INVITE stands."""

    RINGING = auto()
    REFUSED = auto()
    ACKNOWLEDGED = auto()
    GONE = auto()


class InviteTransaction:
    """Sends the responses to one INVITE again as long as they may have been lost.

    `send` takes a response to the peer; over a `reliable` transport nothing is repeated. `on_gone`
    is called once, when late copies of the call's messages can no longer come.
    """

    def __init__(
        self,
        response: MakeResponse,
        send: Send,
        *,
        reliable: bool,
        timers: Timers,
        on_gone: Callable[[], None],
    ) -> None:
        self.state = State.RINGING
        self._response = response
        self._send = send
        self._reliable = reliable
        self._timers = timers
        self._on_gone = on_gone
        self._last = b""
        self._waiting: list[asyncio.TimerHandle] = []

    def ring_for(self, seconds: float, then: Callable[[], None]) -> None:
        """Have `then` called after `seconds`, unless the call is refused before."""
        self._later(seconds, then)

    def answer(self, code: int, **headers: str) -> None:
        """Send a response now."""
        self._last = self._response(code, **headers)
        self._send(self._last)

    def refuse(self, code: int) -> None:
        """Send the final response, and again until the ACK comes or patience ends (timers G, H)."""
        self._stop_waiting()
        self.state = State.REFUSED
        self.answer(code)
        self._later(self._timers.give_up, self.forget)
        if not self._reliable:
            self._later(self._timers.t1, self._resend, self._timers.t1)

    def received_again(self) -> None:
        """Answer a repeated INVITE with the last response."""
        if self.state in {State.RINGING, State.REFUSED}:
            self._send(self._last)

    def acknowledged(self) -> None:
        """Take the ACK; stay for a while to absorb copies (timer I)."""
        if self.state is State.REFUSED:
            self._stop_waiting()
            self.state = State.ACKNOWLEDGED
            self._later(0 if self._reliable else self._timers.t4, self.forget)

    def forget(self) -> None:
        """End here: nothing more is sent."""
        self._stop_waiting()
        if self.state is not State.GONE:
            self.state = State.GONE
            self._on_gone()

    def _resend(self, interval: float) -> None:
        self._send(self._last)
        following = min(2 * interval, self._timers.t2)
        self._later(following, self._resend, following)

    def _later(self, seconds: float, action: Callable[..., None], *args: float) -> None:
        self._waiting.append(asyncio.get_running_loop().call_later(seconds, action, *args))

    def _stop_waiting(self) -> None:
        for handle in self._waiting:
            handle.cancel()
        self._waiting.clear()
