"""Whether a login ID exists shows in nothing: not in text, status, or work done (case 8)."""

from typing import Any

import pytest

from madoguchi.plumbing.database import Tx
from madoguchi.sign_in import LoginLocked, Secret, TooManyTries, WrongLogin
from tests.support.sign_in_desk import Desk

STATEMENTS = ("maybe", "many", "value", "execute", "execute_many")


@pytest.fixture
def ran(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return the statements run from here on, in order."""
    found: list[str] = []

    def spy(name: str) -> None:
        original = getattr(Tx, name)

        async def noting(self: Tx, *args: Any) -> Any:
            found.append(next(each for each in args if isinstance(each, str)).strip())
            return await original(self, *args)

        monkeypatch.setattr(Tx, name, noting)

    for name in STATEMENTS:
        spy(name)
    return found


async def work_of(desk: Desk, ran: list[str], login_id: str) -> tuple[object, list[str], Any]:
    """Return the answer to a wrong try, the statements run for it, and the hashes computed."""
    ran.clear()
    desk.hasher.costs.clear()
    answer = await desk.enter("wrong99x", login_id=login_id)
    return answer, list(ran), list(desk.hasher.costs)


@pytest.mark.requirement("LOCK-02")
async def test_every_wrong_try_costs_the_same(desk: Desk, ran: list[str]) -> None:
    """From the first wrong try over the lock to beyond it: the same answer and the same work."""
    await desk.customer()
    await desk.enter("wrong99x", login_id="warm-up")  # the log's lanes are made once
    tries = []
    for _ in range(7):
        known = await work_of(desk, ran, "mihon01")
        unknown = await work_of(desk, ran, "mihon02")
        assert known == unknown
        tries.append((type(known[0]), len(known[2])))
    assert tries == [(WrongLogin, 1)] * 4 + [(LoginLocked, 1)] + [(LoginLocked, 0)] * 2


@pytest.mark.requirement("LOCK-02")
async def test_a_lock_ends_alike(desk: Desk) -> None:
    """The lock of an ID that nobody has ends when that of a customer's ends."""
    await desk.customer()
    for login_id in ("mihon01", "mihon02"):
        for _ in range(5):
            await desk.enter("wrong99x", login_id=login_id)
    known, unknown = await desk.enter(), await desk.enter(login_id="mihon02")
    assert isinstance(known, LoginLocked)
    assert known == unknown


@pytest.mark.requirement("LOCK-02")
async def test_the_upper_case_of_an_unknown_id_is_the_same_id(desk: Desk) -> None:
    """As with a customer's ID, writing an unknown one otherwise gives no new tries."""
    for number in range(5):
        await desk.enter("wrong99x", login_id="mihon02" if number % 2 else "MIHON02")
    assert isinstance(await desk.enter("wrong99x", login_id="Mihon02"), LoginLocked)


@pytest.mark.requirement("LOCK-02")
async def test_comparing_for_nobody_takes_as_long(desk: Desk, ran: list[str]) -> None:
    """Where no contract was found a password is hashed all the same, and never right."""
    contract = await desk.customer()
    work = []
    for who in (contract, None):
        ran.clear()
        desk.hasher.costs.clear()
        async with desk.database.transaction() as tx:
            right = await desk.sign_in.matches_secret(
                tx, "9901", who, Secret.LOGIN_PASSWORD, "wrong99x", desk.now
            )
        work.append((right, list(ran), list(desk.hasher.costs)))
    assert work[0] == work[1]


@pytest.mark.requirement("LOCK-02")
async def test_too_many_tries_are_told_alike(desk: Desk) -> None:
    """While the server is busy both get the same answer, with no work at all."""
    await desk.customer()
    desk.hasher._most_waiting = 0
    assert await desk.enter() == await desk.enter(login_id="mihon02") == TooManyTries()
