"""`madoguchi worker`: mails, purging, key rotation, and the SIP trunk where one is set."""

import asyncio
import signal
from pathlib import Path

import click
import uvloop

from madoguchi.app import (
    CoreNotSetUp,
    Runtime,
    background_worker,
    institutions_kept_up,
    internal_application,
    open_runtime,
    open_sip_gateway,
)
from madoguchi.cli.clock import clock_of
from madoguchi.cli.desk import SETTING_UP
from madoguchi.cli.listening import NoFreePort, served_beside
from madoguchi.cli.options import read_settings, settings_option
from madoguchi.plumbing.database import DatabaseUnavailable
from madoguchi.plumbing.keys import KeyReferenceError
from madoguchi.plumbing.observability import configure_logging, get_logger
from madoguchi.plumbing.settings import Sip
from madoguchi.plumbing.telephone import SipGateway

RETRY_SECONDS = 1.0
log = get_logger("worker")


@click.command()
@settings_option
def worker(settings_file: Path) -> None:
    """Work in the background until told to end; jobs under way are finished first."""
    settings = read_settings(settings_file)
    configure_logging(settings.log_level)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        try:
            runner.run(_work(settings_file))
        except (CoreNotSetUp, KeyReferenceError, NoFreePort, *SETTING_UP) as error:
            raise click.ClickException(str(error)) from None


async def _work(settings_file: Path) -> None:
    runtime = await _open(settings_file)
    works = background_worker(runtime)
    loop = asyncio.get_running_loop()
    for end in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(end, works.stop)
    sip = runtime.settings.telephone.sip
    gateway = await _answering(runtime, sip) if sip else None
    log.info("working", sip=bool(sip))
    async with (
        institutions_kept_up(runtime),
        served_beside(internal_application(runtime), runtime.settings.worker.internal),
    ):
        await works.run(grace_seconds=6.0)
    if gateway is not None:
        await gateway.close()
    await runtime.close()


async def _answering(runtime: Runtime, sip: Sip) -> SipGateway:
    try:
        return await open_sip_gateway(runtime, sip)
    except OSError as error:
        raise click.ClickException(f"telephone.sip.listen {sip.listen}: {error}") from None


async def _open(settings_file: Path) -> Runtime:
    settings = read_settings(settings_file)
    while True:
        try:
            return await open_runtime(settings, clock_of(settings, settings_file))
        except DatabaseUnavailable as error:
            log.warning("database-unavailable", error=str(error))
            await asyncio.sleep(RETRY_SECONDS)
