"""A bad gateway and the adapter before it."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from madoguchi.core_bank.http import HttpCore
from tests.core_bank.http.serving import NEVER, BadGateway, bad_gateway, core_over_http
from tests.support.clock import SettableClock


@pytest.fixture
async def bad() -> AsyncIterator[BadGateway]:
    """A server that answers with whatever it is told; at first it resets connections."""
    async with bad_gateway() as gateway:
        yield gateway


@pytest.fixture
async def core(bad: BadGateway, clock: SettableClock, tmp_path: Path) -> AsyncIterator[HttpCore]:
    """The adapter before the bad gateway; its circuit never opens."""
    async with core_over_http(bad.port, clock, tmp_path, NEVER) as adapter:
        yield adapter
