"""The simulated interbank network: what it answers by the account's last digit."""

import asyncio

import pytest

from madoguchi.core_bank import (
    AccountKind,
    NeverSeen,
    NoSuchPayee,
    OtherBankPayee,
    PayeeName,
    PayeeNotOffered,
    Refusal,
    Refused,
    Settled,
    Unknown,
)
from madoguchi.core_bank.embedded import EmbeddedCore
from madoguchi.core_bank.interbank import Accepted, NoAnswer, Order, RefusedByNetwork
from madoguchi.core_bank.simulated_interbank import SimulatedInterbank
from madoguchi.kernel.kana import to_half_width_kana
from madoguchi.kernel.money import Yen
from madoguchi.plumbing.database import Database
from tests.core_bank.contract import BANK, held, ledger_and_available, reading, transfer, writing
from tests.core_bank.stages import EmbeddedStage
from tests.support.clock import SettableClock
from tests.support.entropy import SeededEntropy
from tests.support.keys import FixedKeys

pytestmark = pytest.mark.requirement("RET-17")
TAKEN, LATE = Accepted(), NoAnswer()


def _payee(number: str) -> OtherBankPayee:
    return OtherBankPayee(
        bank_code="0001",
        branch_code="001",
        kind=AccountKind.ORDINARY,
        number=number,
        name_kana="ｻﾝﾌﾟﾙ ﾀﾛｳ",
    )


def _order(number: str, order_id: str = "order", institution: str = BANK) -> Order:
    payee = _payee(number)
    return Order(
        institution=institution, id=order_id, payee=payee, amount=Yen(1), payer_name="ﾐﾎﾝ ﾀﾛｳ"
    )


@pytest.fixture
def network(database: Database, clock: SettableClock) -> SimulatedInterbank:
    """The network on an empty database."""
    return SimulatedInterbank(database, clock)


@pytest.mark.parametrize("digit", "0123457")
async def test_accepted(network: SimulatedInterbank, digit: str) -> None:
    """Accounts of these last digits take the transfer, however often it is sent."""
    order = _order(f"123456{digit}")
    assert await network.inquire(BANK, order.id) == NeverSeen()
    assert [await network.send(order), await network.send(order)] == [TAKEN, TAKEN]
    assert await network.inquire(BANK, order.id) == TAKEN
    assert await network.inquire("9902", order.id) == NeverSeen()


@pytest.mark.parametrize("digit", "69")
async def test_refused(network: SimulatedInterbank, digit: str) -> None:
    """A transfer to nobody, or to whom it is not wanted, is refused for ever."""
    for _ in range(2):
        assert isinstance(await network.send(_order(f"123456{digit}")), RefusedByNetwork)
    assert isinstance(await network.inquire(BANK, "order"), RefusedByNetwork)


async def test_late(network: SimulatedInterbank, clock: SettableClock) -> None:
    """For 30 seconds after it was first sent there is no answer, then it was accepted."""
    assert await network.send(_order("1234568")) == LATE
    clock.advance(29)
    assert [await network.send(_order("1234568")), await network.inquire(BANK, "order")] == [
        LATE,
        LATE,
    ]
    clock.advance(1)
    assert await network.inquire(BANK, "order") == TAKEN


async def test_returned(network: SimulatedInterbank, clock: SettableClock) -> None:
    """A minute after it was sent it comes back, once, with a cursor; nothing else does."""
    await network.send(_order("1234567", "b"))
    await network.send(_order("1234561", "c"))
    await network.send(_order("1234567", "elsewhere", "9902"))
    clock.advance(59)
    assert await network.returns(BANK, None) == ()
    await network.send(_order("1234567", "a"))
    clock.advance(1)
    first = await network.returns(BANK, None)
    assert isinstance(first, tuple)
    assert [each.order_id for each in first] == ["b"]
    clock.advance(60)
    rest = await network.returns(BANK, first[0].cursor)
    assert isinstance(rest, tuple)
    assert [each.order_id for each in rest] == ["a"]
    assert await network.returns(BANK, rest[0].cursor) == ()


async def test_returned_to_many_at_once(network: SimulatedInterbank, clock: SettableClock) -> None:
    """Asked by many at once, all are told the same returns in the same order."""
    for number in range(5):
        await network.send(_order("1234567", f"order {number}"))
    clock.advance(60)
    answers = await asyncio.gather(*(network.returns(BANK, None) for _ in range(6)))
    assert len({repr(answer) for answer in answers}) == 1
    assert len(answers[0]) == 5 if isinstance(answers[0], tuple) else False


async def test_names(network: SimulatedInterbank) -> None:
    """Names are invented, in the bank form, stable; some banks offer none."""
    ask, kind = network.payee_name, AccountKind.ORDINARY
    name = await ask("0001", "001", kind, "1234567")
    assert isinstance(name, PayeeName)
    assert name.name_kana.startswith("ｻﾝﾌﾟﾙ ")
    assert to_half_width_kana(name.name_kana) == name.name_kana
    assert await ask("0001", "001", kind, "1234567") == name
    assert await ask("0001", "001", kind, "1234566") == NoSuchPayee()
    assert await ask("0005", "001", kind, "1234567") == PayeeNotOffered()
    names = {repr(await ask("0001", "001", kind, f"{n:06}1")) for n in range(40)}
    assert len(names) == 5


async def test_database_gone(database_url: str, clock: SettableClock) -> None:
    """Without its database the network does not answer, and raises nothing."""
    database = await Database.connect(database_url)
    await database.close()
    network = SimulatedInterbank(database, clock)
    assert await network.send(_order("1234561")) == LATE
    assert await network.inquire(BANK, "order") == LATE
    assert await network.returns(BANK, None) == LATE


async def test_behind_the_core(ledger: EmbeddedStage, database: Database) -> None:
    """A late, a refused and a returned transfer go through the embedded core as documented."""
    clock = ledger.clock
    core = EmbeddedCore(
        database, FixedKeys(), clock, SeededEntropy(), SimulatedInterbank(database, clock)
    )
    ledger.core = core
    account = await ledger.open_account(balance=1_000)
    late, refused, back = [
        (await held(ledger, f"hold {digit}", transfer(account, 100, to=_payee(f"000000{digit}"))))
        for digit in "897"
    ]
    assert await core.settle(writing(ledger, "late"), late.hold_id) == Unknown("late")
    no = await core.settle(writing(ledger, "refused"), refused.hold_id)
    assert no == Refused(Refusal.PAYEE_REFUSED)
    assert isinstance(await core.settle(writing(ledger, "back"), back.hold_id), Settled)
    assert await ledger_and_available(ledger, account) == (900, 800)
    clock.advance(61)
    await core.catch_up(BANK)
    assert isinstance(await core.inquire(reading(ledger), "late"), Settled)
    assert await ledger_and_available(ledger, account) == (900, 900)
