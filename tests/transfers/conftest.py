"""A bank to transfer in."""

from collections.abc import AsyncIterator

import pytest

from madoguchi.plumbing.database import Database
from tests.support.clock import SettableClock
from tests.transfers.transfer_world import World


@pytest.fixture
async def world(database: Database, clock: SettableClock) -> AsyncIterator[World]:
    """A bank whose fraud review is off; its books must be in order after the test."""
    world = World(database, clock)
    yield world
    await world.books_are_right()
