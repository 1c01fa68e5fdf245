"""The embedded core, staged for a test."""

from collections.abc import AsyncIterator

import pytest

from madoguchi.core_bank import BooksVerified
from madoguchi.core_bank.embedded import CoreAdministration, EmbeddedCore
from madoguchi.plumbing.database import Database
from tests.core_bank.contract import BANK
from tests.core_bank.stages import EmbeddedStage
from tests.support.clock import SettableClock
from tests.support.entropy import SeededEntropy
from tests.support.fake_interbank import FakeInterbank
from tests.support.keys import FixedKeys


def embedded_stage(database: Database, clock: SettableClock) -> EmbeddedStage:
    """Return the embedded core on `database`."""
    keys, entropy, network = FixedKeys(), SeededEntropy(), FakeInterbank(clock)
    administration = CoreAdministration(database, keys, clock, entropy)
    core = EmbeddedCore(database, keys, clock, entropy, network)
    return EmbeddedStage(core, administration, clock, network)


@pytest.fixture
def bare_ledger(database: Database, clock: SettableClock) -> EmbeddedStage:
    """The embedded core on an empty database."""
    return embedded_stage(database, clock)


@pytest.fixture
async def ledger(bare_ledger: EmbeddedStage) -> AsyncIterator[EmbeddedStage]:
    """The same; its books must be in order after the test."""
    yield bare_ledger
    books = await bare_ledger.administration.verify_books(BANK)
    assert isinstance(books, BooksVerified), books
