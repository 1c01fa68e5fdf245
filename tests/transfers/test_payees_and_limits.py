"""Payees that are kept, and limits that customers set themselves."""

import asyncio
from typing import Any

import pytest
from msgspec.structs import replace

from madoguchi.institutions import Limits
from madoguchi.transfers import (
    MOST_PAYEES,
    ContractLimits,
    LimitsRefused,
    NicknameUnusable,
    OrderRefused,
    Payee,
    PayeeRegistered,
    TooManyPayees,
    store,
)
from tests.transfers.transfer_world import SIGNS, World, at, limits, order, other_bank


async def register(world: World, payee: Payee, nickname: str = "") -> Any:
    """Register a payee of the contract."""
    return await world.in_tx(
        lambda tx: world.transfers.register_payee(
            tx, world.institution, "contract", payee, nickname, signs=SIGNS, now=world.clock.now()
        )
    )


async def listed(world: World, contract: str = "contract") -> list[Any]:
    """Return the registered payees."""
    return await world.in_tx(
        lambda tx: world.transfers.list_payees(tx, world.institution, contract)
    )


async def change(world: World, which: str, wanted: Limits) -> Any:
    """Lower or raise the contract's limits."""
    action = world.transfers.lower_limits if which == "lower" else world.transfers.raise_limits
    return await world.in_tx(
        lambda tx: action(
            tx, world.institution, "contract", wanted, signs=SIGNS, now=world.clock.now()
        )
    )


async def in_force(world: World) -> ContractLimits:
    """Return the contract's limits."""
    return await world.in_tx(
        lambda tx: world.transfers.limits_of(tx, world.institution, "contract", world.clock.now())
    )


@pytest.mark.requirement("RET-23")
async def test_registered_payees(world: World) -> None:
    """Kept under a nickname or their own name, once each, renamed, removed, one's own only."""
    first, second = other_bank("1234561"), other_bank("1234562")
    made = await register(world, first)
    assert isinstance(made, PayeeRegistered)
    assert made.registered.nickname == "ミホン ジロウ"
    again = await register(world, first, " 弟 ")
    assert again.registered == replace(made.registered, nickname="弟")
    await register(world, second, "あ店")
    assert [each.nickname for each in await listed(world)] == sorted(["あ店", "弟"])
    assert await listed(world, "other") == []
    for contract, gone in (("other", False), ("contract", True), ("contract", False)):
        async with world.database.transaction() as tx:
            removed = await world.transfers.remove_payee(
                tx, world.institution, contract, made.registered.id, signs=SIGNS
            )
        assert removed is gone
    assert [each.payee for each in await listed(world)] == [second]


@pytest.mark.requirement("RET-31")
async def test_a_registered_payee_is_mailed(world: World) -> None:
    """Who is registered is told once by mail, a new nickname is not; the log says from where."""
    await register(world, other_bank(), "弟")
    await register(world, other_bank(), "兄")
    assert await world.mails() == ["payee-registered"]
    rows = await world.in_tx(
        lambda tx: tx.many(dict, "SELECT source, reference FROM operations_log_entries")
    )
    assert {(row["source"], row["reference"]) for row in rows} == {("192.0.2.1", "R-1")}


@pytest.mark.requirement("RET-23")
@pytest.mark.parametrize("nickname", ["x" * 31, "a\nb", "\u202egnp"])
async def test_nicknames_that_deceive(world: World, nickname: str) -> None:
    """Too long a name, and characters that break or turn a line, are refused."""
    assert isinstance(await register(world, other_bank(), nickname), NicknameUnusable)
    assert await listed(world) == []


@pytest.mark.requirement("RET-23")
async def test_too_many_payees(world: World) -> None:
    """A hundred payees and no more, also when two are registered at once."""
    for number in range(MOST_PAYEES - 1):
        await register(world, other_bank(f"{number:07}"))
    answers = await asyncio.gather(
        *(register(world, other_bank(f"{number:07}")) for number in (1001, 1002, 1003))
    )
    assert sum(isinstance(answer, PayeeRegistered) for answer in answers) == 1
    assert sum(isinstance(answer, TooManyPayees) for answer in answers) == 2
    assert len(await listed(world)) == MOST_PAYEES


@pytest.mark.requirement("RET-23")
async def test_templates_from_history(world: World) -> None:
    """Whom one has paid, the latest first, each once; not where it failed, nor own accounts."""
    source, own = await world.account(10_000), await world.account()
    first, second = await world.account(holder="hanako"), await world.account(holder="jiro")
    for payee, amount in ((first, 1), (second, 2), (first, 3), (own, 4), (second, 99_999)):
        await world.execute(await world.accepted(order(source, payee, amount)))
        world.clock.advance(1)
    recent = await world.in_tx(
        lambda tx: world.transfers.recent_payees(tx, world.institution, "contract")
    )
    assert recent == [first, second]


@pytest.mark.requirement("RET-22")
async def test_lowered_at_once_and_raised_from_tomorrow(world: World) -> None:
    """Lower counts at once, higher from the next Japan midnight on; each change is mailed."""
    source, to = await world.account(9_000), await world.account(holder="hanako")
    wanted = order(source, to, 1_000)
    lowered = await change(world, "lower", limits(999, 999, 999))
    assert lowered.now == limits(999, 999, 999)
    assert await world.quote(wanted) == OrderRefused("over-transfer-limit", {"limit": 999})
    raised = await change(world, "raise", limits(2_000, 3_000, 4_000))
    assert (raised.now, raised.later) == (limits(999, 999, 999), limits(2_000, 3_000, 4_000))
    world.clock.set(at("2026-11-20 23:59:59"))
    assert isinstance(await world.quote(wanted), OrderRefused)
    world.clock.set(at("2026-11-21 00:00:00"))
    assert not isinstance(await world.quote(wanted), OrderRefused)
    stand = await in_force(world)
    assert (stand.now, stand.later, stand.later_from) == (limits(2_000, 3_000, 4_000), None, None)
    assert await world.mails() == ["limits-changed", "limits-changed"]


@pytest.mark.requirement("RET-22")
async def test_a_raise_helps_no_reservation_today(world: World) -> None:
    """A raise that waits for tomorrow does not allow a reservation made today."""
    source, to = await world.account(9_000), await world.account(holder="hanako")
    await change(world, "lower", limits(999, 999, 999))
    await change(world, "raise", limits(2_000, 3_000, 4_000))
    day = at("2026-11-24 09:00").date()
    assert isinstance(await world.quote(order(source, to, 1_000, day)), OrderRefused)


@pytest.mark.requirement("RET-22")
async def test_lowering_calls_a_raise_off(world: World) -> None:
    """Lowered after a raise: the raise does not come tomorrow after all."""
    await change(world, "raise", limits(2_000_000, 3_000_000, 20_000_000))
    assert (await in_force(world)).later is not None
    await change(world, "lower", limits(1, 2, 3))
    world.clock.set(at("2026-11-22 00:00"))
    assert (await in_force(world)).now == limits(1, 2, 3)


@pytest.mark.requirement("RET-22")
async def test_a_change_both_ways(world: World) -> None:
    """One limit up and another down in one go: the lower at once, the higher tomorrow."""
    both = await change(world, "raise", limits(2_000_000, 1_000, 10_000_000))
    assert both.now == limits(1_000_000, 1_000, 10_000_000)
    assert both.later == limits(2_000_000, 1_000, 10_000_000)


@pytest.mark.requirement("RET-22")
@pytest.mark.parametrize(
    ("which", "wanted", "refused"),
    [
        ("lower", (1_000_001, 1, 1), LimitsRefused("not-lower", "per_transfer")),
        ("lower", (1, 1, -1), LimitsRefused("no-amount", "per_month")),
        ("raise", (5_000_001, 1, 1), LimitsRefused("too-high", "per_transfer")),
        ("raise", (1, 1, 50_000_001), LimitsRefused("too-high", "per_month")),
        ("raise", (1, 1.5, 1), LimitsRefused("no-amount", "per_day")),
    ],
)
async def test_limits_that_cannot_be(
    world: World, which: str, wanted: Any, refused: LimitsRefused
) -> None:
    """Lowering does not raise, raising keeps to the highest, and both take whole yen only."""
    assert await change(world, which, limits(*wanted)) == refused
    assert await world.mails() == []


@pytest.mark.requirement("RET-22")
async def test_the_institution_lowers_its_highest(world: World) -> None:
    """What the institution no longer allows, holds for every customer at once."""
    world.set(highest_limits=limits(10, 20, 30))
    assert (await in_force(world)).now == limits(10, 20, 30)


@pytest.mark.requirement("RET-22")
async def test_what_is_used(world: World) -> None:
    """The screen can say how much of today's and this month's limit is used."""
    source, to = await world.account(9_000), await world.account(holder="hanako")
    await world.accepted(order(source, to, 100))
    await world.accepted(order(source, to, 30, at("2026-11-24 09:00").date()))
    used = await world.in_tx(
        lambda tx: world.transfers.used_of(tx, world.institution, "contract", world.clock.now())
    )
    assert used == (100, 130)


async def test_one_row_for_two_first_orders(world: World) -> None:
    """The first orders of a contract at once make its row of limits together."""
    rows = await asyncio.gather(
        *(world.in_tx(lambda tx: store.lock_limits(tx, "9901", "contract")) for _ in range(8))
    )
    assert len(set(rows)) == 1
