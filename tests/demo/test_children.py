"""Processes that are started again, and that end with whoever started them."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from madoguchi.demo.children import Child, ChildFailed, Reaper

SLEEP = (sys.executable, "-I", "-S", "-c", "import time; time.sleep(60)")
DEAF_PROGRAM = """
import signal, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
print("deaf", flush=True)
time.sleep(60)
"""
DEAF = (sys.executable, "-I", "-S", "-c", DEAF_PROGRAM)
SUPERVISOR = """
import asyncio, sys
from pathlib import Path
from madoguchi.demo.children import Child, Reaper

async def main():
    reaper = Reaper()
    await reaper.start()
    sleep = [sys.executable, "-I", "-S", "-c", "import time; time.sleep(60)"]
    child = Child("sleeper", sleep, Path(sys.argv[1]))
    await child.start(reaper)
    print(child.process.pid, reaper.process.pid, flush=True)
    await asyncio.sleep(60)

asyncio.run(main())
"""


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    stat = Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(")")[2].split()
    return stat[0] != "Z"


async def eventually(condition: object, seconds: float = 5) -> None:
    deadline = time.monotonic() + seconds
    while not condition():  # type: ignore[operator]
        assert time.monotonic() < deadline
        await asyncio.sleep(0.02)


@pytest.mark.requirement("RUN-01")
async def test_a_killed_child_is_back_within_two_seconds(tmp_path: Path) -> None:
    """Killed three times in a row, the child is there again each time, as another process."""
    reaper, said = Reaper(), list[str]()
    await reaper.start()
    child = Child("sleeper", SLEEP, tmp_path / "log")
    keeping = asyncio.create_task(child.keep(reaper, said.append))
    for times in (1, 2, 3):
        await eventually(lambda times=times: child.starts == times, seconds=2)
        assert child.process
        child.process.kill()
    await eventually(lambda: child.starts == 4, seconds=2)
    keeping.cancel()
    await child.stop()
    await reaper.stop()
    assert len(said) == 3


async def test_a_child_that_cannot_start_is_reported_with_its_words(tmp_path: Path) -> None:
    """A child that ends itself again and again is a fault, and the end of its log says why."""
    reaper = Reaper()
    await reaper.start()
    broken = Child(
        "broken",
        [sys.executable, "-I", "-S", "-c", "raise SystemExit('no settings')"],
        tmp_path / "log",
    )
    with pytest.raises(ChildFailed, match="no settings"):
        await broken.keep(reaper, lambda _: None)
    await reaper.stop()


async def test_a_killed_supervisor_takes_its_children_along(tmp_path: Path) -> None:
    """After a kill -9 of whoever started them, neither child nor reaper is left."""
    supervisor = subprocess.Popen(
        [sys.executable, "-c", SUPERVISOR, str(tmp_path / "log")],
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": "src"},
        text=True,
    )
    assert supervisor.stdout
    child, reaper = map(int, supervisor.stdout.readline().split())
    assert is_alive(child)
    supervisor.kill()
    supervisor.wait()
    supervisor.stdout.close()
    await eventually(lambda: not is_alive(child) and not is_alive(reaper))


async def test_a_killed_reaper_is_replaced_and_knows_the_children(tmp_path: Path) -> None:
    """A reaper started in place of a killed one ends the children that the first one watched."""
    reaper = Reaper()
    await reaper.start()
    child = Child("sleeper", SLEEP, tmp_path / "log")
    await child.start(reaper)
    keeping = asyncio.create_task(reaper.keep())
    first = reaper.process
    assert first
    assert child.process
    first.kill()
    await eventually(lambda: reaper.process is not first)
    keeping.cancel()
    await reaper.stop()
    assert await asyncio.wait_for(child.process.wait(), 5) == -signal.SIGINT


async def test_a_deaf_child_is_stopped_by_force(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A child that ignores being asked does not hold the end up."""
    monkeypatch.setattr("madoguchi.demo.children.PATIENCE_SECONDS", 0.2)
    reaper = Reaper()
    await reaper.start()
    deaf = Child("deaf", DEAF, tmp_path / "log")
    await deaf.start(reaper)
    await eventually(lambda: "deaf" in deaf.last_words())
    await deaf.stop()
    assert deaf.process
    assert deaf.process.returncode == -signal.SIGKILL
    await reaper.stop()
