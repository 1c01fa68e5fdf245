"""Every outcome in the table of the API link is produced, and leads where the table says."""

from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest

from madoguchi.api_link import API_LINK
from madoguchi.kernel.journey import Proceed
from tests.support.link_visitor import Visitor
from tests.support.link_world import LinkWorld

Scene = Callable[[LinkWorld], Awaitable[Visitor]]
PAIRS = [
    (screen.name, outcome.__name__) for screen in API_LINK.screens for outcome in screen.outcomes
]
WAYS = {
    ("customer", "Again"): "customer",
    ("customer", "NotLinkable"): "refused",
    ("customer", "Locked"): "locked",
    ("call", "Again"): "call",
    ("call", "CallTooLate"): "account",
    ("card-pin", "Again"): "card-pin",
    ("card-pin", "NotLinkable"): "refused",
    ("card-pin", "Locked"): "locked",
    ("consent", "NotLinkable"): "refused",
    ("consent", "Locked"): "locked",
    ("consent", "RequestSpent"): "spent",
}
SCENES: dict[tuple[str, str], Scene] = {}


def scene(screen: str, outcome: str) -> Callable[[Scene], Scene]:
    """Note who plays a pair of the table."""

    def noted(play: Scene) -> Scene:
        SCENES[screen, outcome] = play
        return play

    return noted


async def proceed(world: LinkWorld, screen: str) -> Visitor:
    """Do a screen rightly."""
    visitor = await (await Visitor.come(world)).to(screen)
    after = [*(each.name for each in API_LINK.screens), "linked"]
    return await visitor.to(after[after.index(screen) + 1])


for each in API_LINK.screens:
    SCENES[each.name, "Proceed"] = lambda world, screen=each.name: proceed(world, screen)  # type: ignore[misc]


@scene("customer", "Again")
async def wrong_birth_date(world: LinkWorld) -> Visitor:
    """The account is right, the birth date is not."""
    visitor = await (await Visitor.come(world)).to("customer")
    await visitor.do(**world.person(birth_date="1980-04-02").customer_fields)
    return visitor


@scene("customer", "NotLinkable")
async def no_such_account(world: LinkWorld) -> Visitor:
    """There is no such account."""
    visitor = await Visitor.come(world, world.person(account_number="7654321"))
    await visitor.to("customer")
    await visitor.do(**visitor.person.customer_fields)
    return visitor


@scene("customer", "Locked")
async def five_wrong_birth_dates(world: LinkWorld) -> Visitor:
    """The fifth failure of a day locks."""
    visitor = await (await Visitor.come(world)).to("customer")
    for _ in range(5):
        await visitor.do(**world.person(birth_date="1980-04-02").customer_fields)
    return visitor


@scene("call", "Again")
async def no_call_yet(world: LinkWorld) -> Visitor:
    """確定する before the call."""
    visitor = await (await Visitor.come(world)).to("call")
    await visitor.do()
    return visitor


@scene("call", "CallTooLate")
async def no_call_in_time(world: LinkWorld) -> Visitor:
    """確定する after the time, though the call came within it."""
    visitor = await (await Visitor.come(world)).to("call")
    await visitor.call()
    world.clock.advance(121)
    await visitor.do()
    return visitor


@scene("card-pin", "Again")
async def wrong_pin(world: LinkWorld) -> Visitor:
    """A wrong PIN."""
    visitor = await (await Visitor.come(world)).to("card-pin")
    await visitor.do(card_pin="0000")
    return visitor


@scene("card-pin", "NotLinkable")
async def closed_before_the_pin(world: LinkWorld) -> Visitor:
    """The account is closed while the person is on his way."""
    visitor = await (await Visitor.come(world)).to("card-pin")
    world.core.close_account("9901", visitor.visit.account_id)
    await visitor.do(card_pin=visitor.person.card_pin)
    return visitor


@scene("card-pin", "Locked")
async def failures_of_both_screens(world: LinkWorld) -> Visitor:
    """Two failures on ② and three on ⑤ lock."""
    visitor = await (await Visitor.come(world)).to("customer")
    for _ in range(2):
        await visitor.do(**world.person(phone="09000002222").customer_fields)
    await visitor.to("card-pin")
    for _ in range(3):
        await visitor.do(card_pin="0000")
    return visitor


@scene("consent", "NotLinkable")
async def card_lost_before_the_consent(world: LinkWorld) -> Visitor:
    """The card is stopped while the person reads the consent."""
    visitor = await (await Visitor.come(world)).to("consent")
    world.core.lose_card("9901", visitor.visit.account_id)
    await visitor.do(agree="1")
    return visitor


@scene("consent", "Locked")
async def locked_by_somebody_else(world: LinkWorld) -> Visitor:
    """Somebody else's failures lock the account while the person reads the consent."""
    visitor = await (await Visitor.come(world)).to("consent")
    other = await (await Visitor.come(world)).to("customer")
    for _ in range(5):
        await other.do(**world.person(birth_date="1980-04-02").customer_fields)
    await visitor.do(agree="1")
    return visitor


@scene("consent", "RequestSpent")
async def answered_in_another_window(world: LinkWorld) -> Visitor:
    """The same request was answered in another browser."""
    visitor = await (await Visitor.come(world)).to("consent")
    other = Visitor(world, world.person(), visitor.visit, visitor.name, place="consent")
    await other.to("linked")
    await visitor.do(agree="1")
    return visitor


@pytest.mark.parametrize(("screen", "outcome"), PAIRS)
@pytest.mark.requirement("LINK-13", "LINK-14", "LINK-15", "LINK-23", "LINK-24", "LINK-27")
async def test_each_outcome_leads_where_it_should(
    screen: str, outcome: str, world: LinkWorld
) -> None:
    """Each (screen, outcome) pair of the table is played, and ends on the screen meant for it."""
    order = [*(each.name for each in API_LINK.screens), API_LINK.finish]
    visitor = await SCENES[screen, outcome](world)
    assert type(visitor.outcome).__name__ == outcome
    wanted = order[order.index(screen) + 1] if outcome == "Proceed" else WAYS[screen, outcome]
    assert visitor.place == wanted


def test_nobody_plays_what_is_not_in_the_table() -> None:
    """The scenes are the table's pairs, no more and no less."""
    assert set(SCENES) == set(PAIRS)
    assert set(WAYS) == {pair for pair in PAIRS if pair[1] != "Proceed"}


@pytest.mark.requirement("LINK-24")
async def test_whoever_starts_over_has_proved_nothing(world: LinkWorld) -> None:
    """After a call too late nothing is left, and the next number has its own time."""
    visitor = await no_call_in_time(world)
    kept = visitor.visit
    assert (kept.account, kept.customer, kept.account_id, kept.turn) == (None, None, "", 1)
    await visitor.to("call")
    assert visitor.view["seconds_left"] == 120
    assert isinstance((await visitor.to("card-pin")).outcome, Proceed)


@pytest.mark.requirement("LINK-22")
async def test_a_call_before_the_screen_does_not_count(world: LinkWorld) -> None:
    """Calls made to every number before ④ was shown confirm nobody."""
    visitor = await (await Visitor.come(world)).to("phone")
    for number in world.institution.api_link.verification_numbers:
        await world.call(visitor.person.phone, number)
    world.clock.advance(1)
    await visitor.to("call")
    assert type(await visitor.do()).__name__ == "Again"


@pytest.mark.requirement("LINK-21")
async def test_the_last_second_of_the_call_counts(world: LinkWorld) -> None:
    """A call and 確定する 120 seconds after ④ was shown still count."""
    visitor = await (await Visitor.come(world)).to("call")
    world.clock.advance(timedelta(seconds=120).total_seconds())
    await visitor.call()
    assert isinstance(await visitor.do(), Proceed)
