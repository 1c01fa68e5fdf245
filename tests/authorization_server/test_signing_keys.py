"""Signing keys: published before they sign, and until what they signed has ended."""

import asyncio
from typing import Any

import pytest
from joserfc import jws

from madoguchi.authorization_server.keys import SigningKeys
from madoguchi.kernel.entropy import SystemEntropy
from tests.authorization_server.conftest import Bank
from tests.support.oauth_client import AppClient

DAY = 86400
pytestmark = pytest.mark.requirement("AS-01")


async def published(bank: Bank) -> dict[str, str]:
    """Return the algorithms of the published keys, by kid."""
    keys = (await bank.http.get(f"{bank.issuer}/oauth/jwks")).json()["keys"]
    assert all(not {"d", "p", "q"} & key.keys() for key in keys)
    assert all(key["use"] == "sig" for key in keys)
    return {key["kid"]: key["alg"] for key in keys}


async def rotate(bank: Bank) -> None:
    async with bank.database.transaction() as tx:
        await bank.server.rotate_keys(tx, bank.institution, bank.clock.now())


def kid_of(token: str) -> str:
    return str(jws.extract_compact(token.encode()).headers()["kid"])


async def test_there_is_one_key_of_each_algorithm_at_first(bank: Bank) -> None:
    """Asking for the keys at the same time makes one of each, however many ask."""
    answers = await asyncio.gather(*(published(bank) for _ in range(5)))
    assert sorted(answers[-1].values()) == ["ES256", "PS256"]
    assert all(answer == answers[0] for answer in answers)


async def test_a_key_lives_from_publishing_to_its_last_token(bank: Bank, app: AppClient) -> None:
    """The new key is published two days before it signs; the old one stays past its tokens."""
    first = kid_of((await bank.linked(app))["access_token"])
    bank.clock.advance(87 * DAY)
    await rotate(bank)
    assert len(await published(bank)) == 2
    bank.clock.advance(DAY)
    await rotate(bank)
    both = await published(bank)
    assert len(both) == 4
    assert kid_of((await bank.linked(app))["access_token"]) == first
    bank.clock.advance(2 * DAY)
    await rotate(bank)
    second = kid_of((await bank.linked(app))["access_token"])
    assert second != first
    assert second in both
    assert first in await published(bank)
    bank.clock.advance(3 * 3600)
    await rotate(bank)
    after = await published(bank)
    assert first not in after
    assert second in after


async def test_rotating_often_changes_nothing(bank: Bank) -> None:
    """The job may run as often as it likes, and twice at once."""
    await asyncio.gather(rotate(bank), rotate(bank))
    before = await published(bank)
    bank.clock.advance(89 * DAY)
    for _ in range(3):
        await asyncio.gather(rotate(bank), rotate(bank))
    assert len(await published(bank)) == len(before) + 2


async def test_a_long_pause_skips_no_step(bank: Bank) -> None:
    """After a year without the job a new key is still published before it signs."""
    old = await published(bank)
    bank.clock.advance(365 * DAY)
    await rotate(bank)
    async with bank.database.transaction() as tx:
        states = await tx.value(
            "SELECT array_agg(state ORDER BY state) FROM authorization_server_signing_key"
        )
    assert states == ["active", "active", "pending", "pending"]
    assert old.keys() <= (await published(bank)).keys()


async def test_private_keys_are_sealed(bank: Bank, keys: Any) -> None:
    """What is stored of a private key is sealed."""
    await published(bank)
    async with bank.database.transaction() as tx:
        sealed = await tx.value("SELECT sealed_private_jwk FROM authorization_server_signing_key")
    assert b'"d"' not in sealed


async def test_a_client_may_ask_for_ps256(bank: Bank) -> None:
    """A client registered for PS256 gets tokens signed with it."""
    await bank.register("ps-app", signing_algorithm="PS256")
    tokens = await bank.linked(bank.app("ps-app"))
    assert (await published(bank))[kid_of(tokens["id_token"])] == "PS256"


@pytest.mark.requirement("INST-04")
async def test_institutions_have_their_own_keys(bank: Bank) -> None:
    """No key is published by two institutions."""
    other = await bank.http.get("https://bank.example.jp/mihon-shinkin/oauth/jwks")
    kids = {key["kid"] for key in other.json()["keys"]}
    assert not kids & (await published(bank)).keys()


async def test_another_process_signs_with_the_same_key(bank: Bank, keys: Any) -> None:
    """A process that starts later takes up what is there."""
    other = SigningKeys(keys, SystemEntropy(), bank.log)
    now = bank.clock.now()
    async with bank.database.transaction() as tx:
        mine = await bank.server.signing_keys.sign(tx, "9901", "ES256", "JWT", {}, now)
    async with bank.database.transaction() as tx:
        theirs = await other.sign(tx, "9901", "ES256", "JWT", {}, now)
    assert kid_of(mine) == kid_of(theirs)
