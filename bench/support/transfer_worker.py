"""A worker process of the product that does transfers alone: `python -m … SETTINGS READY`.

It makes the file READY once it is up, begins at SIGUSR1, and ends at SIGTERM.
"""

import asyncio
import signal
import sys
from pathlib import Path

import uvloop

from madoguchi.app import open_runtime
from madoguchi.cli.clock import clock_of
from madoguchi.plumbing.jobs import Worker
from madoguchi.plumbing.observability import configure_logging
from madoguchi.plumbing.settings import load_settings


async def work(settings_file: Path, ready: Path) -> None:
    """Execute transfers, as `madoguchi worker` does beside its other work."""
    settings = load_settings(settings_file)
    configure_logging(settings.log_level)
    runtime = await open_runtime(settings, clock_of(settings, settings_file))
    worker = Worker(
        runtime.database, runtime.clock, runtime.entropy, kinds=runtime.banking.transfers.kinds()
    )
    loop, begin = asyncio.get_running_loop(), asyncio.Event()
    loop.add_signal_handler(signal.SIGUSR1, begin.set)
    loop.add_signal_handler(signal.SIGTERM, worker.stop)
    await asyncio.to_thread(ready.touch)
    await begin.wait()
    await worker.run(grace_seconds=6.0)
    await runtime.close()


if __name__ == "__main__":
    uvloop.run(work(Path(sys.argv[1]), Path(sys.argv[2])))
