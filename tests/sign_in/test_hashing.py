"""Hashes of passwords: their record, their pepper, their upgrade, their bounds (SEC-02)."""

import asyncio
import re

import pytest

from madoguchi.plumbing.keys import KeyUnavailable
from madoguchi.sign_in import Hasher, Secret, SecretRight
from madoguchi.sign_in.hashing import Cost
from tests.support.keys import FixedKeys
from tests.support.sign_in_desk import CHEAP, CONFIRMATION, CountingHasher, Desk

OWNER = ("9901", "c-1", "login-password")


@pytest.mark.requirement("SEC-02")
def test_the_product_hashes_as_owasp_advises(keys: FixedKeys) -> None:
    """Unless told otherwise a hash takes 19 MiB and two passes."""
    assert Hasher(keys)._cost == Cost(memory_kib=19_456, passes=2, lanes=1)


@pytest.mark.requirement("SEC-02")
async def test_a_record_names_its_parameters_and_its_pepper(keys: FixedKeys) -> None:
    """A record is like a PHC string; salted, so that no two are alike."""
    hasher = CountingHasher(keys)
    first, second = await hasher.hash("kaze19no", OWNER), await hasher.hash("kaze19no", OWNER)
    assert re.fullmatch(r"\$argon2id\$v=19\$m=8,t=1,p=1,keyid=1\$.{22}\$.{43}", first)
    assert first != second
    assert (await hasher.check(first, "kaze19no", OWNER)).right
    assert not (await hasher.check(first, "Kaze19no", OWNER)).right


@pytest.mark.parametrize(
    "other",
    [
        ("9902", "c-1", "login-password"),
        ("9901", "c-2", "login-password"),
        ("9901", "c-1", "confirmation-password"),
    ],
)
@pytest.mark.requirement("SEC-02", "INST-04")
async def test_a_record_is_worth_nothing_elsewhere(keys: FixedKeys, other: tuple[str, ...]) -> None:
    """A record copied to another institution, customer or kind opens nothing there."""
    hasher = CountingHasher(keys)
    record = await hasher.hash("kaze19no", OWNER)
    assert not (await hasher.check(record, "kaze19no", other)).right


async def test_without_the_pepper_nothing_is_right(keys: FixedKeys) -> None:
    """Under another pepper the right password is wrong; without any it is a fault."""
    record = await CountingHasher(keys).hash("kaze19no", OWNER)
    keys.versions["password-pepper"] = 1
    forged = record.replace("keyid=1", "keyid=2")
    keys.rotate("password-pepper")
    assert not (await CountingHasher(keys).check(forged, "kaze19no", OWNER)).right
    with pytest.raises(KeyUnavailable):
        await CountingHasher(keys).check(record.replace("keyid=1", "keyid=9"), "x", OWNER)


@pytest.mark.requirement("SEC-02", "SEC-04")
async def test_a_right_password_takes_up_new_parameters_and_pepper(
    desk: Desk, keys: FixedKeys
) -> None:
    """The next right check keeps a record of today's cost and pepper; a wrong one changes none."""
    contract = await desk.customer()
    keys.rotate("password-pepper")
    desk.sign_in = desk.another(CountingHasher(keys, Cost(memory_kib=16, passes=2)))
    before = await records(desk)
    await desk.check(contract, "wrong99x")
    assert await records(desk) == before
    assert await desk.check(contract, CONFIRMATION) == SecretRight()
    after = await records(desk)
    assert "m=16,t=2,p=1,keyid=2" in after[Secret.CONFIRMATION_PASSWORD]
    assert after[Secret.LOGIN_PASSWORD] == before[Secret.LOGIN_PASSWORD]
    assert await desk.check(contract, CONFIRMATION) == SecretRight()
    assert await records(desk) == after


@pytest.mark.requirement("SEC-02")
async def test_no_more_than_its_threads_hash_at_once(keys: FixedKeys) -> None:
    """Twenty at once are hashed by one thread, and while too many wait it says so."""
    hasher = Hasher(keys, most_waiting=5, cost=CHEAP)
    waiting = [asyncio.ensure_future(hasher.hash("kaze19no", OWNER)) for _ in range(20)]
    await asyncio.sleep(0)
    assert hasher.is_busy
    assert len(set(await asyncio.gather(*waiting))) == 20
    assert not hasher.is_busy
    assert len(hasher._pool._threads) == 1
    hasher.close()


async def records(desk: Desk) -> dict[str, str]:
    """Return the records of all passwords by kind."""
    async with desk.database.transaction() as tx:
        found = await tx.many(dict, "SELECT kind, record FROM sign_in_secret")
    return {row["kind"]: row["record"] for row in found}
