"""Orders accepted: once each, at the fee shown, within the limits, however many at once."""

import asyncio
from datetime import date
from typing import Any

import pytest
from asyncpg.exceptions import UniqueViolationError
from msgspec.structs import replace

from madoguchi.institutions import Fee, FeeTable, TransfersSettings
from madoguchi.institutions.banking import FEES
from madoguchi.plumbing.database import Database
from madoguchi.transfers import (
    Accepted,
    NameNeeded,
    NoSuchPayeeAccount,
    OrderRefused,
    Payee,
    Quote,
    QuoteChanged,
    Transfer,
    TransferState,
    named,
    store,
)
from madoguchi.transfers.outcomes import NameUnusable
from tests.transfers.transfer_world import SIGNS, World, at, limits, order, other_bank


def states(answers: list[Any]) -> list[str]:
    """Return what each answer is, sorted."""
    return sorted(
        answer.code if isinstance(answer, OrderRefused) else type(answer).__name__
        for answer in answers
    )


@pytest.mark.requirement("RET-18")
@pytest.mark.parametrize("times", [2, 8])
async def test_the_same_form_at_once(world: World, times: int) -> None:
    """However often the button is pressed, at once and later, one transfer is accepted and done."""
    source, to = await world.account(10_000), await world.account(holder="hanako")
    wanted = order(source, to, 4_000)
    shown = await world.quote(wanted)
    assert isinstance(shown, Quote)

    async def press() -> Transfer:
        answer = await world.accept(wanted, "form", quote=shown)
        assert isinstance(answer, Accepted)
        return await world.execute(answer.transfer)

    first = await asyncio.gather(*(press() for _ in range(times)))
    later = await press()
    assert {each.receipt_number for each in [*first, later]} == {first[0].receipt_number}
    assert len(await world.every()) == 1
    assert await world.balance(source) == (6_000, 6_000)
    assert await world.mails() == ["transfer-done"]


@pytest.mark.requirement("RET-18")
async def test_the_same_form_without_the_lock(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without the lock on a contract's orders, presses collide; still only one is written."""
    source, to = await world.account(10_000), await world.account(holder="hanako")
    shown = await world.quote(order(source, to, 4_000))
    assert isinstance(shown, Quote)
    monkeypatch.setattr(store, "lock_limits", store.limits_row)
    presses = (world.accept(shown.order, "form", quote=shown) for _ in range(8))
    answers = await asyncio.gather(*presses, return_exceptions=True)
    assert any(isinstance(answer, UniqueViolationError) for answer in answers)
    assert len(await world.every()) == 1


async def test_the_same_form_for_something_else(world: World) -> None:
    """Another order under a form that was used is refused, not taken for the first."""
    source, to = await world.account(10_000), await world.account(holder="hanako")
    await world.accepted(order(source, to, 100), "form")
    again = await world.accept(order(source, to, 200), "form")
    assert again == OrderRefused("used-for-another-order")


@pytest.mark.requirement("RET-18")
async def test_what_is_signed_is_what_was_shown(world: World) -> None:
    """A payee or amount changed after the quote is not accepted (security case 12)."""
    source, to = await world.account(10_000), await world.account(holder="hanako")
    thief = await world.account(holder="thief")
    shown = await world.quote(order(source, to, 100))
    assert isinstance(shown, Quote)
    for other in (order(source, thief, 100), order(source, to, 9_000)):
        answer = await world.accept(other, quote=shown)
        assert isinstance(answer, QuoteChanged)
        assert answer.quote.facts() != shown.facts()
    assert await world.every() == []


@pytest.mark.requirement("RET-21")
async def test_a_fee_that_changes_before_confirming(world: World) -> None:
    """A fee, day or total that is no longer what was shown is shown anew; nothing is written."""
    source, to = await world.account(10_000), other_bank("1234560")
    dearer = FeeTable(valid_from=date(2026, 11, 21), fees=(*FEES.fees[:3], Fee("other_bank", 1, 2)))
    world.set(fee_tables=(FEES, dearer))
    world.clock.set(at("2026-11-20 23:59"))
    shown = await world.quote(order(source, to))
    assert isinstance(shown, Quote)
    world.clock.set(at("2026-11-21 00:00"))
    answer = await world.accept(shown.order, quote=shown)
    assert isinstance(answer, QuoteChanged)
    assert (shown.fee, answer.quote.fee) == (220, 2)
    assert await world.every() == []
    assert isinstance(await world.accept(shown.order, quote=answer.quote), Accepted)


@pytest.mark.requirement("RET-21")
async def test_a_fee_that_changes_after_confirming(world: World) -> None:
    """The fee that was confirmed is what is taken, also on the later day of a reservation."""
    source, to = await world.account(10_000), await world.account(holder="hanako", branch="002")
    reserved = await world.accepted(order(source, to, 1_000, date(2026, 11, 24)))
    dearer = FeeTable(valid_from=date(2026, 11, 21), fees=(Fee("other_branch", 900, 900),))
    world.set(fee_tables=(FEES, dearer))
    world.clock.set(at("2026-11-24 07:00"))
    done = await world.execute(reserved)
    assert (done.state, done.fee, done.fees_valid_from) == ("done", 110, FEES.valid_from)
    assert await world.balance(source) == (8_890, 8_890)


@pytest.mark.requirement("RET-20")
async def test_a_cut_off_between_showing_and_confirming(world: World) -> None:
    """Shown at 14:59, confirmed at 15:00: the later day is shown before it is confirmed."""
    source = await world.account(10_000)
    to = replace(await world.account(holder="hanako"), kind="current")
    world.clock.set(at("2026-11-20 14:59:59"))
    shown = await world.quote(order(source, to))
    assert isinstance(shown, Quote)
    assert (shown.reserved, shown.needs_code) == (False, True)
    world.clock.set(at("2026-11-20 15:00"))
    answer = await world.accept(shown.order, quote=shown)
    assert isinstance(answer, QuoteChanged)
    assert answer.quote.why_later == "current-account-cut-off"
    assert answer.quote.executes_on == date(2026, 11, 24)


@pytest.mark.requirement("RET-19")
async def test_which_orders_need_a_code(world: World) -> None:
    """For today always; reserved to who is not known, or where the institution says so."""
    source, known = await world.account(10_000), await world.account(holder="hanako")
    own, new = await world.account(), await world.account(holder="jiro")
    await world.execute(await world.accepted(order(source, known)))
    world.clock.advance(24 * 60 * 60)
    for to, on, setting, needed in (
        (known, None, False, True),
        (known, date(2026, 11, 24), False, False),
        (known, date(2026, 11, 24), True, True),
        (new, date(2026, 11, 24), False, True),
        (own, date(2026, 11, 24), False, False),
    ):
        world.set(code_for_reserved=setting)
        shown = await world.quote(order(source, to, 100, on))
        assert isinstance(shown, Quote)
        assert shown.needs_code is needed


@pytest.mark.requirement("RET-19", "RET-24")
async def test_a_code_that_was_not_asked_for_is_asked_for(world: World) -> None:
    """Without a code nothing goes to a payee who is not known; what was asked for stays asked."""
    source, to = await world.account(10_000), await world.account(holder="hanako")
    shown = await world.quote(order(source, to, 100, date(2026, 11, 24)))
    assert isinstance(shown, Quote)
    answer = await world.accept(shown.order, quote=replace(shown, needs_code=False))
    assert answer == QuoteChanged(shown)
    await world.execute(await world.accepted(order(source, to)))
    world.clock.advance(24 * 60 * 60)
    assert isinstance(await world.accept(shown.order, quote=shown), Accepted)


@pytest.mark.requirement("RET-24")
async def test_large_and_new_is_held_by_default(world: World) -> None:
    """A large amount to a new payee waits for staff, reserved too, whatever else is as usual."""
    world.set(review=TransfersSettings().review)
    source, to = await world.account(2_000_000), await world.account(holder="hanako")
    held = await world.accepted(order(source, to, 900_000, date(2026, 11, 24)))
    assert (held.state, held.score) == ("awaiting-review", 60)
    small = await world.accepted(order(source, to, 499_999, date(2026, 11, 24)))
    assert small.state == "reserved"


@pytest.mark.requirement("RET-22")
@pytest.mark.parametrize("guarded", [True, False])
async def test_over_the_limit_at_once(
    world: World, guarded: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of many at once, as many are accepted as the limit allows; without the lock, more."""
    world.set(limits=limits(1_000, 3_000, 10_000))
    source, to = await world.account(100_000), await world.account(holder="hanako")
    await world.in_tx(lambda tx: store.lock_limits(tx, "9901", "contract"))
    if not guarded:
        monkeypatch.setattr(store, "lock_limits", store.limits_row)
    shown = await world.quote(order(source, to, 1_000))
    assert isinstance(shown, Quote)
    wanted = [world.accept(shown.order, quote=shown) for _ in range(8)]
    answers = await asyncio.gather(*wanted)
    accepted = [answer for answer in answers if isinstance(answer, Accepted)]
    if guarded:
        assert states(answers) == ["Accepted"] * 3 + ["over-day-limit"] * 5
    else:
        assert len(accepted) > 3


@pytest.mark.requirement("RET-22")
async def test_what_counts_against_limits(world: World) -> None:
    """A transfer counts on the day and in the month of its execution, unless it came to nothing."""
    world.set(limits=limits(1_000, 1_000, 2_000), reserve_days=60)
    source, to = await world.account(10_000), await world.account(holder="hanako")
    own = await world.account()

    async def reserve(day: str) -> Any:
        return await world.accept(order(source, to, 1_000, date.fromisoformat(day)))

    first = await reserve("2026-11-24")
    assert isinstance(first, Accepted)
    assert states([await reserve("2026-11-24")]) == ["over-day-limit"]
    assert states([await reserve("2026-11-25")]) == ["Accepted"]
    assert states([await reserve("2026-11-26")]) == ["over-month-limit"]
    assert states([await reserve("2026-12-01")]) == ["Accepted"]
    assert states([await world.accept(order(source, own, 5_000))]) == ["Accepted"]
    await world.cancel(first.transfer)
    assert states([await reserve("2026-11-26")]) == ["Accepted"]


@pytest.mark.requirement("RET-18")
async def test_nothing_is_written_for_wrong_amounts(world: World) -> None:
    """A negative, huge or fractional amount is refused by quote and accept alike (case 19)."""
    source, to = await world.account(10_000), await world.account(holder="hanako")
    good = await world.quote(order(source, to))
    assert isinstance(good, Quote)
    for amount in (-1_000, 10**15, 0.5):
        bad = order(source, to, amount)
        assert await world.quote(bad) == OrderRefused("amount-invalid")
        forged = replace(good, order=bad)
        assert await world.accept(bad, quote=forged) == OrderRefused("amount-invalid")
    assert await world.every() == []


@pytest.mark.requirement("RET-24")
async def test_held_for_staff(world: World) -> None:
    """An unusual order waits for staff: nothing is executed, the mail tells how to stop it."""
    world.set(review="hold")
    source, to = await world.account(900_000), await world.account(holder="hanako")
    odd = replace(SIGNS, known_device=False)
    held = await world.accepted(order(source, to, 500_000), signs=odd)
    assert held.state is TransferState.AWAITING_REVIEW
    assert held.score_reasons == ("new-payee", "large-amount", "unusual-device")
    assert (await world.execute(held)).state is TransferState.AWAITING_REVIEW
    assert await world.balance(source) == (900_000, 900_000)
    assert await world.mails() == ["transfer-held"]
    assert "transfer:held-for-review" in await world.events()


@pytest.mark.requirement("RET-24")
async def test_payees_become_known(world: World) -> None:
    """Known is whom one paid or registered a day ago: a thief pays himself one yen first."""
    source, to = await world.account(10_000), await world.account(holder="hanako")
    second = await world.account(holder="jiro")

    async def reasons(payee: Payee) -> tuple[str, ...]:
        return (await world.accepted(order(source, payee, 1))).score_reasons

    async with world.database.transaction() as tx:
        for payee in (to, second):
            await world.transfers.register_payee(
                tx, world.institution, "contract", payee, "", signs=SIGNS, now=world.clock.now()
            )
    first = await world.accepted(order(source, to, 1))
    assert first.score_reasons == ("new-payee",)
    await world.execute(first)
    stranger = await world.account(holder="saburo")
    await world.execute(await world.accepted(order(source, stranger, 1)))
    for payee in (to, second, stranger):
        assert await reasons(payee) == ("new-payee",)
    world.clock.advance(24 * 3600)
    for payee in (to, second, stranger):
        assert await reasons(payee) == ()


@pytest.mark.requirement("RET-17")
async def test_looking_a_payee_up(world: World) -> None:
    """The name is the core's, or the other bank's; where there is none, it is typed."""
    here = await world.account(holder="hanako", branch="002")

    async def look(payee: Payee) -> object:
        return await world.transfers.look_up_payee(
            world.embedded, world.call(), bank_code=payee.bank_code, bank_name=payee.bank_name,
            branch_code=payee.branch_code, branch_name=payee.branch_name, kind=payee.kind,
            number=payee.number,
        )  # fmt: skip

    assert await look(here) == replace(here, name_kana="ﾐﾎﾝ ﾀﾛｳ")
    assert await look(replace(here, number="9999999")) == NoSuchPayeeAccount()
    elsewhere = await look(other_bank())
    assert isinstance(elsewhere, Payee)
    assert elsewhere.name_checked
    silent = await look(replace(other_bank(), bank_code="0005"))
    assert isinstance(silent, NameNeeded)
    typed = named(silent, "みほん　じろう")
    assert isinstance(typed, Payee)
    assert (typed.name_kana, typed.name_checked) == ("ﾐﾎﾝ ｼﾞﾛｳ", False)
    assert named(silent, "見本") == NameUnusable(("見", "本"))
    assert named(silent, " ") == NameUnusable()


@pytest.mark.requirement("RET-19")
async def test_an_early_word_on_the_balance(world: World) -> None:
    """What today's balance does not cover is said before confirming; a reservation is not asked."""
    source, to = await world.account(1_000), await world.account(holder="hanako", branch="002")
    for amount, on, refused in (
        (890, None, None),
        (891, None, OrderRefused("not-enough-funds", {"available": 1_000})),
        (891, date(2026, 11, 24), None),
    ):
        shown = await world.quote(order(source, to, amount, on))
        assert isinstance(shown, Quote)
        answer = await world.transfers.look_at_balance(world.embedded, world.call(), shown)
        assert answer == refused


async def test_receipt_numbers_that_are_taken(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A number that another transfer has is drawn anew."""
    source, to = await world.account(1_000), await world.account(holder="hanako")
    drawn = iter((7, 7, 7, 8))
    monkeypatch.setattr(world.entropy, "draw", lambda _: next(drawn))
    first = await world.accepted(order(source, to, 1))
    second = await world.accepted(order(source, to, 2))
    assert (first.receipt_number, second.receipt_number) == ("000000000007", "000000000008")


@pytest.mark.requirement("RET-18")
async def test_how_much_an_acceptance_costs(world: World, database: Database) -> None:
    """Accepting takes few statements, so that a busy day is no trouble."""
    source, to = await world.account(10_000), await world.account(holder="hanako")
    await world.accepted(order(source, to, 1))
    shown = await world.quote(order(source, to, 2))
    assert isinstance(shown, Quote)
    async with database.transaction() as tx:
        seen: list[str] = []
        with tx._connection.query_logger(lambda record: seen.append(record.query)):
            await world.transfers.accept(
                tx, world.institution, shown.order, shown, once="counted", signs=SIGNS,
                now=world.clock.now(),
            )  # fmt: skip
            await tx.run_before_commit()
    assert len(seen) <= 8, seen
