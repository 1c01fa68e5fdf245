"""The port that every telephone gateway fills (LINK-26): a call that rang, and where it goes."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class IncomingCall:
    """One call that rang to the end and was dropped unanswered.

    `gateway` and `call_id` together name the call; `called` and `caller` are E.164, and a `caller`
    of None was withheld. `arrived_at` is when the line began to ring, `counted_at` when it was
    dropped (None: not told apart).
    """

    gateway: str
    call_id: str
    called: str
    caller: str | None
    arrived_at: datetime
    counted_at: datetime | None = None


CallSink = Callable[[IncomingCall], Awaitable[None]]
"""Takes each call once it counts. What it raises is logged by the gateway, and the call is lost."""
