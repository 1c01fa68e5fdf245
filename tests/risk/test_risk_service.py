"""What logins teach, for whom, for how long, and what staff see of the decisions."""

import asyncio
from datetime import timedelta

import asyncpg
import pytest
from msgspec.structs import replace

from madoguchi import risk
from madoguchi.plumbing.database import Database
from madoguchi.risk import Assessment, Environment, Reason, RecordedDecision, store
from tests.support.clock import SettableClock

HOME = Environment(
    device_id="device-1",
    network="203.0.113.0/24",
    place="JP-13",
    browser="Chrome on Windows",
    language="ja",
)


class Logins:
    """Logins of customers, each in a transaction of its own."""

    def __init__(self, database: Database, clock: SettableClock) -> None:
        self.database, self.clock = database, clock

    async def learn(
        self, env: Environment = HOME, subject: str = "c-1", institution: str = "9901"
    ) -> None:
        async with self.database.transaction() as tx:
            await risk.learn(tx, institution, subject, env, self.clock.now())

    async def assess(
        self, env: Environment = HOME, subject: str = "c-1", institution: str = "9901",
        extra: tuple[Reason, ...] = (),
    ) -> Assessment:  # fmt: skip
        async with self.database.transaction() as tx:
            return await risk.assess(
                tx, institution, subject, env, ask_at=40, stop_at=100, now=self.clock.now(),
                extra=extra,
            )  # fmt: skip

    async def usual(self, kind: str) -> list[str]:
        async with self.database.transaction() as tx:
            found: list[str] | None = await tx.value(
                "SELECT json_agg(value ORDER BY value) FROM risk_usual WHERE kind = $1", kind
            )
        return found or []


@pytest.fixture
def logins(database: Database, clock: SettableClock) -> Logins:
    """Logins on the test's database."""
    return Logins(database, clock)


@pytest.mark.requirement("RET-14")
async def test_the_first_login_teaches(logins: Logins) -> None:
    """Assessing alone teaches nothing; after the first login the same environment is usual."""
    for _ in range(2):
        first = await logins.assess()
        assert (first.first, first.decision) == (True, "allow")
    await logins.learn()
    again = await logins.assess()
    assert again == Assessment(score=0, decision="allow", reasons=(), first=False)
    assert again.known_device
    other = await logins.assess(replace(HOME, device_id="device-2"))
    assert (other.decision, other.reasons) == ("ask", ("unknown-device",))
    stranger = replace(HOME, device_id="", network="", place="US", language="en")
    stopped = await logins.assess(stranger, extra=(Reason.SEVERAL_FAILURES,))
    assert stopped.decision == "stop"


@pytest.mark.requirement("RET-14")
async def test_a_first_login_without_anything_known_of_it_is_not_first_again(
    logins: Logins,
) -> None:
    """Who strips all inputs at the first login finds everything unusual at the next."""
    nothing = Environment(device_id="", network="", place="", browser="", language="")
    await logins.learn(nothing)
    again = await logins.assess(nothing)
    assert (again.first, again.decision) == (False, "ask")


@pytest.mark.requirement("RET-14", "INST-04")
async def test_what_is_usual_for_one_is_not_for_another(logins: Logins) -> None:
    """A family's shared device is known for whom has entered from it, at that institution."""
    away = replace(HOME, device_id="device-9", network="198.51.100.0/24")
    await logins.learn()
    await logins.learn(away, subject="c-2")
    await logins.learn(away, institution="9902")
    for subject, institution in (("c-2", "9901"), ("c-1", "9902")):
        found = await logins.assess(HOME, subject, institution)
        assert found.reasons == ("unknown-device", "unknown-network")
        assert not found.known_device
    assert (await logins.assess(HOME, "c-2", "9902")).first


@pytest.mark.requirement("RET-14")
async def test_the_twenty_seen_last_are_kept(logins: Logins) -> None:
    """The 21st pushes out what was not seen for the longest time, not what came first."""
    for number in range(20):
        await logins.learn(replace(HOME, network=f"198.51.{number}.0/24"))
        logins.clock.advance(60)
    await logins.learn(replace(HOME, network="198.51.0.0/24"))
    logins.clock.advance(60)
    await logins.learn(replace(HOME, network="192.0.2.0/24"))
    kept = await logins.usual("network")
    assert len(kept) == 20
    assert "198.51.1.0/24" not in kept
    assert {"198.51.0.0/24", "192.0.2.0/24"} <= set(kept)
    assert await logins.usual("device") == ["device-1"]


@pytest.mark.requirement("RET-14")
async def test_what_is_not_seen_for_400_days_is_forgotten(logins: Logins) -> None:
    """Each thing from its last sight on; the dormant customer is not at his first login again."""
    start = logins.clock.now()
    await logins.learn()
    logins.clock.set(start + timedelta(days=100))
    await logins.learn(replace(HOME, network="198.51.100.0/24"))
    logins.clock.set(start + timedelta(days=400))
    assert (await logins.assess()).reasons == ("unknown-network",)
    logins.clock.set(start + timedelta(days=500))
    dormant = await logins.assess()
    assert (dormant.first, dormant.decision) == (False, "ask")
    async with logins.database.transaction() as tx:
        now = logins.clock.now()
        assert await risk.purge(tx, now, decisions_before=start) == 6
    assert await logins.assess() == dormant


@pytest.mark.requirement("RET-14")
async def test_what_two_logins_teach_at_once_is_all_learned(logins: Logins) -> None:
    """Many logins of one customer at once neither block one another for good nor lose anything."""
    environments = [
        replace(HOME, device_id=f"device-{number}", network=f"198.51.{number % 5}.0/24")
        for number in range(12)
    ]
    await asyncio.gather(*(logins.learn(env) for env in environments))
    assert len(await logins.usual("device")) == 12
    assert len(await logins.usual("network")) == 5


async def learns_in_each_others_way(logins: Logins) -> None:
    """Teach in two transactions what makes each wait for a row of the other.

    One sees the device again that the other pushes out, then the network that the other has seen.
    """
    for number in range(20):
        await logins.learn(replace(HOME, device_id=f"device-{number}"))
        logins.clock.advance(60)
    shared = replace(HOME, device_id="device-20", network="198.51.100.0/24")
    async with logins.database.transaction() as tx:
        now = logins.clock.now()
        await risk.learn(tx, "9901", "c-1", replace(HOME, device_id="device-0", place=""), now)
        other = asyncio.create_task(logins.learn(replace(shared, place="", language="")))
        try:
            await asyncio.sleep(0.1)
            again = replace(shared, device_id="device-0", place="")
            await risk.learn(tx, "9901", "c-1", again, now)
        except BaseException:
            other.cancel()
            raise
    await other


@pytest.mark.requirement("RET-14")
async def test_two_logins_do_not_wait_for_each_other(logins: Logins) -> None:
    """The second waits before it has written anything, so both are learned."""
    await learns_in_each_others_way(logins)
    assert {"device-0", "device-20"} <= set(await logins.usual("device"))


async def test_without_holding_the_subject_they_would(
    logins: Logins, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same where the customer's row is left alone: PostgreSQL has to break a deadlock."""
    left_alone = """
        INSERT INTO risk_subject (institution, subject, taught_at, learned_at)
        VALUES ($1, $2, $3, $3) ON CONFLICT DO NOTHING"""
    monkeypatch.setattr(store, "TEACH", left_alone)
    with pytest.raises(asyncpg.DeadlockDetectedError):
        await learns_in_each_others_way(logins)


@pytest.mark.requirement("RET-14", "INST-04")
async def test_decisions_are_kept_with_their_reasons(logins: Logins) -> None:
    """Staff see the newest first, by decision and customer, of their institution, each once."""
    now = logins.clock.now()
    stopped = Assessment(score=115, decision="stop", reasons=("unknown-device",), first=False)
    allowed = Assessment(score=0, decision="allow", reasons=("first",), first=True)
    async with logins.database.transaction() as tx:
        for _ in range(2):
            await risk.record(tx, "9901", "c-1", "d-1", allowed, HOME, now)
        later = logins.clock.advance(60)
        await risk.record(tx, "9901", "c-2", "d-2", stopped, HOME, later)
        await risk.record(tx, "9902", "c-2", "d-2", allowed, HOME, later)
        everything = await risk.list_decisions(tx, "9901", now)
        assert everything == [
            RecordedDecision(
                id="d-2", subject="c-2", at=later, assessment=stopped, environment=HOME
            ),
            RecordedDecision(id="d-1", subject="c-1", at=now, assessment=allowed, environment=HOME),
        ]
        assert await risk.list_decisions(tx, "9901", now, "stop") == everything[:1]
        assert await risk.list_decisions(tx, "9901", now, subject="c-1") == everything[1:]
        assert await risk.list_decisions(tx, "9901", later) == everything[:1]
        assert await risk.list_decisions(tx, "9901", now, limit=1) == everything[:1]
        assert await risk.purge(tx, later, decisions_before=later) == 1
        assert await risk.list_decisions(tx, "9901", now) == everything[:1]
