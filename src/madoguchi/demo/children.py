"""Child processes that are started again when they end, and that end with their supervisor."""

import asyncio
import contextlib
import os
import signal
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from madoguchi.kernel.errors import Fault

FIRST_PAUSE_SECONDS = 0.05
LONGEST_PAUSE_SECONDS = 2.0
LONG_LIFE_SECONDS = 5.0
TRIES = 5
PATIENCE_SECONDS = 3.5
LARGEST_LOG_BYTES = 10_000_000
REAPER = Path(__file__).with_name("reaper.py")

Say = Callable[[str], None]


class ChildFailed(Fault):
    """A child ended again and again before it had lived for long."""


class Reaper:
    """The process that ends the others should this one be killed (`reaper.py`)."""

    def __init__(self) -> None:
        self._pids: list[int] = []
        self.process: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        """Start it, or start it again with what it has to know."""
        self.process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-I",
            "-S",
            str(REAPER),
            stdin=asyncio.subprocess.PIPE,
            start_new_session=True,
        )
        self._pids = [pid for pid in self._pids if _is_alive(pid)]
        for pid in self._pids:
            self._tell(pid)

    async def keep(self) -> None:
        """Watch over the reaper itself, until cancelled."""
        while True:
            if self.process:
                await self.process.wait()
            await self.start()

    def watch(self, pid: int) -> None:
        """Have that process end with this one."""
        self._pids.append(pid)
        self._tell(pid)

    async def stop(self) -> None:
        """End it, and with it whatever it watches that still lives."""
        if self.process and self.process.stdin:
            self.process.stdin.close()
            await self.process.wait()

    def _tell(self, pid: int) -> None:
        if self.process and self.process.stdin and not self.process.stdin.is_closing():
            self.process.stdin.write(f"{pid}\n".encode())


@dataclass
class Child:
    """One process of the demo. `sockets` are numbers of open sockets that it inherits."""

    name: str
    command: Sequence[str]
    log: Path
    environment: Mapping[str, str] = field(default_factory=dict)
    sockets: tuple[int, ...] = ()
    process: asyncio.subprocess.Process | None = None
    starts: int = 0

    async def start(self, reaper: Reaper) -> None:
        """Start it once."""
        if self.log.exists() and self.log.stat().st_size > LARGEST_LOG_BYTES:
            self.log.unlink()
        with self.log.open("ab") as log:
            self.process = await asyncio.create_subprocess_exec(
                *self.command,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env={**os.environ, **self.environment},
                pass_fds=self.sockets,
                start_new_session=True,
            )
        reaper.watch(self.process.pid)
        self.starts += 1

    async def keep(self, reaper: Reaper, say: Say) -> None:
        """Start it, and again whenever it ends, until cancelled. Raises `ChildFailed`."""
        pause, failures = FIRST_PAUSE_SECONDS, 0
        while True:
            began = time.monotonic()
            await self.start(reaper)
            status = await self._ended()
            if time.monotonic() - began > LONG_LIFE_SECONDS:
                pause, failures = FIRST_PAUSE_SECONDS, 0
            failures += 1
            # what is killed from outside is started again for ever; what ends itself is broken
            if status >= 0 and failures >= TRIES:
                raise ChildFailed(f"{self.name} does not start:\n{self.last_words()}")
            say(f"{self.name}: 終了したため再起動します / ended ({status}), starting it again")
            await asyncio.sleep(pause)
            pause = min(2 * pause, LONGEST_PAUSE_SECONDS)

    async def stop(self) -> None:
        """Ask it to end, and make it end."""
        if self.process is None or self.process.returncode is not None:
            return
        for number, patience in ((signal.SIGTERM, PATIENCE_SECONDS), (signal.SIGKILL, 1.0)):
            with contextlib.suppress(ProcessLookupError):
                self.process.send_signal(number)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self.process.wait(), patience)
                return

    def last_words(self, lines: int = 20) -> str:
        """Return the end of its log."""
        if not self.log.exists():
            return ""
        return "\n".join(self.log.read_text("utf-8", "replace").splitlines()[-lines:])

    async def _ended(self) -> int:
        return await self.process.wait() if self.process else 0


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
