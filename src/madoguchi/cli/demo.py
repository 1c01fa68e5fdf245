"""`madoguchi demo`: everything with sample data, by one command (RUN-01)."""

import asyncio
import signal
import sys
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from madoguchi.demo.clock import read_instant
from madoguchi.demo.place import Place, default_directory
from madoguchi.kernel.errors import Fault

if TYPE_CHECKING:
    from madoguchi.demo.supervisor import OpenRuntime, Options, Programs

PROGRAM = (sys.executable, "-m", "madoguchi")


class Instant(click.ParamType[datetime]):
    """An ISO 8601 time, of Japan where it names no zone."""

    name = "time"

    def convert(
        self, value: str, param: click.Parameter | None, ctx: click.Context | None
    ) -> datetime:
        """Read the time."""
        at = read_instant(value)
        if at is None:
            self.fail(
                f"{value!r} is no ISO 8601 time such as 2026-11-20T09:00:00+09:00", param, ctx
            )
        return at


@click.command()
@click.option("--port", type=click.IntRange(0, 65535), help="Of the home page; 0 takes a free one.")
@click.option(
    "--data-dir",
    type=click.Path(path_type=Path, file_okay=False),
    help="Where everything is kept; the same again goes on with the same data.",
)
@click.option(
    "--ready-file",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Written, as JSON, when everything answers.",
)
@click.option("--reset", is_flag=True, help="Begin anew: delete the data of the demo before.")
@click.option("--now", type=Instant(), help="Set the demo's clock; it ticks on from there.")
def demo(
    port: int | None,
    data_dir: Path | None,
    ready_file: Path | None,
    reset: bool,
    now: datetime | None,
) -> None:
    """Run a sample bank to try: its screens, its API, a sample app, telephone and mailbox."""
    try:
        from madoguchi.demo.supervisor import Options, Programs
    except ModuleNotFoundError as error:
        raise click.ClickException(
            f"{error.name} is not installed: the demo needs more than production does "
            "(requirements-demo.lock)"
        ) from None
    place = Place((data_dir or default_directory()).absolute())
    options = Options(place, port, ready_file and ready_file.absolute(), reset, now)
    programs = Programs(web=(*PROGRAM, "serve"), worker=(*PROGRAM, "worker"), load=_load)
    try:
        asyncio.run(_until_stopped(options, programs))
    except Fault as fault:
        raise click.ClickException(str(fault)) from fault


def _load() -> "OpenRuntime":
    from madoguchi.app import open_runtime

    return open_runtime


async def _until_stopped(options: "Options", programs: "Programs") -> None:
    from madoguchi.demo.supervisor import run_demo

    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        loop.add_signal_handler(number, stop.set)
    await run_demo(options, programs, stop, _say)


def _say(line: str) -> None:
    click.echo(line)
