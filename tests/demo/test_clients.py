"""The sample clients."""

from pathlib import Path

import pytest

from madoguchi import clients
from madoguchi.demo.clients import (
    SAMPLE_APP,
    SAMPLES,
    contract_entries,
    keys_of_clients,
    register_samples,
)
from madoguchi.operations_log import OperationsLog
from madoguchi.plumbing.database import Database
from tests.support.clock import SettableClock
from tests.support.keys import FixedKeys


@pytest.mark.requirement("AS-08")
async def test_the_sample_clients_are_registered_once_and_kept_up_to_date(
    database: Database, keys: FixedKeys, clock: SettableClock, tmp_path: Path
) -> None:
    """Registering again changes only what has changed: the sample app's port."""
    log = OperationsLog(keys, clock)
    secret = keys_of_clients(tmp_path / "clients.json")
    versions = []
    for callback in ("http://localhost:8001/callback",) * 2 + ("http://localhost:9001/callback",):
        async with database.transaction() as tx:
            await register_samples(
                tx, log, "9901", keys=secret, sample_app_callback=callback, now=clock.now()
            )
            found = await clients.find(tx, "9901", SAMPLE_APP)
            assert found
            versions.append((found.version, found.redirect_uris))
            every = await clients.every(tx, "9901")
    assert versions[0] == versions[1] == (1, ("http://localhost:8001/callback",))
    assert versions[2] == (2, ("http://localhost:9001/callback",))
    assert {one.id for one in every} == {sample.id for sample in SAMPLES}
    assert all(clients.is_usable(one, clock.now()) for one in every)


def test_private_keys_are_made_once_and_never_registered(tmp_path: Path) -> None:
    """The file is its owner's alone; a second start finds the same keys."""
    path = tmp_path / "clients.json"
    first = keys_of_clients(path)
    assert keys_of_clients(path) == first
    assert path.stat().st_mode & 0o777 == 0o600
    entries = contract_entries("9901", first, "http://localhost:8001/callback")
    assert {entry["client_id"]: entry["private_jwk"]["alg"] for entry in entries} == {
        sample.id: sample.algorithm for sample in SAMPLES
    }
