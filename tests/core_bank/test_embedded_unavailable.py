"""The embedded core when its database is gone or slow."""

from datetime import timedelta

import msgspec
import pytest

from madoguchi.core_bank import (
    CoreFailure,
    CoreUnavailable,
    Held,
    NeverSeen,
    ReleaseReason,
    Unknown,
)
from madoguchi.plumbing.database import Database
from tests.core_bank.conftest import embedded_stage
from tests.core_bank.contract import reading, transfer, writing
from tests.core_bank.many_contract import keyed, many
from tests.core_bank.stages import EmbeddedStage, FakeStage
from tests.support.clock import SettableClock

LOCK = "SELECT FROM embedded_core.account WHERE id = $1 FOR UPDATE"


@pytest.mark.requirement("LINK-35")
async def test_database_gone(database_url: str, clock: SettableClock) -> None:
    """Without its database a read raises a failed link, and a write answers unknown."""
    database = await Database.connect(database_url)
    await database.close()
    core, stage = embedded_stage(database, clock).core, embedded_stage(database, clock)
    account = FakeStage(clock).core.add_account()
    with pytest.raises(CoreUnavailable) as raised:
        await core.balances(reading(stage), "a")
    assert raised.value.kind is CoreFailure.LINK_FAILED
    assert await core.hold(writing(stage, "k"), transfer("a", 1)) == Unknown("k")
    assert await core.settle(writing(stage, "k"), "h") == Unknown("k")
    two = [keyed(name, transfer("a", 1, to=account)) for name in "ab"]
    assert await many(stage, two) == [Unknown("a:hold"), Unknown("b:hold")]
    assert await core.release(writing(stage, "k"), "h", ReleaseReason.VOIDED) == Unknown("k")
    assert await core.inquire(reading(stage), "k") == Unknown("k")


@pytest.mark.requirement("CORE-02")
async def test_deadline(ledger: EmbeddedStage, database: Database) -> None:
    """A write that is not done by its deadline is unknown, undone, and can be sent again."""
    account = await ledger.open_account(balance=100)
    call = msgspec.structs.replace(
        writing(ledger, "k"), deadline=ledger.clock.now() + timedelta(seconds=0.2)
    )
    async with database.transaction() as tx:
        await tx.execute(LOCK, account.id)
        assert await ledger.core.hold(call, transfer(account, 60)) == Unknown("k")
    assert await ledger.core.inquire(reading(ledger), "k") == NeverSeen()
    again = await ledger.core.hold(writing(ledger, "k"), transfer(account, 60))
    assert isinstance(again, Held)
    assert await ledger.core.inquire(reading(ledger), "k") == again


async def test_past_deadline(ledger: EmbeddedStage) -> None:
    """A read that comes after its deadline is not made."""
    call = msgspec.structs.replace(reading(ledger), deadline=ledger.clock.now())
    with pytest.raises(CoreUnavailable):
        await ledger.core.balances(call, "a")
