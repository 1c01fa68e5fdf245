"""Which clock an installation goes by: the machine's, or in the demo one that can be set."""

from pathlib import Path

from madoguchi.kernel.clock import Clock, SystemClock
from madoguchi.plumbing.settings import Settings


def clock_of(settings: Settings, settings_file: Path) -> Clock:
    """Return the clock. Production settings cannot ask for one that can be set."""
    if settings.environment == "demo" and settings.demo.settable_clock:
        from madoguchi.demo.clock import DemoClock
        from madoguchi.demo.place import Place

        return DemoClock(Place(settings_file.resolve().parent).clock)
    return SystemClock()
