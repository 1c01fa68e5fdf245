"""Processor time of processes and all that they started, as the kernel has it."""

import os
from pathlib import Path

TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")
USER, SYSTEM, ENDED_USER, ENDED_SYSTEM = 11, 12, 13, 14
"""Where /proc/<pid>/stat has them, counted from after the name."""


def cpu_seconds(pid: int) -> float:
    """Return the user and system time of a process and its descendants, ended ones included."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text("utf-8").rpartition(")")[2].split()
    except OSError:
        return 0.0
    ticks = sum(int(fields[place]) for place in (USER, SYSTEM, ENDED_USER, ENDED_SYSTEM))
    return ticks / TICKS_PER_SECOND + sum(cpu_seconds(child) for child in children(pid))


def children(pid: int) -> list[int]:
    """Return the living children of a process."""
    found: list[int] = []
    for listed in Path(f"/proc/{pid}/task").glob("*/children"):
        try:
            found += map(int, listed.read_text("ascii").split())
        except OSError:  # the thread has ended
            continue
    return found
