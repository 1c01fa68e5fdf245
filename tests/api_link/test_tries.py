"""Tries of ② and ⑤, counted and locked (LINK-12 to LINK-18, LINK-27)."""

from collections.abc import Mapping
from datetime import datetime

import msgspec
import pytest

from madoguchi import lockout
from madoguchi.api_link import LOCK
from madoguchi.api_link.outcomes import Locked, NotLinkable
from madoguchi.core_bank import CoreFailure
from madoguchi.core_bank.port import CoreUnavailable
from madoguchi.institutions import RateLimit
from madoguchi.kernel.clock import JAPAN
from madoguchi.kernel.journey import Again, FieldError, Proceed
from tests.support.fake_core_bank import sample_person
from tests.support.link_visitor import Visitor
from tests.support.link_world import NAME_TYPED, LinkWorld

WRONG = Again(message="link.message.wrong")
WRONG_DATE = {"birth_day": "2"}
WRONG_PHONE = {"phone": "09000009999"}


async def at_customer(world: LinkWorld, source: str = "192.0.2.1") -> Visitor:
    """Come to ②."""
    visitor = await (await Visitor.come(world)).to("customer")
    visitor.source = source
    return visitor


async def try_customer(visitor: Visitor, wrong: Mapping[str, str]) -> object:
    """Send ② with something wrong."""
    return await visitor.do(**{**visitor.person.customer_fields, **wrong})


@pytest.mark.requirement("LINK-14", "LOCK-02")
@pytest.mark.parametrize("wrong", [WRONG_DATE, WRONG_PHONE, {**WRONG_DATE, **WRONG_PHONE}])
async def test_whatever_was_wrong_is_told_alike(wrong: Mapping[str, str], world: LinkWorld) -> None:
    """A wrong birth date, a wrong phone and both are one answer."""
    assert await try_customer(await at_customer(world), wrong) == WRONG


@pytest.mark.requirement("LINK-12")
async def test_any_registered_phone_counts_and_the_name_never(world: LinkWorld) -> None:
    """The second of two phones is as good; another's name is not compared."""
    visitor = await at_customer(world)
    outcome = await try_customer(visitor, {"phone": "0300001111", "name_kana": "ﾍﾞﾂｼﾞﾝ"})
    assert isinstance(outcome, Proceed)


@pytest.mark.requirement("LINK-11", "LINK-36")
async def test_nobody_was_born_tomorrow(world: LinkWorld) -> None:
    """A birth date after today in Japan is told at the field and is no try; today is one."""
    world.clock.set(datetime(2026, 11, 20, 23, 30, tzinfo=JAPAN))
    visitor = await at_customer(world)
    date = {"birth_year": "2026", "birth_month": "11", "birth_day": "21"}
    error = FieldError("birth_year", "date-future")
    assert await try_customer(visitor, date) == Again((error,), "unreadable")
    assert await world.log(event="link:name-typed") == []
    world.clock.advance(1800)
    assert await try_customer(visitor, date) == WRONG


@pytest.mark.requirement("LINK-12")
async def test_the_name_typed_is_in_the_log_alone_and_sealed(world: LinkWorld) -> None:
    """One row has the name, readable with the keys only."""
    await try_customer(await at_customer(world), {})
    [row] = await world.log(event="link:name-typed")
    assert world.runtime.log.reveal(row) == {"name_kana": NAME_TYPED}
    assert NAME_TYPED.encode() not in row.personal


@pytest.mark.requirement("LINK-15")
async def test_the_fifth_failure_locks_until_midnight_in_japan(world: LinkWorld) -> None:
    """Four are told, the fifth locks without a code; a minute past midnight all is as before."""
    visitor = await at_customer(world)
    assert [await try_customer(visitor, WRONG_DATE) for _ in range(4)] == [WRONG] * 4
    assert await try_customer(visitor, WRONG_DATE) == Locked()
    async with world.database.transaction() as tx:
        [lock] = await lockout.list_locks(tx, "9901", world.clock.now())
    assert (lock.what, lock.until) == (LOCK, datetime(2026, 11, 21, tzinfo=JAPAN))
    world.clock.set(datetime(2026, 11, 20, 23, 59, 59, tzinfo=JAPAN))
    assert await try_customer(await at_customer(world), {}) == Locked(code="B84")
    world.clock.set(datetime(2026, 11, 21, 0, 0, 0, tzinfo=JAPAN))
    assert isinstance(await try_customer(await at_customer(world), {}), Proceed)


@pytest.mark.requirement("LINK-15", "LINK-36")
async def test_failures_of_yesterday_do_not_count_today(world: LinkWorld) -> None:
    """The count is of one Japan day: four before midnight and four after lock nothing."""
    world.clock.set(datetime(2026, 11, 20, 23, 50, tzinfo=JAPAN))
    visitor = await at_customer(world)
    for _ in range(4):
        assert await try_customer(visitor, WRONG_DATE) == WRONG
    world.clock.set(datetime(2026, 11, 21, 0, 0, tzinfo=JAPAN))
    for _ in range(4):
        assert await try_customer(visitor, WRONG_DATE) == WRONG
    assert isinstance(await try_customer(visitor, {}), Proceed)


@pytest.mark.requirement("LINK-15", "INST-02")
async def test_the_limit_is_a_setting(world: LinkWorld) -> None:
    """An institution that allows two failures locks at the second."""
    world.configure(failures_limit=2)
    visitor = await at_customer(world)
    assert await try_customer(visitor, WRONG_DATE) == WRONG
    assert await try_customer(visitor, WRONG_DATE) == Locked()


@pytest.mark.requirement("LINK-15")
async def test_what_was_right_forgives_no_earlier_failure(world: LinkWorld) -> None:
    """Four failures, a right ②, and one wrong PIN lock: what is right resets nothing."""
    visitor = await at_customer(world)
    for _ in range(4):
        await try_customer(visitor, WRONG_DATE)
    await visitor.to("card-pin")
    assert await visitor.do(card_pin="0000") == Locked()


@pytest.mark.requirement("LINK-16", "LOCK-02")
async def test_while_locked_right_and_wrong_are_answered_alike(world: LinkWorld) -> None:
    """On ② and ⑤ a locked account answers B84 to everything, and the core is not asked the PIN."""
    waiting = await (await Visitor.come(world)).to("card-pin")
    visitor = await at_customer(world)
    for _ in range(5):
        await try_customer(visitor, WRONG_DATE)
    for wrong in ({}, WRONG_DATE, WRONG_PHONE):
        assert await try_customer(await at_customer(world), wrong) == Locked(code="B84")
    assert await waiting.do(card_pin=waiting.person.card_pin) == Locked(code="B84")


@pytest.mark.requirement("LINK-17")
async def test_the_lock_is_of_one_account_and_of_the_api_link_alone(world: LinkWorld) -> None:
    """Another account goes on, and so does every other secret of the locked one."""
    visitor = await at_customer(world)
    for _ in range(5):
        await try_customer(visitor, WRONG_DATE)
    other = await Visitor.come(world, world.another_person(55))
    await other.to("linked")
    [row] = await world.rows(
        "SELECT institution, what, subject FROM lockout_count WHERE locked_until IS NOT NULL"
    )
    assert (row["institution"], row["what"]) == ("9901", LOCK)
    cash_machine = lockout.Policy(what="card-pin", limit=3, window="ever", lock_until="released")
    async with world.database.transaction() as tx:
        now, subject = world.clock.now(), row["subject"]
        assert await lockout.is_locked(tx, cash_machine, "9901", subject, now) is None


@pytest.mark.requirement("LINK-13")
async def test_what_cannot_be_linked_is_counted_nowhere(world: LinkWorld) -> None:
    """No such account, or none that may be linked: one answer, and no lock to fill."""
    world.core.add_account(holder=sample_person("h-2"), number="0000002", pin=None)
    for number in ("7777777", "0000002"):
        visitor = await Visitor.come(world, world.person(account_number=number))
        await visitor.to("customer")
        assert await visitor.do(**visitor.person.customer_fields) == NotLinkable()
    assert await world.rows("SELECT 1 AS one FROM lockout_count") == []


@pytest.mark.requirement("LINK-18")
async def test_an_address_that_tries_many_accounts_is_slowed(world: LinkWorld) -> None:
    """The limit is of the address, over all accounts; another address goes on, and time helps."""
    world.configure(attempts_per_address=RateLimit(limit=3, per_seconds=60))
    outcomes = []
    for number in range(4):
        visitor = await Visitor.come(world, world.person(account_number=f"{number:07d}"))
        await visitor.to("customer")
        outcomes.append(await visitor.do(**visitor.person.customer_fields))
    assert outcomes == [NotLinkable()] * 3 + [Again(message="link.message.too-many-tries")]
    assert isinstance(await try_customer(await at_customer(world, "192.0.2.9"), {}), Proceed)
    world.clock.advance(60)
    assert isinstance(await try_customer(await at_customer(world), {}), Proceed)


@pytest.mark.requirement("LINK-18")
async def test_all_addresses_of_one_ipv6_network_are_one(world: LinkWorld) -> None:
    """Whoever has one /64 has all its addresses: they share the limit, the next has its own."""
    world.configure(attempts_per_address=RateLimit(limit=1, per_seconds=60))
    sources = ("2001:db8::1", "2001:db8::ffff:2", "2001:db8:0:1::1", "::ffff:192.0.2.7")
    outcomes = [
        await try_customer(await at_customer(world, source), WRONG_DATE) for source in sources
    ]
    assert outcomes == [WRONG, Again(message="link.message.too-many-tries"), WRONG, WRONG]
    mapped = await try_customer(await at_customer(world, "192.0.2.7"), WRONG_DATE)
    assert mapped == Again(message="link.message.too-many-tries")


@pytest.mark.requirement("LINK-18")
async def test_a_client_that_tries_from_many_addresses_is_slowed(world: LinkWorld) -> None:
    """The limit is of the app too, from wherever its users come; the PIN screen counts as well."""
    world.configure(attempts_per_client=RateLimit(limit=2, per_seconds=60))
    for number in range(2):
        visitor = await at_customer(world, f"198.51.100.{number}")
        assert await try_customer(visitor, WRONG_DATE) == WRONG
    third = await at_customer(world, "198.51.100.77")
    assert await try_customer(third, {}) == Again(message="link.message.too-many-tries")
    assert (await world.rows("SELECT wrong FROM lockout_count")) == [{"wrong": 2}]


@pytest.mark.requirement("LINK-35")
@pytest.mark.parametrize("failure", list(CoreFailure))
async def test_a_try_that_the_core_did_not_judge_is_not_counted(
    failure: CoreFailure, world: LinkWorld
) -> None:
    """Where the core falls between the count and the comparison, the count is taken back."""
    visitor = await (await Visitor.come(world)).to("card-pin")
    real = world.core.verify_card_pin

    async def down(*_: object) -> None:
        raise CoreUnavailable(failure)

    world.core.verify_card_pin = down  # type: ignore[assignment, method-assign]
    for _ in range(6):
        with pytest.raises(CoreUnavailable):
            await visitor.do(card_pin="7391")
    world.core.verify_card_pin = real  # type: ignore[method-assign]
    assert isinstance(await visitor.do(card_pin="7391"), Proceed)


@pytest.mark.requirement("LOCK-03")
async def test_a_lock_is_mailed_to_the_address_at_the_bank_and_logged(world: LinkWorld) -> None:
    """One mail per lock, to the bank's address and never to the one typed; one row in the log."""
    visitor = await at_customer(world)
    for _ in range(7):
        visitor.place = "customer"
        await try_customer(visitor, WRONG_DATE)
    found = await world.rows("SELECT event_key, template FROM notices_outbox")
    assert [row["template"] for row in found] == ["link-locked"]
    assert len(await world.log(event="link:account:locked")) == 1


@pytest.mark.requirement("LOCK-03")
async def test_whoever_has_no_address_at_the_bank_is_not_mailed(world: LinkWorld) -> None:
    """The lock holds and is logged; nothing goes to the address that an attacker typed."""
    holder = msgspec.structs.replace(sample_person("h-3"), email=None)
    world.core.add_account(holder=holder, number="0000003", pin="7391")
    visitor = await Visitor.come(world, world.person(account_number="0000003"))
    await visitor.to("customer")
    for _ in range(5):
        await try_customer(visitor, WRONG_DATE)
    assert visitor.outcome == Locked()
    assert await world.rows("SELECT 1 AS one FROM notices_outbox") == []
