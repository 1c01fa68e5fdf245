"""Ends the demo's processes when the demo itself was killed: a program of its own that only waits.

The supervisor holds the other end of its standard input and writes the id of each process that it
starts, one a line. When that end closes, whatever became of the supervisor, those that still live
are asked to end, and killed where they do not. Standard library only, so that it starts at once.
"""

import contextlib
import os
import signal
import sys
import time

PATIENCE_SECONDS = 4.0


def main() -> None:
    """Collect process ids until the input ends, then end the processes."""
    for number in (signal.SIGINT, signal.SIGHUP, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    handles: list[int] = []
    for line in sys.stdin:
        with contextlib.suppress(OSError, ValueError):
            # a handle, not the number: a number may be another program's by the time it is used
            handles.append(os.pidfd_open(int(line)))
    _end_all(handles)


def _end_all(handles: list[int]) -> None:
    # SIGINT: to PostgreSQL the fast shutdown, to the others the end
    for number, patience in ((signal.SIGINT, PATIENCE_SECONDS), (signal.SIGKILL, 0.0)):
        for handle in handles:
            _send(handle, number)
        deadline = time.monotonic() + patience
        while time.monotonic() < deadline and any(_send(handle, 0) for handle in handles):
            time.sleep(0.05)


def _send(handle: int, number: int) -> bool:
    try:
        signal.pidfd_send_signal(handle, number)
    except OSError:
        return False
    return True


if __name__ == "__main__":
    main()
