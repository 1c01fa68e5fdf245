"""The contract, on the fake and on the embedded core."""

from collections.abc import AsyncIterator

import pytest

from madoguchi.core_bank import BooksVerified
from madoguchi.core_bank.embedded import CoreAdministration, EmbeddedCore
from madoguchi.plumbing.database import Database
from tests.core_bank.contract import BANK, CoreBankContract
from tests.core_bank.stages import EmbeddedStage, FakeStage
from tests.support.clock import SettableClock
from tests.support.entropy import SeededEntropy
from tests.support.keys import FixedKeys


class TestFakeCore(CoreBankContract):
    """The fake that other tests use keeps the contract."""

    @pytest.fixture
    def stage(self, clock: SettableClock) -> FakeStage:
        """A new fake core."""
        return FakeStage(clock)


class TestEmbeddedCore(CoreBankContract):
    """The embedded core keeps the contract, and its books are in order after each test."""

    @pytest.fixture
    async def stage(
        self, database: Database, clock: SettableClock, keys: FixedKeys, entropy: SeededEntropy
    ) -> AsyncIterator[EmbeddedStage]:
        """The embedded core on an empty database."""
        administration = CoreAdministration(database, keys, clock, entropy)
        core = EmbeddedCore(database, keys, clock, entropy)
        yield EmbeddedStage(core, administration, clock)
        assert isinstance(await administration.verify_books(BANK), BooksVerified)
