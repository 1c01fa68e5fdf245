"""`madoguchi serve`: the web processes."""

import os
import socket
from pathlib import Path

import click
import uvicorn
from uvicorn.supervisors import Multiprocess

from madoguchi.cli.listening import listen
from madoguchi.cli.options import read_settings, settings_option

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
    sockets = [socket.socket(fileno=each) for each in descriptors] or [listen(settings.web.listen)]
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
    if config.workers > 1:
        Multiprocess(config, sockets).run()
    else:
        uvicorn.Server(config).run(sockets)
