"""The register on the database, and the keys that are remembered of it."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from joserfc.jwk import ECKey

from madoguchi.clients import (
    Client,
    ClientExists,
    ClientKeys,
    ClientStatus,
    HttpJwksFetcher,
    InvalidRegistration,
    JwksUnavailable,
    NoSuchClient,
    change,
    every,
    find,
    register,
    replace_keys,
    resume,
    suspend,
)
from madoguchi.operations_log import OperationsLog
from madoguchi.plumbing.database import Database
from tests.support.clients import PRIVATE_JWK, client_of, public, registration
from tests.support.clock import MORNING, SettableClock
from tests.support.keys import FixedKeys

OTHER = ECKey.generate_key("P-256", parameters={"kid": "other-key"}).as_dict(private=False)


@pytest.fixture
def log(keys: FixedKeys, clock: SettableClock) -> OperationsLog:
    """The operations log."""
    return OperationsLog(keys, clock)


async def registered(database: Database, log: OperationsLog, institution: str = "9901") -> Client:
    async with database.transaction() as tx:
        client = await register(
            tx, log, institution, "sample-app", registration(), actor="staff-1", now=MORNING
        )
    assert isinstance(client, Client)
    return client


@pytest.mark.requirement("AS-08")
async def test_a_client_is_registered_and_found(database: Database, log: OperationsLog) -> None:
    """What staff register reads back whole, and is in the operations log."""
    client = await registered(database, log)
    async with database.transaction() as tx:
        assert await find(tx, "9901", "sample-app") == client
        assert await every(tx, "9901") == [client]
        (row,) = await log.search(tx, "9901", subject="sample-app")
    assert (row.event, row.actor) == ("client:registered", "staff-1")


@pytest.mark.requirement("INST-04")
async def test_a_client_of_one_institution_is_unknown_to_another(
    database: Database, log: OperationsLog
) -> None:
    """The register is kept by institution, and the same id may stand in both."""
    await registered(database, log)
    async with database.transaction() as tx:
        assert await find(tx, "9902", "sample-app") is None
    other = await registered(database, log, "9902")
    assert other.institution == "9902"


async def test_an_id_is_taken_once(database: Database, log: OperationsLog) -> None:
    """A second registration under the same id changes nothing."""
    await registered(database, log)
    async with database.transaction() as tx:
        again = await register(
            tx, log, "9901", "sample-app", registration(), actor="staff-1", now=MORNING
        )
    assert again == ClientExists("sample-app")


async def test_a_wrong_registration_changes_nothing(database: Database, log: OperationsLog) -> None:
    """A registration that breaks the rules is refused with its errors."""
    async with database.transaction() as tx:
        refused = await register(
            tx, log, "9901", "a b", registration(scopes=()), actor="staff-1", now=MORNING
        )
        assert await every(tx, "9901") == []
    assert isinstance(refused, InvalidRegistration)
    assert [error.code for error in refused.errors] == ["malformed", "required"]


@pytest.mark.requirement("AS-08")
async def test_suspending_and_resuming(database: Database, log: OperationsLog) -> None:
    """One action suspends, another resumes; each raises the version and is logged."""
    await registered(database, log)
    async with database.transaction() as tx:
        held = await suspend(
            tx, log, "9901", "sample-app", reason="事故", actor="staff-1", now=MORNING
        )
        back = await resume(
            tx, log, "9901", "sample-app", reason="解決", actor="staff-2", now=MORNING
        )
    assert isinstance(held, Client)
    assert isinstance(back, Client)
    assert (held.status, held.version, held.status_reason) == (ClientStatus.SUSPENDED, 2, "事故")
    assert (back.status, back.version) == (ClientStatus.ACTIVE, 3)
    async with database.transaction() as tx:
        rows = await log.search(tx, "9901", subject="sample-app")
    assert {row.event for row in rows} >= {"client:suspended", "client:resumed"}


async def test_what_is_not_there_cannot_be_changed(database: Database, log: OperationsLog) -> None:
    """Every action on an unknown client says so."""
    missing = NoSuchClient("nobody")
    async with database.transaction() as tx:
        by: dict[str, Any] = {"actor": "staff-1", "now": MORNING}
        assert await suspend(tx, log, "9901", "nobody", reason="", **by) == missing
        assert await resume(tx, log, "9901", "nobody", reason="", **by) == missing
        assert await change(tx, log, "9901", "nobody", registration(), **by) == missing
        assert await replace_keys(tx, log, "9901", "nobody", {"keys": [OTHER]}, **by) == missing


class Publisher:
    """A client's site, whose keys a test sets."""

    def __init__(self, *keys: Any) -> None:
        self.keys = list(keys)
        self.fetched = 0
        self.down = False

    async def fetch(self, url: str) -> dict[str, Any]:
        self.fetched += 1
        await asyncio.sleep(0)
        if self.down:
            raise JwksUnavailable(url)
        return {"keys": self.keys}


@pytest.mark.requirement("AS-08")
async def test_replaced_keys_count_at_once_in_every_process(
    database: Database, log: OperationsLog
) -> None:
    """A process that has remembered the old key does not accept it after another replaced it."""
    first_process, now = ClientKeys(Publisher()), MORNING
    client = await registered(database, log)
    assert len(await first_process.matching(client, "client-key", "ES256", now)) == 1
    async with database.transaction() as tx:
        await replace_keys(
            tx, log, "9901", "sample-app", {"keys": [OTHER]}, actor="staff-1", now=now
        )
    async with database.transaction() as tx:
        read_again = await find(tx, "9901", "sample-app")
    assert read_again is not None
    assert await first_process.matching(read_again, "client-key", "ES256", now) == ()
    assert len(await first_process.matching(read_again, "other-key", "ES256", now)) == 1


async def test_keys_are_imported_once_for_a_version() -> None:
    """The same version gives the same key object, and a key of another kind never matches."""
    keys, client = ClientKeys(Publisher()), client_of(registration())
    (first,) = await keys.matching(client, None, "ES256", MORNING)
    (second,) = await keys.matching(client, "client-key", "ES256", MORNING)
    assert first is second
    assert await keys.matching(client, None, "PS256", MORNING) == ()


async def test_published_keys_are_fetched_when_needed() -> None:
    """Fetched once for five minutes; an unknown kid fetches again, but at most twice a minute."""
    site = Publisher(public(PRIVATE_JWK))
    keys = ClientKeys(site)
    client = client_of(registration(jwks=None, jwks_uri="https://app.example.jp/jwks"))
    for _ in range(3):
        assert await keys.matching(client, "client-key", "ES256", MORNING)
    assert site.fetched == 1
    site.keys.append(OTHER)
    soon = MORNING + timedelta(seconds=10)
    assert await keys.matching(client, "other-key", "ES256", soon) == ()
    later = MORNING + timedelta(seconds=31)
    assert await keys.matching(client, "other-key", "ES256", later)
    assert site.fetched == 2
    site.keys = [OTHER]
    after = later + timedelta(minutes=5)
    assert await keys.matching(client, "client-key", "ES256", after) == ()


async def test_many_requests_at_once_fetch_once() -> None:
    """Requests that need the same keys at the same time wait for one fetch."""
    site = Publisher(public(PRIVATE_JWK))
    keys = ClientKeys(site)
    client = client_of(registration(jwks=None, jwks_uri="https://app.example.jp/jwks"))
    found = await asyncio.gather(
        *(keys.matching(client, "client-key", "ES256", MORNING) for _ in range(5))
    )
    assert all(len(each) == 1 for each in found)
    assert site.fetched == 1


async def test_a_site_that_is_down_is_not_asked_at_every_request() -> None:
    """A failed fetch is remembered for half a minute."""
    site = Publisher()
    site.down = True
    keys = ClientKeys(site)
    client = client_of(registration(jwks=None, jwks_uri="https://app.example.jp/jwks"))
    with pytest.raises(JwksUnavailable):
        await keys.matching(client, None, "ES256", MORNING)
    assert await keys.matching(client, None, "ES256", MORNING + timedelta(seconds=5)) == ()
    assert site.fetched == 1


@pytest.mark.parametrize(
    "url",
    [
        "http://app.example.jp/jwks",
        "https://127.0.0.1/jwks",
        "https://localhost/jwks",
        "https://10.1.2.3/jwks",
        "https://169.254.169.254/latest/meta-data",
        "https://[::1]/jwks",
        "file:///etc/passwd",
    ],
)
async def test_keys_are_not_fetched_from_our_own_network(url: str) -> None:
    """Plain http, loopback, private and link-local addresses are never connected to."""
    with pytest.raises(JwksUnavailable):
        await HttpJwksFetcher().fetch(url)
