"""The demo: a sample bank to try, its telephone and mailbox, and a sample app of another company.

Nothing here is reachable where the settings say production.
"""

from madoguchi.demo.clock import DemoClock, read_instant
from madoguchi.demo.place import Place, default_directory
from madoguchi.demo.routes import demo_routes
from madoguchi.demo.supervisor import OpenRuntime, Options, Programs, run_demo

__all__ = [
    "DemoClock",
    "OpenRuntime",
    "Options",
    "Place",
    "Programs",
    "default_directory",
    "demo_routes",
    "read_instant",
    "run_demo",
]
