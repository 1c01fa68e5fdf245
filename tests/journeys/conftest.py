"""The fixtures of the bank in one process."""

from tests.support.link_world import counters, world

__all__ = ["counters", "world"]
