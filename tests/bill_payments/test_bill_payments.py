"""A bill is paid once, and the account debited once, or neither."""

import asyncio
from datetime import timedelta

import msgspec
import pytest

from madoguchi.bill_payments import (
    Bill,
    BillPaymentState,
    BillRefused,
    PaymentAccepted,
    Why,
)
from madoguchi.core_bank import Call, CoreBank, Refusal, Refused, ReleaseReason, Unknown
from madoguchi.kernel.money import Yen
from tests.bill_payments.breaking import Breaking, Countdown, Crash
from tests.bill_payments.conftest import BALANCE, BANK, BillWorld, numbers

pytestmark = pytest.mark.requirement("RET-25")

ACCEPTED, PAID = BillPaymentState.ACCEPTED, BillPaymentState.PAID
FAILED, UNSETTLED = BillPaymentState.FAILED, BillPaymentState.UNSETTLED


async def test_a_bill_is_paid(world: BillWorld) -> None:
    """The money is taken once, the receipt names both sides' numbers, mail and log tell of it."""
    paid = await world.pay(numbers())
    assert paid.state is PAID
    assert paid.biller_receipt
    assert paid.acceptance_number
    assert paid.receipt_number.startswith("2611")
    left = BALANCE - paid.bill.amount
    assert await world.balance() == (left, left)
    assert await world.mails() == ["bill-paid"]
    assert await world.events() == ["bill:payment:accepted", "bill:payment:paid"]
    await world.verify_books()


@pytest.mark.parametrize(
    ("ending", "why"),
    [
        ("01", Why.ALREADY_PAID),
        ("02", Why.EXPIRED),
        ("03", Why.NOT_AVAILABLE),
        ("04", Why.NO_SUCH_BILL),
    ],
)
async def test_what_cannot_be_paid_is_said_when_it_is_looked_up(
    world: BillWorld, ending: str, why: Why
) -> None:
    """Paid elsewhere, expired, biller closed, unknown: refused before anything is shown."""
    found = await world.bills().look_up(world.institution, numbers(ending), world.clock.now())
    assert found == BillRefused(why)


async def test_another_confirmation_number_finds_no_bill(world: BillWorld) -> None:
    """Whoever has not the bill before him does not see whose it is."""
    guessed = msgspec.structs.replace(numbers(), confirmation_number="000000")
    found = await world.bills().look_up(world.institution, guessed, world.clock.now())
    assert found == BillRefused(Why.NO_SUCH_BILL)


async def test_without_a_network_nothing_is_offered(world: BillWorld) -> None:
    """Nothing is looked up and nothing accepted; the screens say so."""
    order, bills = await world.order(numbers()), world.bills(network=None)
    assert not bills.offered()
    found = await bills.look_up(world.institution, numbers(), world.clock.now())
    assert found == BillRefused(Why.NOT_OFFERED)
    world.network = None
    assert await world.accept(order) == BillRefused(Why.NOT_OFFERED)


async def test_the_same_visit_pays_once(world: BillWorld) -> None:
    """Pressing again, also after it is paid, gives the same payment."""
    first = await world.pay(numbers())
    order = await world.order(numbers("10"))
    again = await world.accept(order, once="visit-1")
    assert isinstance(again, PaymentAccepted)
    assert again.payment.id == first.id


async def test_a_bill_is_under_way_once(world: BillWorld) -> None:
    """While one customer pays it, another one (or another window) is told so."""
    order = await world.order(numbers())
    await world.accept(order)
    assert await world.accept(order, once="visit-2") == BillRefused(Why.UNDER_WAY)


async def test_a_bill_paid_before_is_refused_by_its_biller(world: BillWorld) -> None:
    """Paid meanwhile through another channel: nothing is debited, and the customer is told."""
    order = await world.order(numbers())
    assert world.network
    await world.network.pay(BANK, "another-channel", numbers(), order.bill.amount)
    accepted = await world.accept(order)
    assert isinstance(accepted, PaymentAccepted)
    failed = await world.bills().execute(BANK, accepted.payment.id)
    assert (failed.state, failed.reason) == (FAILED, "already-paid")
    assert await world.balance() == (BALANCE, BALANCE)
    assert await world.mails() == ["bill-failed"]
    await world.verify_books()


async def test_a_bill_of_another_amount_is_refused(world: BillWorld) -> None:
    """What rose between confirming and paying is not paid at the new price."""
    payment = await world.accepted(numbers("07"))
    world.later(timedelta(minutes=2))
    failed = await world.bills().execute(BANK, payment.id)
    assert (failed.state, failed.reason) == (FAILED, "amount-changed")
    assert await world.balance() == (BALANCE, BALANCE)


async def test_no_money_no_payment(world: BillWorld) -> None:
    """The biller is never asked where the account has not enough."""
    order = await world.order(numbers())
    dear = msgspec.structs.replace(order.bill, amount=Yen(BALANCE + 1))
    accepted = await world.accept(msgspec.structs.replace(order, bill=dear))
    assert isinstance(accepted, PaymentAccepted)
    failed = await world.bills().execute(BANK, accepted.payment.id)
    assert (failed.state, failed.reason, failed.asked_at) == (FAILED, "not-enough-funds", None)
    assert await world.balance() == (BALANCE, BALANCE)


async def test_the_limit_of_a_day_counts_what_has_not_failed(world: BillWorld) -> None:
    """The contract's limit of a day bounds a Japan day's payments; what failed is given back."""
    limits = msgspec.structs.replace(world.institution.transfers.limits, per_day=60_000)
    transfers = msgspec.structs.replace(world.institution.transfers, limits=limits)
    world.institution = msgspec.structs.replace(world.institution, transfers=transfers)
    order = await world.order(numbers())
    half = msgspec.structs.replace(order.bill, amount=Yen(40_000))
    accepted = await world.accept(msgspec.structs.replace(order, bill=half))
    assert isinstance(accepted, PaymentAccepted)
    other = await world.order(numbers("10"))
    more = msgspec.structs.replace(other, bill=msgspec.structs.replace(other.bill, amount=20_001))
    refused = BillRefused(Why.OVER_LIMIT, {"left": 20_000})
    assert await world.accept(more, once="visit-2") == refused
    # the biller refuses another amount than its own: 40,000 are free again
    failed = await world.bills().execute(BANK, accepted.payment.id)
    assert failed.state is FAILED
    assert isinstance(await world.accept(more, once="visit-2"), PaymentAccepted)
    world.later(timedelta(hours=15))
    async with world.database.transaction() as tx:
        left = await world.bills().left_today(
            tx, world.institution, "contract-1", world.clock.now()
        )
    assert left == 60_000


async def test_two_confirmations_at_once_cannot_both_fit(world: BillWorld) -> None:
    """Of two visits whose sum is over the limit, exactly one is accepted."""
    limits = msgspec.structs.replace(world.institution.transfers.limits, per_day=50_000)
    transfers = msgspec.structs.replace(world.institution.transfers, limits=limits)
    world.institution = msgspec.structs.replace(world.institution, transfers=transfers)
    orders = [await world.order(numbers(ending)) for ending in ("10", "11", "12", "13")]
    dear = [
        msgspec.structs.replace(o, bill=msgspec.structs.replace(o.bill, amount=Yen(30_000)))
        for o in orders
    ]
    outcomes = await asyncio.gather(
        *(world.accept(order, once=f"visit-{n}") for n, order in enumerate(dear))
    )
    assert sum(isinstance(outcome, PaymentAccepted) for outcome in outcomes) == 1


@pytest.mark.parametrize("ending", ["00", "05", "06", "08", "09"])
async def test_four_executors_make_one_payment(world: BillWorld, ending: str) -> None:
    """Web and workers at once: one hold, one order, one debit, one mail."""
    payment = await world.accepted(numbers(ending))
    for _ in range(3):
        await asyncio.gather(*(world.bills().execute(BANK, payment.id) for _ in range(4)))
        world.later(timedelta(seconds=31))
    done = await world.bills().execute(BANK, payment.id)
    assert done.state is (FAILED if ending in ("05", "09") else PAID)
    left = BALANCE - (done.bill.amount if done.state is PAID else 0)
    assert await world.balance() == (left, left)
    assert len(await world.mails()) == 1
    await world.verify_books()


async def test_a_late_biller_is_asked_again_by_the_worker(world: BillWorld) -> None:
    """The customer sees it under way; the worker's next look finds it paid."""
    bills = world.bills()
    payment = await world.pay(numbers("06"))
    assert payment.state is ACCEPTED
    assert await world.balance() == (BALANCE, BALANCE - payment.bill.amount)
    worker = world.worker(bills)
    world.later(timedelta(seconds=6))
    await worker.run_due()
    assert (await bills.execute(BANK, payment.id)).state is ACCEPTED
    world.later(timedelta(seconds=40))
    await worker.run_due()
    async with world.database.transaction() as tx:
        found = await bills.find(tx, BANK, "contract-1", payment.id)
    assert found
    assert found.state is PAID
    await world.verify_books()


async def test_an_order_lost_on_the_way_is_sent_again(world: BillWorld) -> None:
    """The biller knows nothing of it: the same order id goes out once more."""
    assert (await world.pay(numbers("08"))).state is ACCEPTED
    async with world.database.transaction() as tx:
        [payment] = await world.bills().list_of(tx, BANK, "contract-1")
    assert (await world.bills().execute(BANK, payment.id)).state is PAID
    assert (await world.balance())[0] == BALANCE - payment.bill.amount


@pytest.mark.parametrize("ending", ["00", "05"])
async def test_a_crash_anywhere_is_healed_by_running_again(world: BillWorld, ending: str) -> None:
    """Killed before or after any call to core or biller, the payment ends as if it never was."""
    spent, crashes = 0, 0
    for tick in range(40):
        wanted = numbers(ending, start=f"{tick:014}")
        payment = await world.accepted(wanted, once=f"visit-{tick}")
        countdown = Countdown(tick)
        core = Breaking(world.core, countdown)
        broken = world.bills(
            core_of=lambda _i, core=core: core, network=Breaking(world.network, countdown)
        )
        try:
            await broken.execute(BANK, payment.id)
        except Crash:
            crashes += 1
        done = await world.bills().execute(BANK, payment.id)
        assert done.state is (PAID if ending == "00" else FAILED)
        spent += done.bill.amount if done.state is PAID else 0
        assert await world.balance() == (BALANCE - spent, BALANCE - spent)
        if not countdown.over:
            break
    assert crashes == 6
    await world.verify_books()


class Deaf:
    """A core that does the chosen call and loses its answer, once."""

    def __init__(self, inner: CoreBank, deaf_to: str) -> None:
        self._inner = inner
        self._deaf_to = deaf_to

    def __getattr__(self, name: str) -> object:
        method = getattr(self._inner, name)
        if name != self._deaf_to:
            return method

        async def unheard(*args: object) -> Unknown:
            self._deaf_to = ""
            await method(*args)
            return Unknown("key")

        return unheard


@pytest.mark.parametrize("step", ["hold", "settle"])
async def test_a_core_whose_answer_is_lost_is_asked_again(world: BillWorld, step: str) -> None:
    """Unknown is a real answer: the payment waits, and the same key brings the first answer."""
    payment = await world.accepted(numbers())
    deaf = Deaf(world.core, step)
    bills = world.bills(core_of=lambda _institution: deaf)
    assert (await bills.execute(BANK, payment.id)).state is ACCEPTED
    assert (await bills.execute(BANK, payment.id)).state is PAID
    assert (await world.balance())[0] == BALANCE - payment.bill.amount
    await world.verify_books()


async def test_paid_at_the_biller_and_not_debited_is_left_to_people(world: BillWorld) -> None:
    """Where the core refuses the debit, nobody pretends: the log says it, no mail does."""

    class Stubborn:
        def __getattr__(self, name: str) -> object:
            return getattr(world.core, name)

        async def settle(self, *_args: object) -> Refused:
            return Refused(Refusal.HOLD_EXPIRED)

    payment = await world.accepted(numbers())
    done = await world.bills(core_of=lambda _institution: Stubborn()).execute(BANK, payment.id)
    assert (done.state, done.reason) == (UNSETTLED, "hold-expired")
    assert (await world.events())[-1] == "bill:payment:unsettled"
    under_way = await world.accepted(numbers("10"), once="visit-2")
    async with world.database.transaction() as tx:
        shown = await world.bills().list_open(tx, BANK)
        assert {each.id for each in shown} == {payment.id, under_way.id}
        assert await world.bills().list_open(tx, "9902") == []
    assert await world.mails() == []


async def test_a_refused_bill_whose_hold_the_bank_ended(world: BillWorld) -> None:
    """Nothing is held any more: the payment has failed, and the bill can be paid anew."""

    class ByHand:
        def __getattr__(self, name: str) -> object:
            return getattr(world.core, name)

        async def release(self, call: Call, hold_id: str, reason: ReleaseReason) -> object:
            by_hand = msgspec.structs.replace(call, idempotency_key="at the branch")
            await world.core.release(by_hand, hold_id, reason)
            return await world.core.release(call, hold_id, reason)

    payment = await world.accepted(numbers("05"))
    done = await world.bills(core_of=lambda _institution: ByHand()).execute(BANK, payment.id)
    assert (done.state, done.reason) == (FAILED, "by-biller")
    assert await world.balance() == (BALANCE, BALANCE)


async def test_one_contract_does_not_see_anothers_payments(world: BillWorld) -> None:
    """A payment is found under its own contract and institution only."""
    payment = await world.pay(numbers())
    bills = world.bills()
    async with world.database.transaction() as tx:
        assert await bills.find(tx, BANK, "contract-1", payment.id)
        assert await bills.find(tx, BANK, "contract-2", payment.id) is None
        assert await bills.find(tx, "9902", "contract-1", payment.id) is None
        assert await bills.list_of(tx, BANK, "contract-2") == []


async def test_what_names_a_person_is_sealed(world: BillWorld) -> None:
    """Neither the payer's name, the mail address nor the confirmation number stand readable."""
    payment = await world.accepted(numbers())
    async with world.database.transaction() as tx:
        row = await tx.value("SELECT bill_payments_payment::text FROM bill_payments_payment")
    for text in (payment.bill.payer_name, "taro@example.jp", "123456,"):
        assert text not in row
        assert text.encode().hex() not in row


async def test_the_same_number_makes_the_same_bill(world: BillWorld) -> None:
    """The simulated bills are the same in every process, and differ from one another."""
    first, again = await world.bill(numbers()), await world.bill(numbers())
    assert first == again
    assert isinstance(first, Bill)
    assert first.amount != (await world.bill(numbers("10"))).amount
