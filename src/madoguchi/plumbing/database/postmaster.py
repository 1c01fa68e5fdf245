"""A PostgreSQL server as a process: whether it is ready, and how it is ended."""

import contextlib
import os
import signal
import subprocess
import time
from pathlib import Path

STOP_TIMEOUT_SECONDS = 5.0
READY_LINE, READY = 7, "ready"
"""What postmaster.pid says, on which line (from 0), once connections are taken."""


def wait_until_ready(process: "subprocess.Popen[bytes]", cluster: Path, deadline: float) -> bool:
    """Return True once the server answers, False where it ended or the deadline passed."""
    while process.poll() is None and time.monotonic() < deadline:
        lines = _pid_file(cluster)
        if lines[:1] == [str(process.pid)] and lines[READY_LINE:][:1] == [READY]:
            return True
        time.sleep(0.01)
    return False


def end(process: "subprocess.Popen[bytes]") -> None:
    """End the server: fast shutdown, then at once, then by force."""
    steps = (
        (signal.SIGINT, STOP_TIMEOUT_SECONDS - 1),
        (signal.SIGQUIT, 0.5),
        (signal.SIGKILL, 0.5),
    )
    for number, patience in steps:
        if process.poll() is None:
            process.send_signal(number)
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(patience)


def end_orphan(cluster: Path) -> None:
    """End a server whose launcher was killed, so that its data can be opened again.

    Only to be called when no living launcher owns the server. Where the process number in the
    server's file belongs to another program by now, the file is removed: PostgreSQL would refuse to
    start. In doubt nothing is done, and PostgreSQL decides.
    """
    lines = _pid_file(cluster)
    pid = int(lines[0]) if lines and lines[0].isdigit() else 0
    if not pid or not Path(f"/proc/{pid}").exists():
        return
    command = _command(pid)
    if str(cluster) not in command:
        if "postgres" not in command[0] or "-D" in command:
            (cluster / "postmaster.pid").unlink(missing_ok=True)
        return
    os.kill(pid, signal.SIGINT)
    deadline = time.monotonic() + STOP_TIMEOUT_SECONDS
    while str(cluster) in _command(pid) and time.monotonic() < deadline:
        time.sleep(0.05)


def _command(pid: int) -> list[str]:
    """Return the command line of a process; [""] where it has ended."""
    try:
        return os.fsdecode(Path(f"/proc/{pid}/cmdline").read_bytes()).split("\0")
    except OSError:
        return [""]


def _pid_file(cluster: Path) -> list[str]:
    try:
        text = (cluster / "postmaster.pid").read_text("utf-8")
    except FileNotFoundError:
        return []
    return [line.strip() for line in text.splitlines()]
