"""Transfers out with the network: crashes between any two steps, many at once, and the books."""

import asyncio
from datetime import timedelta

import asyncpg
import msgspec
import pytest

from madoguchi.core_bank import (
    BillPayee,
    BooksBroken,
    BooksVerified,
    Capability,
    Held,
    NeverSeen,
    PayeeNotOffered,
    Refusal,
    Refused,
    ReleaseReason,
    Settled,
    Unknown,
)
from madoguchi.core_bank.embedded import EmbeddedCore
from madoguchi.core_bank.interbank import Accepted, NoAnswer, Order, RefusedByNetwork
from madoguchi.plumbing.database import Database
from tests.core_bank.contract import (
    BANK,
    held,
    ledger_and_available,
    reading,
    transfer,
    writing,
)
from tests.core_bank.stages import EmbeddedStage
from tests.support.entropy import SeededEntropy
from tests.support.fake_interbank import FakeInterbank
from tests.support.keys import FixedKeys

pytestmark = pytest.mark.requirement("CORE-02")
BILL = BillPayee(biller_code="99001", biller_name="見本市", payment_number="12345")


class Crash(BaseException):
    """The process dies here."""


class CrashingNetwork(FakeInterbank):
    """A network before or behind whose door the sender dies, once."""

    def __init__(self, inner: FakeInterbank, *, arrives: bool) -> None:
        super().__init__(inner.clock)
        self._arrives = arrives
        self._crashed = False

    async def send(self, order: Order) -> Accepted | RefusedByNetwork | NoAnswer:
        """Die at the first order; it arrives or not."""
        if self._crashed:
            return await super().send(order)
        self._crashed = True
        if self._arrives:
            await super().send(order)
        raise Crash


def _core_on(database: Database, stage: EmbeddedStage, network: FakeInterbank) -> EmbeddedCore:
    stage.network = network
    return EmbeddedCore(database, FixedKeys(), stage.clock, SeededEntropy(7), network)


@pytest.mark.parametrize("arrives", [True, False])
@pytest.mark.parametrize("healed_by", ["settle", "inquire", "catch up"])
@pytest.mark.parametrize("refuses", [None, "no such account"])
async def test_crash_while_sending(
    ledger: EmbeddedStage, database: Database, arrives: bool, healed_by: str, refuses: str | None
) -> None:
    """Where the sender dies before or after the order arrives, whoever comes next finishes it."""
    network = CrashingNetwork(ledger.network, arrives=arrives)
    network.refuses = refuses
    ledger.core = core = _core_on(database, ledger, network)
    account = await ledger.open_account(balance=1_000)
    hold = await held(ledger, "k1", transfer(account, 600))
    with pytest.raises(Crash):
        await core.settle(writing(ledger, "k2"), hold.hold_id)
    assert await ledger_and_available(ledger, account) == (1_000, 400)
    if healed_by == "catch up":
        await core.catch_up(BANK)
        assert await ledger_and_available(ledger, account) == (1_000, 400)
        ledger.clock.advance(60)
        await core.catch_up(BANK)
    elif healed_by == "settle":
        await core.settle(writing(ledger, "k2"), hold.hold_id)
    answer = await core.inquire(reading(ledger), "k2")
    if refuses:
        assert answer == Refused(Refusal.PAYEE_REFUSED)
        assert await ledger_and_available(ledger, account) == (1_000, 1_000)
    else:
        assert isinstance(answer, Settled)
        assert await ledger_and_available(ledger, account) == (400, 400)
    assert len(network.effects) == (0 if refuses else 1)


async def test_the_network_is_too_slow(ledger: EmbeddedStage, database: Database) -> None:
    """A settlement is unknown at its deadline; nothing of the database is held while it waits."""
    arrived = asyncio.Event()

    class Slow(FakeInterbank):
        async def send(self, order: Order) -> Accepted | RefusedByNetwork | NoAnswer:
            await super().send(order)
            arrived.set()
            await asyncio.sleep(60)
            return Accepted()

    ledger.core = core = _core_on(database, ledger, Slow(ledger.clock))
    account = await ledger.open_account(balance=1_000)
    hold = await held(ledger, "k1", transfer(account, 600))
    deadline = ledger.clock.now() + timedelta(seconds=0.3)
    call = msgspec.structs.replace(writing(ledger, "k2"), deadline=deadline)
    settling = asyncio.create_task(core.settle(call, hold.hold_id))
    await arrived.wait()
    await held(ledger, "k3", transfer(account, 100))
    assert await settling == Unknown("k2")
    assert isinstance(await core.inquire(reading(ledger), "k2"), Settled)


@pytest.mark.parametrize("same_key", [True, False])
async def test_many_settle_at_once(ledger: EmbeddedStage, same_key: bool) -> None:
    """However many settle at once: one order has effect, one journal is booked."""
    account = await ledger.open_account(balance=1_000)
    hold = await held(ledger, "hold", transfer(account, 100))
    answers = await asyncio.gather(
        *(
            ledger.core.settle(writing(ledger, "k" if same_key else f"k{n}"), hold.hold_id)
            for n in range(10)
        )
    )
    settled = {answer for answer in answers if isinstance(answer, Settled)}
    assert len(settled) == 1
    if same_key:
        assert set(answers) == settled
    else:
        rest = {answer.code for answer in answers if isinstance(answer, Refused)}
        assert rest <= {Refusal.SETTLE_IN_FLIGHT, Refusal.ALREADY_SETTLED}
    assert len(ledger.network.effects) == 1
    assert await ledger_and_available(ledger, account) == (900, 900)


async def test_release_against_settle(ledger: EmbeddedStage) -> None:
    """Of a settlement and a release at once one wins: the money never both leaves and stays."""
    account = await ledger.open_account(balance=1_000)
    left = 0
    for turn in range(12):
        hold = await held(ledger, f"hold {turn}", transfer(account, 10))
        voided = ReleaseReason.VOIDED
        settled, _ = await asyncio.gather(
            ledger.core.settle(writing(ledger, f"settle {turn}"), hold.hold_id),
            ledger.core.release(writing(ledger, f"void {turn}"), hold.hold_id, voided),
        )
        left += isinstance(settled, Settled)
    assert len(ledger.network.effects) == left
    assert await ledger_and_available(ledger, account) == (1_000 - 10 * left,) * 2


async def _release_of_what_is_out(stage: EmbeddedStage) -> tuple[object, int]:
    """Return the answer to a release while the order is out, and what is then available."""
    account = await stage.open_account(balance=1_000)
    hold = await held(stage, "k1", transfer(account, 600))
    stage.network.silent = True
    await stage.core.settle(writing(stage, "k2"), hold.hold_id)
    answer = await stage.core.release(writing(stage, "k3"), hold.hold_id, ReleaseReason.VOIDED)
    return answer, (await ledger_and_available(stage, account))[1]


async def test_release_without_the_guard(bare_ledger: EmbeddedStage, database: Database) -> None:
    """Without the look at what is out, money that left could be spent again: the guard is real."""
    async with database.transaction() as tx:
        whole = await tx.value("SELECT pg_get_functiondef('embedded_core.hold_refusal'::regproc)")
        await tx.execute(whole.replace("state = 'sending'", "false"))
    try:
        _, available = await _release_of_what_is_out(bare_ledger)
        assert available == 1_000
        assert isinstance(await bare_ledger.administration.verify_books(BANK), BooksBroken)
    finally:
        async with database.transaction() as tx:
            await tx.execute(whole)


async def test_release_with_the_guard(ledger: EmbeddedStage) -> None:
    """With it the release is refused and the money stays held."""
    refused, available = await _release_of_what_is_out(ledger)
    assert (refused, available) == (Refused(Refusal.SETTLE_IN_FLIGHT), 400)


async def test_accepted_after_its_end(ledger: EmbeddedStage) -> None:
    """An order that went out in time counts, however late its acceptance is heard of."""
    account = await ledger.open_account(balance=1_000)
    end = ledger.clock.now() + timedelta(hours=1)
    hold = await held(ledger, "k1", transfer(account, 600, expires_at=end))
    ledger.network.silent = True
    await ledger.core.settle(writing(ledger, "k2"), hold.hold_id)
    ledger.clock.advance(86_400)
    ledger.network.silent = False
    await ledger.core.catch_up(BANK)
    assert isinstance(await ledger.core.inquire(reading(ledger), "k2"), Settled)


async def test_one_order_that_breaks_the_network_keeps_none_waiting(
    ledger: EmbeddedStage, database: Database
) -> None:
    """A fault over one late order leaves it out; the later ones and the returns are taken."""

    class Choking(FakeInterbank):
        """Fails over one order whenever it is asked about it."""

        chokes_on = ""

        async def inquire(
            self, institution: str, order_id: str
        ) -> Accepted | RefusedByNetwork | NoAnswer | NeverSeen:
            if order_id == self.chokes_on:
                raise ValueError("an answer that nobody can read")
            return await super().inquire(institution, order_id)

    network = Choking(ledger.clock)
    network.silent = True
    ledger.core = core = _core_on(database, ledger, network)
    account = await ledger.open_account(balance=1_000)
    holds = [await held(ledger, f"h{n}", transfer(account, 100)) for n in range(2)]
    for n, hold in enumerate(holds):
        await core.settle(writing(ledger, f"s{n}"), hold.hold_id)
        ledger.clock.advance(1)
    network.silent, network.chokes_on = False, holds[0].hold_id
    network.give_back(BANK, holds[1].hold_id)
    ledger.clock.advance(60)
    await core.catch_up(BANK)
    assert isinstance(await core.inquire(reading(ledger), "s1"), Settled)
    assert await ledger_and_available(ledger, account) == (1_000, 900)
    network.chokes_on = ""
    await core.catch_up(BANK)
    assert isinstance(await core.inquire(reading(ledger), "s0"), Settled)


async def test_without_a_network(ledger: EmbeddedStage, database: Database) -> None:
    """A core without a network offers no other banks and refuses them for good; bills it pays."""
    core = EmbeddedCore(database, FixedKeys(), ledger.clock, SeededEntropy())
    ledger.core = core
    account = await ledger.open_account(balance=1_000)
    assert Capability.INTERBANK not in await core.capabilities(reading(ledger))
    no = Refused(Refusal.NOT_OFFERED)
    assert await core.hold(writing(ledger, "k1"), transfer(account, 1)) == no
    assert await core.inquire(reading(ledger), "k1") == no
    other = Refused(Refusal.KEY_USED_FOR_OTHER_CONTENT)
    assert await core.hold(writing(ledger, "k1"), transfer(account, 2)) == other
    found = await core.payee_name(reading(ledger), "9902", "001", account.kind, account.number)
    assert found == PayeeNotOffered()
    assert isinstance(await core.hold(writing(ledger, "k2"), transfer(account, 1, to=BILL)), Held)
    assert await core.inquire(reading(ledger), "k9") == NeverSeen()
    await core.catch_up(BANK)


async def _settle_and_return(stage: EmbeddedStage, count: int, *, close: bool = False) -> list[str]:
    account = await stage.open_account(balance=100 * count)
    holds = []
    for n in range(count):
        hold = await held(stage, f"hold {n}", transfer(account, 100))
        assert isinstance(
            await stage.core.settle(writing(stage, f"settle {n}"), hold.hold_id), Settled
        )
        holds.append(hold.hold_id)
    if close:
        await stage.close(account.id)
    for hold_id in holds:
        stage.network.give_back(BANK, hold_id)
    return [account.id, *holds]


async def test_many_collect_at_once(ledger: EmbeddedStage) -> None:
    """However many collect returns at once, each is credited once and told once, in order."""
    account_id, *holds = await _settle_and_return(ledger, 5)
    await asyncio.gather(*(ledger.core.catch_up(BANK) for _ in range(6)))
    balances = await ledger.core.balances(reading(ledger), account_id)
    assert balances is not None
    assert balances.ledger == 500
    page = await ledger.core.events(reading(ledger))
    assert [event.hold_id for event in page.events] == holds  # type: ignore[union-attr]


async def test_returned_before_the_answer_was_heard(ledger: EmbeddedStage) -> None:
    """An order that comes back while its acceptance is unheard of is booked out and back in."""
    account = await ledger.open_account(balance=1_000)
    hold = await held(ledger, "k1", transfer(account, 600, fee=100))
    ledger.network.silent = True
    await ledger.core.settle(writing(ledger, "k2"), hold.hold_id)
    ledger.network.silent = False
    ledger.network.give_back(BANK, hold.hold_id)
    await ledger.core.catch_up(BANK)
    assert isinstance(await ledger.core.inquire(reading(ledger), "k2"), Settled)
    assert await ledger_and_available(ledger, account) == (900, 900)


async def test_a_return_of_nothing_we_sent(ledger: EmbeddedStage, database: Database) -> None:
    """A return that belongs to no order of ours is noted, moves nothing, and holds up no other."""
    ledger.network.give_back(BANK, "nobody's")
    account_id, _ = await _settle_and_return(ledger, 1)
    await ledger.core.catch_up(BANK)
    balances = await ledger.core.balances(reading(ledger), account_id)
    assert balances is not None
    assert balances.ledger == 100
    async with database.transaction() as tx:
        noted = await tx.many(dict, "SELECT order_id FROM embedded_core.return_unmatched")
    assert noted == [{"order_id": "nobody's"}]


async def test_the_money_of_a_closed_account(ledger: EmbeddedStage, database: Database) -> None:
    """It passes through the closed account into the bank's suspense account, with a note."""
    account_id, _ = await _settle_and_return(ledger, 1, close=True)
    await ledger.core.catch_up(BANK)
    async with database.transaction() as tx:
        suspense = await tx.value(
            "SELECT sum(amount) FROM embedded_core.posting WHERE bank_account = 'suspense'"
        )
        note = await tx.value("SELECT note FROM embedded_core.returned")
    assert suspense == 100
    assert account_id in note


async def test_a_bill_is_due_to_its_biller(ledger: EmbeddedStage, database: Database) -> None:
    """A bill's amount lies on the account for billers, its fee on that for fees."""
    account = await ledger.open_account(balance=1_000)
    hold = await held(ledger, "k1", transfer(account, 700, to=BILL, fee=10))
    await ledger.core.settle(writing(ledger, "k2"), hold.hold_id)
    async with database.transaction() as tx:
        rows = await tx.many(
            dict,
            "SELECT bank_account, amount FROM embedded_core.posting"
            " WHERE bank_account IN ('bills', 'fees', 'interbank')",
        )
    assert sorted(map(str, rows)) == [
        "{'bank_account': 'bills', 'amount': 700}",
        "{'bank_account': 'fees', 'amount': 10}",
    ]


OUTGOING = "UPDATE embedded_core.outgoing SET"
TAMPERING = {
    f"{OUTGOING} state = 'refused', reason = 'x'": "a hold at another bank ends",
    f"{OUTGOING} state = 'sending', answered_at = NULL": "a hold at another bank ends",
    "DELETE FROM embedded_core.outgoing": "a hold at another bank ends",
    "UPDATE embedded_core.posting SET bank_account = 'cash' WHERE bank_account = 'bills'": "a bill",
    "DELETE FROM embedded_core.returned": "money that comes back is a return",
    "UPDATE embedded_core.returned SET journal_id = (SELECT min(id) FROM embedded_core.journal)": (
        "a return gives back"
    ),
}


@pytest.mark.parametrize("change", TAMPERING)
async def test_the_audit_finds(bare_ledger: EmbeddedStage, database: Database, change: str) -> None:
    """Whoever changes what was sent, paid or returned is found by the audit."""
    ledger = bare_ledger
    await _settle_and_return(ledger, 1)
    await ledger.core.catch_up(BANK)
    payer = await ledger.open_account("7777777", balance=1_000)
    bill = await held(ledger, "k1", transfer(payer, 700, to=BILL))
    await ledger.core.settle(writing(ledger, "k2"), bill.hold_id)
    assert isinstance(await ledger.administration.verify_books(BANK), BooksVerified)
    async with database.transaction() as tx:
        await tx.execute("SET LOCAL session_replication_role = replica")
        assert await tx.execute(change) > 0
    after = await ledger.administration.verify_books(BANK)
    assert isinstance(after, BooksBroken)
    assert any(finding.rule.startswith(TAMPERING[change]) for finding in after.findings), after


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE embedded_core.outgoing SET state = 'refused', reason = 'x'",
        "UPDATE embedded_core.outgoing SET key = 'other'",
        "DELETE FROM embedded_core.outgoing",
        "TRUNCATE embedded_core.outgoing CASCADE",
    ],
)
async def test_an_order_is_answered_once(
    ledger: EmbeddedStage, database: Database, change: str
) -> None:
    """What was sent and answered is not changed or removed afterwards."""
    await _settle_and_return(ledger, 1)
    with pytest.raises(asyncpg.RestrictViolationError):
        async with database.transaction() as tx:
            await tx.execute(change)
