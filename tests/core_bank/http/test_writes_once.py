"""Writes over a link that breaks: done once, and what they came to is found out (CORE-03)."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from madoguchi.core_bank import CoreUnavailable, Held, NeverSeen, Settled, Unknown
from madoguchi.core_bank.http import HttpCore
from madoguchi.core_bank.http.gateway import core_gateway
from tests.core_bank.contract import BANK, reading, transfer, writing
from tests.core_bank.http.serving import (
    TOKEN,
    BadGateway,
    served,
)
from tests.core_bank.stages import FakeStage
from tests.support.clock import SettableClock


class Breaking:
    """The wire to a good gateway. It loses as many requests and answers as it is told."""

    def __init__(self, bad: BadGateway, port: int) -> None:
        self._bad = bad
        self._port = port
        bad.answer = self._pass_on
        self.answers = 0
        self.requests = 0

    async def _pass_on(self, _: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Reset instead of sending; or have it done and reset instead of answering."""
        if self.requests:
            self.requests -= 1
            writer.transport.abort()
            return
        there, back = await asyncio.open_connection("127.0.0.1", self._port)
        request = self._bad.requests[-1].replace(b"\r\n", b"\r\nConnection: close\r\n", 1)
        back.write(request)
        answer = await there.read()
        back.close()
        if self.answers:
            self.answers -= 1
            writer.transport.abort()
            return
        writer.write(answer)
        await writer.drain()


@pytest.fixture
def stage(clock: SettableClock) -> FakeStage:
    """The core behind the gateway, whose effects can be counted."""
    return FakeStage(clock)


@pytest.fixture
async def wire(bad: BadGateway, stage: FakeStage) -> AsyncIterator[Breaking]:
    """The wire between adapter and gateway."""
    gateway = core_gateway(stage.core, institutions=(BANK,), tokens=(TOKEN,), clock=stage.clock)
    async with served(gateway) as port:
        yield Breaking(bad, port)


@pytest.mark.requirement("CORE-03")
@pytest.mark.parametrize("lost", ["requests", "answers"])
async def test_one_break_is_not_even_noticed(
    wire: Breaking, stage: FakeStage, core: HttpCore, bad: BadGateway, lost: str
) -> None:
    """A write that is cut off is sent again under its key, and done once."""
    payer = await stage.open_account(balance=1_000)
    payee = await stage.open_account("7777777")
    setattr(wire, lost, 1)
    hold = await core.hold(writing(stage, "k1"), transfer(payer, 100, to=payee))
    assert isinstance(hold, Held)
    assert len(stage.core.of(BANK).holds) == 1
    setattr(wire, lost, 1)
    settled = await core.settle(writing(stage, "k2"), hold.hold_id)
    assert isinstance(settled, Settled)
    lines = stage.core.of(BANK).lines
    assert [line.balance_after for line in lines[payer.id]] == [1_000, 900]
    assert [line.balance_after for line in lines[payee.id]] == [100]
    assert len(bad.requests) == 4


@pytest.mark.requirement("CORE-03")
async def test_answers_that_never_arrive(
    wire: Breaking, stage: FakeStage, core: HttpCore, bad: BadGateway
) -> None:
    """A write whose answers are all lost is unknown; asked by its key, it was done, and once."""
    payer = await stage.open_account(balance=1_000)
    wire.answers = 2
    unknown = await core.hold(writing(stage, "k1"), transfer(payer, 100))
    assert unknown == Unknown("k1")
    assert len(bad.requests) == 2
    found = await core.inquire(reading(stage), "k1")
    assert isinstance(found, Held)
    assert list(stage.core.of(BANK).holds) == [found.hold_id]
    assert await core.hold(writing(stage, "k1"), transfer(payer, 100)) == found
    assert len(stage.core.of(BANK).holds) == 1


@pytest.mark.requirement("CORE-03")
async def test_requests_that_never_arrive(
    wire: Breaking, stage: FakeStage, core: HttpCore, bad: BadGateway
) -> None:
    """A write that never reached the core is unknown too; asked by its key, it was never seen."""
    payer = await stage.open_account(balance=1_000)
    wire.requests = 2
    assert await core.hold(writing(stage, "k1"), transfer(payer, 100)) == Unknown("k1")
    assert len(bad.requests) == 2
    assert await core.inquire(reading(stage), "k1") == NeverSeen()
    assert stage.core.of(BANK).holds == {}


@pytest.mark.requirement("CORE-03")
async def test_two_at_once_under_one_key(wire: Breaking, stage: FakeStage, core: HttpCore) -> None:
    """Sent ten times at once under one key over a breaking wire, a hold is made once."""
    payer = await stage.open_account(balance=1_000)
    wire.answers = 5
    wanted = transfer(payer, 100)
    answers = await asyncio.gather(*(core.hold(writing(stage, "k1"), wanted) for _ in range(10)))
    assert len(stage.core.of(BANK).holds) == 1
    (held,) = {answer for answer in answers if isinstance(answer, Held)}
    assert set(answers) <= {held, Unknown("k1")}


@pytest.mark.requirement("CORE-03", "LINK-27")
async def test_a_pin_is_not_sent_twice(stage: FakeStage, core: HttpCore, bad: BadGateway) -> None:
    """A core that counts wrong PINs counts each once: what it may have received is not repeated."""
    with pytest.raises(CoreUnavailable):
        await core.verify_card_pin(reading(stage), "a", "1234")
    assert len(bad.requests) == 1
    with pytest.raises(CoreUnavailable):
        await core.balances(reading(stage), "a")
    assert len(bad.requests) == 3
