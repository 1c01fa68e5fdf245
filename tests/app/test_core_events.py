"""What the platform does about what happened in a core."""

import asyncio
from datetime import timedelta

import pytest
from structlog.testing import capture_logs

from madoguchi.app.core_events import core_schedules, hear_of
from madoguchi.app.worker import background_worker
from madoguchi.consents import (
    Agreement,
    Consent,
    ConsentedAccount,
    ConsentStatus,
    EndedBy,
    ask,
    authorise,
    find,
)
from madoguchi.core_bank import Account, CoreFailure, EventKind
from madoguchi.core_bank.embedded import EmbeddedCore
from madoguchi.institutions import Institution
from madoguchi.kernel.errors import BrokenInvariant, must
from madoguchi.kernel.money import Yen
from madoguchi.plumbing.jobs import Worker
from madoguchi.transfers import Transfers
from tests.support.link_world import LinkWorld, counters, world

__all__ = ["counters", "world"]
pytestmark = pytest.mark.requirement("LINK-02")


async def _consent(world: LinkWorld, *accounts: Account) -> Consent:
    runtime, now = world.runtime, world.clock.now()
    agreement = Agreement(
        holder_id=accounts[0].holder_id,
        scopes=("accounts",),
        accounts=tuple(
            ConsentedAccount(each.id, f"p{place}", each.branch_code, each.kind, each.number)
            for place, each in enumerate(accounts)
        ),
        expires_at=now + timedelta(days=30),
        terms_version="2026-04",
        screen_version="1",
        mode="card",
    )
    async with runtime.database.transaction() as tx:
        asked = await ask(tx, "9901", "sample-app", ("accounts",), entropy=runtime.entropy, now=now)
        given = await authorise(tx, runtime.log, "9901", asked.id, agreement, now=now)
    assert isinstance(given, Consent)
    return given


async def _now(world: LinkWorld, consent: Consent) -> Consent:
    async with world.runtime.database.transaction() as tx:
        return must(await find(tx, "9901", consent.id, world.clock.now()))


def _bank(world: LinkWorld) -> Institution:
    return must(world.runtime.institutions.by_code("9901"))


async def _hear(world: LinkWorld) -> None:
    await hear_of(world.runtime, _bank(world), world.core)


async def test_a_move_ends_consents(world: LinkWorld) -> None:
    """A consent under a number that an account no longer has ends, and says why; others stay."""
    moved = world.core.add_account("9901", number="2000000")
    stays = world.core.add_account("9901", number="3000000")
    over, kept = await _consent(world, moved, stays), await _consent(world, stays)
    world.core.move_account("9901", moved.id, "002", "2000001")
    await _hear(world)
    ended = await _now(world, over)
    assert (ended.status, ended.ended_by) == (ConsentStatus.REVOKED, EndedBy.ACCOUNT_MOVED)
    assert ended.ended_at == world.clock.now()
    assert (await _now(world, kept)).status is ConsentStatus.AUTHORISED


async def test_other_events_end_nothing(world: LinkWorld) -> None:
    """A closure and a lost card leave consents alone: the account API tells how accounts stand."""
    account = world.core.add_account("9901", number="2000000")
    given = await _consent(world, account)
    world.core.lose_card("9901", account.id)
    world.core.close_account("9901", account.id)
    await _hear(world)
    assert (await _now(world, given)).status is ConsentStatus.AUTHORISED


async def test_a_second_consent_after_the_move(world: LinkWorld) -> None:
    """What was linked under the new number after the move is not ended by the same event again."""
    account = world.core.add_account("9901", number="2000000")
    await _consent(world, account)
    new = world.core.move_account("9901", account.id, "002", "2000001")
    await _hear(world)
    again = await _consent(world, new)
    await _hear(world)
    assert (await _now(world, again)).status is ConsentStatus.AUTHORISED


async def test_two_workers_at_once(world: LinkWorld) -> None:
    """Heard by several workers at once, a move is written into the log once."""
    account = world.core.add_account("9901", number="2000000")
    given = await _consent(world, account)
    world.core.move_account("9901", account.id, "002", "2000001")
    await asyncio.gather(*(_hear(world) for _ in range(6)))
    assert (await _now(world, given)).ended_by == EndedBy.ACCOUNT_MOVED
    async with world.runtime.database.transaction() as tx:
        entries = await tx.value(
            "SELECT count(*) FROM operations_log_entries WHERE event = 'consent:revoked'"
        )
    assert entries == 1


async def test_a_core_that_is_down(world: LinkWorld) -> None:
    """A core that cannot be asked is asked again later, and nothing is lost."""
    account = world.core.add_account("9901", number="2000000")
    given = await _consent(world, account)
    world.core.move_account("9901", account.id, "002", "2000001")
    world.core.down = CoreFailure.LINK_FAILED
    await _hear(world)
    assert (await _now(world, given)).status is ConsentStatus.AUTHORISED
    world.core.down = None
    await _hear(world)
    assert (await _now(world, given)).status is ConsentStatus.REVOKED


async def test_the_worker_does_it(world: LinkWorld) -> None:
    """Both schedules run every 15 seconds, at every institution."""
    account = world.core.add_account("9901", number="2000000")
    given = await _consent(world, account)
    world.core.move_account("9901", account.id, "002", "2000001")
    schedules = {each.name: each for each in core_schedules(world.runtime)}
    assert {name: each.every for name, each in schedules.items()} == {
        "core-catch-up": timedelta(seconds=15),
        "core-events": timedelta(seconds=15),
    }
    for each in schedules.values():
        await each.action(world.clock.now())
    assert (await _now(world, given)).status is ConsentStatus.REVOKED
    assert isinstance(background_worker(world.runtime), Worker)


@pytest.mark.requirement("RET-31")
async def test_a_return_is_noted(world: LinkWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    """What another bank sent back is told to the transfers, by the same reader as all else."""
    account = world.core.add_account("9901", number="2000000")
    world.core._add_event(
        world.core.of("9901"),
        EventKind.TRANSFER_RETURNED,
        account.id,
        None,
        hold_id="hold-1",
        amount=Yen(500),
    )
    noted = []

    async def note_return(
        _self: object, _tx: object, at: Institution, hold_id: str, *_: object, reason: str
    ) -> bool:
        noted.append((at.code, hold_id, reason))
        return True

    monkeypatch.setattr(Transfers, "note_return", note_return)
    await _hear(world)
    await _hear(world)
    assert noted == [("9901", "hold-1", "returned-by-bank")]


async def test_one_institution_in_trouble(
    world: LinkWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A fault with one institution's returns or events keeps no other one waiting."""
    seen = []

    async def broken(_self: object, code: str) -> None:
        seen.append(code)
        raise BrokenInvariant("a return that cannot be booked")

    monkeypatch.setattr(EmbeddedCore, "catch_up", broken)
    (catching_up, _) = core_schedules(world.runtime)
    with capture_logs() as logged:
        await catching_up.action(world.clock.now())
    assert seen == [each.code for each in world.runtime.institutions.all()]
    assert len(seen) == len([each for each in logged if each["log_level"] == "error"]) > 1
