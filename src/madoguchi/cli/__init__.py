"""The command line: `madoguchi serve`, `worker`, `migrate`, `demo`, and what staff do."""

from madoguchi.cli.main import main

__all__ = ["main"]
