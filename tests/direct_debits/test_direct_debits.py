"""A direct debit is applied for once, sent once, and answered once."""

import asyncio
from dataclasses import dataclass, field
from datetime import timedelta

import pytest

from madoguchi.direct_debits import (
    SENT_AFTER,
    AnotherLive,
    Applicant,
    Application,
    ApplicationState,
    Applied,
    DebitAccount,
    DirectDebitPorts,
    DirectDebits,
    NewApplication,
    Template,
    TooLate,
    UtilityCompanies,
    UtilitySimulator,
)
from madoguchi.operations_log import OperationsLog
from madoguchi.plumbing.database import Database, Tx
from madoguchi.plumbing.jobs import Worker
from tests.support.clock import SettableClock
from tests.support.entropy import SeededEntropy
from tests.support.keys import FixedKeys

pytestmark = pytest.mark.requirement("RET-26")
BANK = "9901"
ACCOUNT = DebitAccount(account_id="account-1", branch_code="001", kind="ordinary", number="1234567")


@dataclass
class DebitWorld:
    """Everything of one test."""

    database: Database
    clock: SettableClock
    companies: UtilityCompanies | None
    told: list[str] = field(default_factory=list)
    keys: FixedKeys = field(default_factory=FixedKeys)
    entropy: SeededEntropy = field(default_factory=SeededEntropy)

    def debits(self) -> DirectDebits:
        """Return the capability."""

        async def tell(_tx: Tx, _application: Application, template: Template) -> None:
            self.told.append(template)

        return DirectDebits(
            DirectDebitPorts(
                database=self.database,
                companies=self.companies,
                tell=tell,
                log=OperationsLog(self.keys, self.clock),
                keys=self.keys,
                entropy=self.entropy,
                clock=self.clock,
            )
        )

    async def apply(
        self, number: str = "1234567890", *, once: str = "visit-1", contract_id: str = "contract-1"
    ) -> Applied | AnotherLive:
        """Apply, in a transaction."""
        wanted = NewApplication(
            company_code="mihon-denryoku",
            customer_number=number,
            contractor_kana="ﾐﾎﾝ ﾀﾛｳ",
            account=ACCOUNT,
        )
        applicant = Applicant(
            contract_id=contract_id,
            email="taro@example.jp",
            language="ja",
            reference="R-1",
            source="192.0.2.1",
        )
        async with self.database.transaction() as tx:
            return await self.debits().apply(
                tx, BANK, wanted, applicant, once=once, now=self.clock.now()
            )

    async def applied(self, number: str = "1234567890", once: str = "visit-1") -> Application:
        """Apply, and return the application."""
        outcome = await self.apply(number, once=once)
        assert isinstance(outcome, Applied)
        return outcome.application

    async def later(self, by: timedelta) -> None:
        """Let time pass, then let the worker run what is due."""
        self.clock.advance(by.total_seconds())
        worker = Worker(self.database, self.clock, self.entropy, kinds=self.debits().kinds())
        await worker.run_due()

    async def state(self, application: Application) -> ApplicationState:
        """Return how the application stands."""
        async with self.database.transaction() as tx:
            found = await self.debits().find(tx, BANK, "contract-1", application.id)
        assert found
        return found.state

    async def withdraw(self, application: Application) -> Application | TooLate:
        """Withdraw as the customer."""
        async with self.database.transaction() as tx:
            return await self.debits().withdraw(
                tx, BANK, "contract-1", application.id, self.clock.now()
            )


@pytest.fixture
def world(database: Database, clock: SettableClock) -> DebitWorld:
    """Nobody has applied for anything; the companies are simulated."""
    return DebitWorld(database, clock, UtilitySimulator(clock))


@pytest.mark.parametrize(
    ("number", "state", "reason"),
    [
        ("1234567890", "confirmed", ""),
        ("1234567899", "refused", "no-such-customer"),
        ("1234567898", "refused", "name-differs"),
    ],
)
async def test_an_application_is_sent_and_answered(
    world: DebitWorld, number: str, state: str, reason: str
) -> None:
    """Applied, sent after ten minutes, answered by the company; told by mail at both ends."""
    application = await world.applied(number)
    await world.later(SENT_AFTER)
    assert await world.state(application) is ApplicationState.SENT
    await world.later(timedelta(minutes=30))
    assert await world.state(application) is ApplicationState.SENT
    await world.later(timedelta(hours=1))
    async with world.database.transaction() as tx:
        [found] = await world.debits().list_of(tx, BANK, "contract-1")
    assert (found.state, found.reason) == (state, reason)
    assert world.told == ["utility-applied", f"utility-{state}"]
    await world.later(timedelta(days=2))
    assert len(world.told) == 2


async def test_a_company_that_cannot_be_reached_is_tried_again(world: DebitWorld) -> None:
    """Its number ends with 7: for two hours nothing gets through, then it is sent."""
    application = await world.applied("1234567897")
    for _ in range(8):
        await world.later(timedelta(hours=1))
    assert await world.state(application) is ApplicationState.CONFIRMED


async def test_it_can_be_withdrawn_until_it_is_sent(world: DebitWorld) -> None:
    """Withdrawn in time it is never sent; afterwards it is too late."""
    application = await world.applied()
    withdrawn = await world.withdraw(application)
    assert isinstance(withdrawn, Application)
    await world.later(timedelta(days=1))
    assert await world.state(application) is ApplicationState.WITHDRAWN
    sent = await world.applied(once="visit-2")
    await world.later(SENT_AFTER)
    assert isinstance(await world.withdraw(sent), TooLate)


async def test_withdrawing_and_sending_at_once_have_one_winner(world: DebitWorld) -> None:
    """Either the customer is in time and the company never hears of it, or it is too late."""
    application = await world.applied()
    outcome, _ = await asyncio.gather(world.withdraw(application), world.later(SENT_AFTER))
    too_late = isinstance(outcome, TooLate)
    wanted = ApplicationState.SENT if too_late else ApplicationState.WITHDRAWN
    assert await world.state(application) is wanted


async def test_one_is_live_for_a_customer_number(world: DebitWorld) -> None:
    """While the company is asked, nobody else applies with the same number."""
    application = await world.applied()
    assert isinstance(await world.apply(once="visit-2", contract_id="contract-2"), AnotherLive)
    assert isinstance(await world.apply("1234567891", once="visit-3"), Applied)
    await world.withdraw(application)
    assert isinstance(await world.apply(once="visit-4"), Applied)


async def test_of_many_at_once_one_is_live(world: DebitWorld) -> None:
    """Eight windows confirm together: one application stands, one mail is sent."""
    outcomes = await asyncio.gather(*(world.apply(once=f"visit-{n}") for n in range(8)))
    assert sum(isinstance(outcome, Applied) for outcome in outcomes) == 1
    assert world.told == ["utility-applied"]


async def test_the_same_visit_applies_once(world: DebitWorld) -> None:
    """Pressing again gives the first application."""
    application = await world.applied()
    assert (await world.applied()).id == application.id
    assert world.told == ["utility-applied"]


async def test_a_later_one_takes_the_place_of_the_earlier(world: DebitWorld) -> None:
    """Confirmed for another account, the first one no longer stands as confirmed."""
    first = await world.applied()
    for _ in range(2):
        await world.later(timedelta(hours=2))
    second = await world.applied(once="visit-2")
    for _ in range(2):
        await world.later(timedelta(hours=2))
    assert await world.state(first) is ApplicationState.REPLACED
    assert await world.state(second) is ApplicationState.CONFIRMED


async def test_without_companies_nothing_is_offered(world: DebitWorld) -> None:
    """The screens say so; what was applied for before waits."""
    application = await world.applied()
    world.companies = None
    assert not world.debits().offered()
    await world.later(SENT_AFTER)
    world.companies = UtilitySimulator(world.clock)
    await world.later(timedelta(hours=1))
    await world.later(timedelta(hours=1))
    assert await world.state(application) is ApplicationState.CONFIRMED


async def test_one_contract_does_not_see_anothers(world: DebitWorld) -> None:
    """An application is found under its own contract and institution only."""
    application = await world.applied()
    debits = world.debits()
    async with world.database.transaction() as tx:
        assert await debits.find(tx, BANK, "contract-2", application.id) is None
        assert await debits.find(tx, "9902", "contract-1", application.id) is None


@pytest.mark.requirement("SEC-03")
async def test_what_names_a_person_is_sealed(world: DebitWorld) -> None:
    """Neither customer number, name nor mail address can be read in the database."""
    await world.applied()
    async with world.database.transaction() as tx:
        row = await tx.value("SELECT a::text FROM direct_debits_application AS a")
    for text in ("1234567890", "ﾐﾎﾝ", "taro@example.jp"):
        assert text not in row
        assert text.encode().hex() not in row
