"""The fixtures of the bank in one process, and of the running demo."""

from collections.abc import AsyncIterator

import pytest

from tests.support.demo import RunningDemo
from tests.support.demo_bank import DemoBank, open_bank
from tests.support.link_world import counters, world

__all__ = ["bank", "counters", "world"]


@pytest.fixture
async def bank(demo: RunningDemo) -> AsyncIterator[DemoBank]:
    """The running demo, which other tests use too."""
    async with open_bank(demo) as bank:
        yield bank
