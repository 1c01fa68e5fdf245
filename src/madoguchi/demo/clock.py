"""The demo's clock: the machine's, moved by an offset that all its processes share (RUN-04)."""

import mmap
import os
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from madoguchi.kernel.clock import JAPAN

OFFSET_BYTES = 8
EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
LATEST = datetime(2100, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)


class OutOfRange(ValueError):
    """A time before 2000 or after 2099."""


class DemoClock:
    """A `Clock` that can be set, and ticks on from there.

    The offset in microseconds is a memory-mapped file: what one process sets, the others see with
    their next look, and it outlives them all.
    """

    def __init__(self, path: Path) -> None:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            os.ftruncate(descriptor, OFFSET_BYTES)
            self._offset = memoryview(mmap.mmap(descriptor, OFFSET_BYTES)).cast("q")
        finally:
            os.close(descriptor)

    def now(self) -> datetime:
        """Return the present instant of the demo, aware, in UTC."""
        return datetime.now(UTC) + self._offset[0] * MICROSECOND

    def set(self, at: datetime) -> None:
        """Go to `at` (aware, any zone). Raises `OutOfRange`."""
        if not EARLIEST <= at < LATEST:
            raise OutOfRange(f"{at} is not between {EARLIEST:%Y} and {LATEST:%Y}")
        self._offset[0] = (at - datetime.now(UTC)) // MICROSECOND

    def advance(self, seconds: float) -> None:
        """Go on by so many seconds, back where negative. Raises `OutOfRange`."""
        try:
            at = self.now() + timedelta(seconds=seconds)
        except (OverflowError, ValueError) as error:
            raise OutOfRange(f"{seconds} seconds are too many") from error
        self.set(at)

    def back_to_real(self) -> None:
        """Go with the machine's clock again."""
        self._offset[0] = 0

    @property
    def is_real(self) -> bool:
        """Whether the clock goes with the machine's."""
        return self._offset[0] == 0


def read_instant(text: str) -> datetime | None:
    """Read an ISO 8601 time, of Japan where it names no zone; None where it is none."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return None
    return at if at.tzinfo else at.replace(tzinfo=JAPAN)


def apply(clock: DemoClock, wish: Mapping[str, Any]) -> bool:
    """Do what `{"now": ISO}` or `{"advance_seconds": n}` asks; return whether it could be read."""
    match dict(wish):
        case {"now": str(text), **rest} if not rest:
            at = read_instant(text)
            if at is None:
                return False
            return _tried(lambda: clock.set(at))
        case {"advance_seconds": int() | float() as seconds, **rest} if not rest:
            if isinstance(seconds, bool):
                return False
            return _tried(lambda: clock.advance(seconds))
        case _:
            return False


def _tried(move: Callable[[], None]) -> bool:
    try:
        move()
    except OutOfRange:
        return False
    return True
