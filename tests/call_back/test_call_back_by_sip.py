"""From the telephone line to the screen: real SIP calls that do and do not confirm an attempt."""

from datetime import timedelta

import pytest

from madoguchi.call_back import CallBack, Confirmed, Opening, Status, TooLate, Waiting
from madoguchi.kernel.clock import SystemClock
from madoguchi.plumbing.database import Database
from madoguchi.plumbing.telephone import IncomingCall
from tests.plumbing.telephone.sip_peer import ASSERTED, TRUNK, Line, Peer
from tests.support.entropy import SeededEntropy
from tests.support.keys import FixedKeys

OPENING = Opening("9901", "visit", "09000001234", ("0120000001",), 120)
FORGED_SENDER = "<sip:+819000001234@carrier.example>"


class Counted(Line):
    """A line whose calls go to the call-back, as the product wires it."""

    def __init__(self, database: Database, keys: FixedKeys) -> None:
        super().__init__(TRUNK)
        self.database, self.call_back = database, CallBack(keys, SeededEntropy())

    async def take(self, call: IncomingCall) -> None:
        await super().take(call)
        async with self.database.transaction() as tx:
            await self.call_back.record_call(tx, call, SystemClock().now())

    async def status(self) -> Status:
        async with self.database.transaction() as tx:
            return await self.call_back.status(tx, "9901", "visit", SystemClock().now())

    async def ring(self, *, shown_ago: timedelta, cancel: bool = False, **more: str) -> Status:
        async with self.database.transaction() as tx:
            await self.call_back.begin(tx, OPENING, SystemClock().now() - shown_ago)
        await self.gateway.start("127.0.0.1", 0)
        async with Peer(self) as peer:
            peer.request(**more)
            assert [await peer.code() for _ in range(2)] == [100, 180]
            if cancel:
                peer.request("CANCEL")
            assert (await peer.codes())[-1] == (487 if cancel else 486)
            peer.request("ACK")
        await self.gateway.close()
        return await self.status()


@pytest.mark.requirement("LINK-22", "LINK-26")
async def test_a_sip_call_confirms_the_attempt(database: Database, keys: FixedKeys) -> None:
    """The registered phone's call on the trunk is seen by the screen."""
    line = Counted(database, keys)
    assert await line.ring(shown_ago=timedelta(seconds=1)) == Confirmed()


@pytest.mark.requirement("LINK-21", "LINK-22", "LINK-26")
@pytest.mark.parametrize(
    ("headers", "cancel"),
    [("", False), (f"{ASSERTED}\r\nPrivacy: id", False), (ASSERTED, True)],
    ids=["forged-from", "withheld", "cancelled"],
)
async def test_an_attack_by_sip_leaves_the_attempt_waiting(
    database: Database, keys: FixedKeys, headers: str, cancel: bool
) -> None:
    """A forged From, a withheld number and a call cancelled before the rings confirm nobody."""
    line = Counted(database, keys)
    more = {"headers": headers, "sender": FORGED_SENDER}
    status = await line.ring(shown_ago=timedelta(seconds=1), cancel=cancel, **more)
    assert isinstance(status, Waiting)


@pytest.mark.requirement("LINK-22", "LINK-24")
@pytest.mark.parametrize(
    ("shown_ago", "expected"),
    [(timedelta(seconds=121), TooLate), (timedelta(seconds=-30), Waiting)],
)
async def test_a_call_outside_the_time_confirms_nobody(
    database: Database, keys: FixedKeys, shown_ago: timedelta, expected: type
) -> None:
    """The right phone and number, too late or too early."""
    line = Counted(database, keys)
    assert isinstance(await line.ring(shown_ago=shown_ago), expected)
