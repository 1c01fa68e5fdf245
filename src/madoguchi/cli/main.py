"""The group of all commands; a command's needs are imported when it runs, so help comes at once."""

import importlib
from collections.abc import Mapping

import click

COMMANDS: Mapping[str, tuple[str, str]] = {
    "serve": ("madoguchi.cli.serve", "serve"),
    "worker": ("madoguchi.cli.worker", "worker"),
    "migrate": ("madoguchi.cli.migrate", "migrate_command"),
    "demo": ("madoguchi.cli.demo", "demo"),
    "institution": ("madoguchi.cli.institution", "institution"),
    "lock": ("madoguchi.cli.lock", "lock"),
    "contract": ("madoguchi.cli.contract", "contract"),
    "login": ("madoguchi.cli.login", "login"),
    "risk": ("madoguchi.cli.risk", "risk"),
    "transfer": ("madoguchi.cli.transfer", "transfer"),
    "bill": ("madoguchi.cli.bill", "bill"),
    "address": ("madoguchi.cli.address", "address"),
    "consent": ("madoguchi.cli.consent", "consent"),
    "client": ("madoguchi.cli.client", "client"),
    "stoppage": ("madoguchi.cli.stoppage", "stoppage"),
    "notice": ("madoguchi.cli.notice", "notice"),
    "calls": ("madoguchi.cli.calls", "calls"),
    "jobs": ("madoguchi.cli.jobs", "jobs"),
    "operations-log": ("madoguchi.cli.operations_log", "operations_log"),
    "books": ("madoguchi.cli.books", "books"),
    "keys": ("madoguchi.cli.keys", "keys"),
    "draw-journeys": ("madoguchi.cli.journeys", "draw_journeys"),
}


class Commands(click.Group):
    """Loads a command's module when it is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the commands' names."""
        del ctx
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return a command, or None."""
        del ctx
        if cmd_name not in COMMANDS:
            return None
        module, name = COMMANDS[cmd_name]
        command: click.Command = getattr(importlib.import_module(module), name)
        return command


@click.group(cls=Commands)
@click.version_option(package_name="madoguchi")
def main() -> None:
    """Madoguchi, the digital counter of a community bank."""
