"""Internet banking for the tests of its screens."""

from tests.support.link_world import counters
from tests.support.retail_world import bank

__all__ = ["bank", "counters"]
