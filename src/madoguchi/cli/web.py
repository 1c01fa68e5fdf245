"""What each web process serves: made anew in every process, from the settings' file."""

import os
from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from pathlib import Path

from starlette.routing import BaseRoute

from madoguchi.app import (
    Runtime,
    WebApplication,
    call_sink,
    internal_application,
    open_runtime,
)
from madoguchi.cli.clock import clock_of
from madoguchi.cli.listening import served_beside
from madoguchi.cli.options import read_settings
from madoguchi.plumbing.observability import configure_logging
from madoguchi.plumbing.settings import Settings


def application() -> WebApplication:
    """Return the application of the settings that `MADOGUCHI_SETTINGS` names."""
    settings_file = Path(os.environ["MADOGUCHI_SETTINGS"])
    settings = read_settings(settings_file)
    configure_logging(settings.log_level)

    async def opening() -> tuple[Runtime, Sequence[BaseRoute]]:
        return await _open(settings, settings_file)

    def beside(runtime: Runtime) -> AbstractAsyncContextManager[None]:
        return served_beside(internal_application(runtime), settings.web.internal)

    return WebApplication(opening, beside)


async def _open(settings: Settings, settings_file: Path) -> tuple[Runtime, Sequence[BaseRoute]]:
    clock = clock_of(settings, settings_file)
    runtime = await open_runtime(settings, clock)
    if settings.environment != "demo":
        return runtime, ()
    from madoguchi.demo.clock import DemoClock
    from madoguchi.demo.place import Place
    from madoguchi.demo.routes import demo_routes

    if not isinstance(clock, DemoClock):
        return runtime, ()
    return runtime, demo_routes(
        Place(settings_file.parent),
        clock,
        entropy=runtime.entropy,
        record_call=call_sink(runtime),
        assets=runtime.assets,
    )
