"""`madoguchi serve`: the web processes."""

import os
import socket
import sys
from pathlib import Path

import click
import uvicorn
from uvicorn.config import STARTUP_FAILURE
from uvicorn.supervisors import Multiprocess

from madoguchi.cli.listening import listen
from madoguchi.cli.options import read_settings, settings_option
from madoguchi.plumbing.observability import configure_logging
from madoguchi.plumbing.settings import Settings

GRACE_SECONDS = 8


@click.command()
@settings_option
@click.option(
    "--fd", "descriptors", type=int, multiple=True, help="Listen on this open socket instead."
)
@click.option(
    "--workers", type=click.IntRange(1, 256), help="How many processes; else the settings'."
)
def serve(settings_file: Path, descriptors: tuple[int, ...], workers: int | None) -> None:
    """Serve the screens, the authorization server and the account API.

    Told to end, it finishes the requests under way first.
    """
    settings = read_settings(settings_file)
    os.environ["MADOGUCHI_SETTINGS"] = str(settings_file.resolve())
    configure_logging(settings.log_level)
    sockets = [socket.socket(fileno=each) for each in descriptors] or [_listen(settings)]
    config = uvicorn.Config(
        "madoguchi.cli.web:application",
        factory=True,
        workers=workers or settings.web.workers,
        http="httptools",
        loop="uvloop",
        ws="none",
        lifespan="on",
        log_config=None,
        access_log=False,
        proxy_headers=False,
        server_header=False,
        timeout_graceful_shutdown=GRACE_SECONDS,
    )
    if config.workers == 1:
        uvicorn.Server(config).run(sockets)
        return
    processes = _Processes(config, sockets)
    processes.run()
    if any(process.exitcode == STARTUP_FAILURE for process in processes.processes):
        sys.exit(STARTUP_FAILURE)


class _Processes(Multiprocess):
    """Web processes that end without letting anybody in whom nobody would answer."""

    def terminate_all(self) -> None:
        """Leave the sockets to the processes: what still comes is refused, and does not wait."""
        for each in self.sockets:
            each.close()
        super().terminate_all()


def _listen(settings: Settings) -> socket.socket:
    try:
        return listen(settings.web.listen)
    except OSError as error:
        raise click.ClickException(f"web.listen {settings.web.listen}: {error.strerror}") from None
