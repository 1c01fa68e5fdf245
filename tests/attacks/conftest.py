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


@pytest.fixture(scope="session")
def second(demo: RunningDemo) -> str:
    """The address of a second web process on the running demo's data."""
    return demo.second_web()


@pytest.fixture
async def calm(bank: DemoBank) -> AsyncIterator[DemoBank]:
    """The running demo with no lock in force, before and after."""
    async with bank.database.transaction() as tx:
        await tx.execute("DELETE FROM lockout_count")
    yield bank
    async with bank.database.transaction() as tx:
        await tx.execute("DELETE FROM lockout_count")
