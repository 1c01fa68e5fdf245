"""The contract, on the fake and on the embedded core."""

import pytest

from tests.core_bank.interbank_contract import InterbankContract
from tests.core_bank.many_contract import ManyContract
from tests.core_bank.stages import EmbeddedStage, FakeStage
from tests.support.clock import SettableClock


class TestFakeCore(InterbankContract, ManyContract):
    """The fake that other tests use keeps the contract."""

    @pytest.fixture
    def stage(self, clock: SettableClock) -> FakeStage:
        """A new fake core."""
        return FakeStage(clock)


class TestEmbeddedCore(InterbankContract, ManyContract):
    """The embedded core keeps the contract, and its books are in order after each test."""

    @pytest.fixture
    async def stage(self, ledger: EmbeddedStage) -> EmbeddedStage:
        """The embedded core on an empty database; its books are verified after the test."""
        return ledger
