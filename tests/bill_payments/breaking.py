"""Cores and networks that die, or lose their answers, at a chosen call."""

from typing import Any


class Crash(Exception):
    """The process is gone."""


class Breaking:
    """Passes every call on, and crashes around the chosen one: before it is made, or after."""

    def __init__(self, inner: object, countdown: "Countdown") -> None:
        self._inner = inner
        self._countdown = countdown

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._inner, name)

        async def passed_on(*args: object, **named: object) -> object:
            self._countdown.tick()
            answer = await method(*args, **named)
            self._countdown.tick()
            return answer

        return passed_on


class Countdown:
    """Crashes at the tick of this number, from 0; `over` says whether it did."""

    def __init__(self, ticks: int) -> None:
        self._left = ticks
        self.over = False

    def tick(self) -> None:
        """Count, and crash where it is time."""
        if self._left == 0 and not self.over:
            self.over = True
            raise Crash
        self._left -= 1
