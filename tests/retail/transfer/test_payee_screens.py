"""How the screens that look for a payee present themselves, of a transfer and of a registration."""

import pytest

from tests.support.retail_world import RetailWorld
from tests.support.transfer_walk import Walk

STAGES = 'class="stages"'


@pytest.mark.requirement("RET-23")
@pytest.mark.parametrize(("journey", "staged"), [("transfer", True), ("payee-register", False)])
async def test_only_a_transfer_has_the_stages_of_one(
    journey: str, staged: bool, bank: RetailWorld
) -> None:
    """Whoever registers a payee is asked for no amount: no stage on any screen promises one."""
    walk = await Walk.come(bank)
    await walk.open(journey)
    if walk.screen == "parties":
        await walk.send(to="new")
    assert (STAGES in walk.browser.html) is staged
    await walk.send(bank="0001")
    assert walk.screen == "branch"
    assert (STAGES in walk.browser.html) is staged
    await walk.send("search", query="新宿支店")
    await walk.send(branch="240")
    assert walk.screen == "account", walk.text
    assert (STAGES in walk.browser.html) is staged


@pytest.mark.requirement("RET-17")
async def test_a_bank_is_named_with_its_code(bank: RetailWorld) -> None:
    """On the way, as in the list and on the confirmation, the bank's code stands at its name."""
    walk = await Walk.come(bank)
    await walk.open("payee-register")
    await walk.send(bank="0001")
    assert "みずほ（0001）" in walk.text
    await walk.send("search", query="新宿")
    await walk.send(branch="240")
    assert walk.screen == "account"
    assert "みずほ（0001）" in walk.text
