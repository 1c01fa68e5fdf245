"""The contract, on the HTTP adapter before a gateway, over a real socket (CORE-03)."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from madoguchi.core_bank.http import HttpCore
from tests.core_bank.contract import BANK
from tests.core_bank.http.serving import around
from tests.core_bank.interbank_contract import InterbankContract
from tests.core_bank.stages import EmbeddedStage, FakeStage
from tests.support.clock import SettableClock


class HttpStage:
    """A core behind a gateway: what the test needs is brought about behind it."""

    def __init__(self, behind: Any, core: HttpCore) -> None:
        self._behind = behind
        self.core = core
        self.clock = behind.clock
        self.network = behind.network

    def __getattr__(self, name: str) -> Any:
        return getattr(self._behind, name)

    async def catch_up(self) -> None:
        """Do what the core behind the gateway does every so often."""
        await self._behind.core.catch_up(BANK)


@pytest.mark.requirement("CORE-03")
class TestFakeOverHttp(InterbankContract):
    """The adapter before the fake core keeps the contract."""

    @pytest.fixture
    async def stage(self, clock: SettableClock, tmp_path: Path) -> AsyncIterator[HttpStage]:
        """A new fake core behind a gateway."""
        behind = FakeStage(clock)
        async with around(behind.core, clock, tmp_path) as core:
            yield HttpStage(behind, core)


@pytest.mark.requirement("CORE-03")
class TestEmbeddedOverHttp(InterbankContract):
    """The adapter before the embedded core keeps the contract; its books are in order after."""

    @pytest.fixture
    async def stage(self, ledger: EmbeddedStage, tmp_path: Path) -> AsyncIterator[HttpStage]:
        """The embedded core behind a gateway; its books are verified after the test."""
        async with around(ledger.core, ledger.clock, tmp_path) as core:
            yield HttpStage(ledger, core)
