"""The fake core's switches: down, and silent."""

import pytest

from madoguchi.core_bank import CoreFailure, CoreUnavailable, Held, NeverSeen, Unknown
from tests.core_bank.contract import reading, transfer, writing
from tests.core_bank.stages import FakeStage
from tests.support.clock import SettableClock


@pytest.mark.requirement("LINK-35")
@pytest.mark.parametrize("kind", list(CoreFailure))
async def test_down(clock: SettableClock, kind: CoreFailure) -> None:
    """A fake that is down raises the failure it was set to, and does no writes."""
    stage = FakeStage(clock)
    account = await stage.open_account(balance=100)
    stage.core.down = kind
    with pytest.raises(CoreUnavailable) as raised:
        await stage.core.account(reading(stage), account.id)
    assert raised.value.kind is kind
    assert await stage.core.hold(writing(stage, "k"), transfer(account, 1)) == Unknown("k")
    stage.core.down = None
    assert await stage.core.inquire(reading(stage), "k") == NeverSeen()


async def test_silent(clock: SettableClock) -> None:
    """A fake that is silent does the write, and only an inquiry tells."""
    stage = FakeStage(clock)
    account = await stage.open_account(balance=100)
    stage.core.silent = True
    assert await stage.core.hold(writing(stage, "k"), transfer(account, 1)) == Unknown("k")
    stage.core.silent = False
    assert isinstance(await stage.core.inquire(reading(stage), "k"), Held)
