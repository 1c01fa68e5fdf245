"""A change of address is asked for once, handed over once, and decided on once."""

import asyncio
from dataclasses import dataclass, field

import pytest

from madoguchi.address_changes import (
    AddressChangePorts,
    AddressChanges,
    AddressRequest,
    AddressState,
    AnotherOpen,
    Asker,
    Declined,
    HandedOver,
    NewAddress,
    NoAnswer,
    NotOpen,
    Requested,
    Template,
)
from madoguchi.operations_log import OperationsLog
from madoguchi.plumbing.database import Database, Tx
from madoguchi.plumbing.jobs import Worker
from tests.support.clock import SettableClock
from tests.support.entropy import SeededEntropy
from tests.support.keys import FixedKeys

pytestmark = pytest.mark.requirement("RET-27")
BANK = "9901"
ADDRESS = NewAddress(
    postal_code="1000001",
    area="東京都千代田区千代田",
    rest="1丁目2番3号 みほんハイツ101",
    phone="+819000003333",
    email="taro@example.jp",
)


@dataclass
class Desk:
    """A `Bank` that keeps what it is handed, by key; `silent` answers nothing, so many times."""

    handed: dict[str, str] = field(default_factory=dict)
    calls: int = 0
    silent: int = 0
    declines: bool = False

    async def hand_over(
        self, request: AddressRequest, idempotency_key: str
    ) -> HandedOver | Declined | NoAnswer:
        """Keep the request, once."""
        self.calls += 1
        if self.declines:
            return Declined("no_such_holder")
        self.handed.setdefault(idempotency_key, request.address.text)
        if self.silent:
            self.silent -= 1
            return NoAnswer()
        return HandedOver(f"core-{len(self.handed)}")


@dataclass
class AddressWorld:
    """Everything of one test."""

    database: Database
    clock: SettableClock
    desk: Desk = field(default_factory=Desk)
    told: list[str] = field(default_factory=list)
    keys: FixedKeys = field(default_factory=FixedKeys)
    entropy: SeededEntropy = field(default_factory=SeededEntropy)

    def changes(self) -> AddressChanges:
        """Return the capability."""

        async def tell(_tx: Tx, _request: AddressRequest, template: Template) -> None:
            self.told.append(template)

        return AddressChanges(
            AddressChangePorts(
                database=self.database,
                bank=self.desk,
                tell=tell,
                log=OperationsLog(self.keys, self.clock),
                keys=self.keys,
                entropy=self.entropy,
                clock=self.clock,
            )
        )

    async def ask(
        self, once: str = "visit-1", contract_id: str = "contract-1"
    ) -> Requested | AnotherOpen:
        """Ask for the change, in a transaction."""
        asker = Asker(
            contract_id=contract_id,
            holder_id="holder-1",
            language="ja",
            reference="R-1",
            source="192.0.2.1",
        )
        async with self.database.transaction() as tx:
            return await self.changes().request(
                tx, BANK, ADDRESS, asker, once=once, now=self.clock.now()
            )

    async def asked(self) -> AddressRequest:
        """Ask, and return the request."""
        outcome = await self.ask()
        assert isinstance(outcome, Requested)
        return outcome.request

    async def work(self) -> int:
        """Run what is due."""
        worker = Worker(self.database, self.clock, self.entropy, kinds=self.changes().kinds())
        return await worker.run_due()

    async def state(self, request: AddressRequest) -> AddressState:
        """Return how the request stands."""
        async with self.database.transaction() as tx:
            found = await self.changes().find(tx, BANK, request.contract_id, request.id)
        assert found
        return found.state

    async def decide(self, request: AddressRequest, *, accept: bool) -> AddressRequest | NotOpen:
        """Decide as staff."""
        changes, now = self.changes(), self.clock.now()
        async with self.database.transaction() as tx:
            if accept:
                return await changes.accept(tx, BANK, request.id, by="staff-1", now=now)
            return await changes.refuse(
                tx, BANK, request.id, by="staff-1", reason="書類が要ります", now=now
            )

    async def withdraw(
        self, request: AddressRequest, contract_id: str = "contract-1"
    ) -> AddressRequest | NotOpen:
        """Withdraw as the customer."""
        async with self.database.transaction() as tx:
            return await self.changes().withdraw(
                tx, BANK, contract_id, request.id, self.clock.now()
            )


@pytest.fixture
def world(database: Database, clock: SettableClock) -> AddressWorld:
    """Nobody has asked for anything."""
    return AddressWorld(database, clock)


@pytest.mark.parametrize(("accept", "state"), [(True, "accepted"), (False, "refused")])
async def test_a_request_goes_to_staff_who_decide(
    world: AddressWorld, accept: bool, state: str
) -> None:
    """Received, handed over, being checked, decided; told by mail at both ends."""
    request = await world.asked()
    assert await world.state(request) is AddressState.SUBMITTED
    await world.work()
    assert await world.state(request) is AddressState.CHECKING
    decided = await world.decide(request, accept=accept)
    assert isinstance(decided, AddressRequest)
    assert (decided.state, decided.decided_by) == (state, "staff-1")
    assert decided.reason == ("" if accept else "書類が要ります")
    assert world.told == ["address-requested", f"address-{state}"]
    assert isinstance(await world.decide(request, accept=True), NotOpen)


async def test_the_bank_is_asked_again_until_it_answers(world: AddressWorld) -> None:
    """A lost answer brings the same key again: one request lies with the bank."""
    world.desk.silent = 2
    request = await world.asked()
    for _ in range(4):
        await world.work()
        world.clock.advance(60)
    assert world.desk.calls == 3
    assert list(world.desk.handed.values()) == [ADDRESS.text]
    assert await world.state(request) is AddressState.CHECKING


async def test_what_the_bank_does_not_take_is_refused(world: AddressWorld) -> None:
    """The customer is told; staff find the reason in the log."""
    world.desk.declines = True
    request = await world.asked()
    await world.work()
    assert await world.state(request) is AddressState.REFUSED
    assert world.told == ["address-requested", "address-refused"]


async def test_one_is_open_at_a_time(world: AddressWorld) -> None:
    """Another one waits for the first to be withdrawn or decided; other contracts do not."""
    request = await world.asked()
    again = await world.ask("visit-2")
    assert isinstance(again, AnotherOpen)
    assert again.request.id == request.id
    assert isinstance(await world.ask("visit-3", "contract-2"), Requested)
    assert isinstance(await world.withdraw(request), AddressRequest)
    assert isinstance(await world.ask("visit-2"), Requested)


async def test_the_same_visit_asks_once(world: AddressWorld) -> None:
    """Pressing again gives the first request, and no second mail or job."""
    request = await world.asked()
    again = await world.ask()
    assert isinstance(again, Requested)
    assert again.request.id == request.id
    assert world.told == ["address-requested"]
    assert await world.work() == 1


async def test_of_many_at_once_one_is_open(world: AddressWorld) -> None:
    """Eight windows confirm together: one request stands."""
    outcomes = await asyncio.gather(*(world.ask(f"visit-{n}") for n in range(8)))
    assert sum(isinstance(outcome, Requested) for outcome in outcomes) == 1


async def test_what_is_withdrawn_is_not_handed_over(world: AddressWorld) -> None:
    """Withdrawn before the worker came: the bank never hears of it, staff do not see it."""
    request = await world.asked()
    await world.withdraw(request)
    await world.work()
    assert world.desk.calls == 0
    async with world.database.transaction() as tx:
        assert await world.changes().list_open(tx, BANK) == []
    assert isinstance(await world.withdraw(request), NotOpen)


async def test_withdrawing_and_deciding_at_once_have_one_winner(world: AddressWorld) -> None:
    """Whoever is first counts; the other is told."""
    request = await world.asked()
    await world.work()
    outcomes = await asyncio.gather(world.withdraw(request), world.decide(request, accept=True))
    assert sum(isinstance(outcome, NotOpen) for outcome in outcomes) == 1


async def test_nobody_elses_request_can_be_seen_or_withdrawn(world: AddressWorld) -> None:
    """Another contract, or another institution, is as good as none."""
    request = await world.asked()
    assert isinstance(await world.withdraw(request, "contract-2"), NotOpen)
    async with world.database.transaction() as tx:
        changes = world.changes()
        assert await changes.find(tx, BANK, "contract-2", request.id) is None
        assert await changes.find(tx, "9902", "contract-1", request.id) is None
        assert await changes.list_open(tx, "9902") == []
        [mine] = await changes.list_open(tx, BANK)
    assert mine.address == ADDRESS


@pytest.mark.requirement("SEC-03")
async def test_the_address_is_sealed(world: AddressWorld) -> None:
    """Neither address, phone nor mail address can be read in the database."""
    await world.asked()
    async with world.database.transaction() as tx:
        row = await tx.value("SELECT address_changes_request::text FROM address_changes_request")
    for text in (ADDRESS.area, "みほんハイツ", "9000003333", "taro@example.jp"):
        assert text not in row
        assert text.encode().hex() not in row
