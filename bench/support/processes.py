"""The processes of a measure: each is ended by its id, whatever becomes of the measure."""

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from madoguchi.demo import reaper

ROOT = Path(__file__).resolve().parents[2]
PATIENCE_SECONDS = 12.0


class Processes:
    """Starts processes in sessions of their own, so that Ctrl-C reaches the measure alone."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._running: list[subprocess.Popen[bytes]] = []
        # ends what still lives should this process be killed
        command = [sys.executable, "-I", "-S", str(reaper.__file__)]
        self._reaper = subprocess.Popen(command, stdin=subprocess.PIPE, start_new_session=True)

    def start(
        self,
        name: str,
        command: Sequence[str],
        *,
        pass_fds: Sequence[int] = (),
        environment: Mapping[str, str] | None = None,
    ) -> subprocess.Popen[bytes]:
        """Start one; what it says goes into `<name>.log`."""
        path = os.pathsep.join((str(ROOT), str(ROOT / "src")))
        with (self._directory / f"{name}.log").open("ab") as log:
            process = subprocess.Popen(
                command,
                pass_fds=pass_fds,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env={**os.environ, "PYTHONPATH": path, **(environment or {})},
                start_new_session=True,
            )
        self._running.append(process)
        self.watch(process.pid)
        return process

    def watch(self, pid: int) -> None:
        """Have that process end with this one, even where this one is killed."""
        if self._reaper.stdin:
            self._reaper.stdin.write(f"{pid}\n".encode())
            self._reaper.stdin.flush()

    def stop(self) -> None:
        """End all that was started, the last first."""
        while self._running:
            end(self._running.pop())
        with contextlib.suppress(OSError):
            self._reaper.communicate(timeout=PATIENCE_SECONDS)


def end(process: "subprocess.Popen[bytes]") -> None:
    """Ask one process to end, and make it end."""
    if process.poll() is None:
        process.terminate()
    try:
        process.wait(PATIENCE_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


@contextlib.contextmanager
def ended_in_order() -> Iterator[None]:
    """Have a request to end unwind the measure as Ctrl-C does, so that it ends what it started."""

    def unwind(number: int, _frame: object) -> None:
        raise KeyboardInterrupt(signal.Signals(number).name)

    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, unwind)
    try:
        yield
    except KeyboardInterrupt:
        sys.exit("ended before it was done")
