"""`madoguchi migrate`: bring the database to the schema of this version."""

import asyncio
from pathlib import Path

import asyncpg
import click

from madoguchi.cli.options import read_settings, settings_option
from madoguchi.kernel.errors import Fault
from madoguchi.plumbing.database import migrate
from madoguchi.plumbing.keys import read_reference

NO_DATABASE = (OSError, asyncpg.PostgresError, asyncpg.InterfaceError)


@click.command("migrate")
@settings_option
def migrate_command(settings_file: Path) -> None:
    """Apply the migrations that the database lacks; any number of processes may do so at once."""
    settings = read_settings(settings_file)
    try:
        applied = asyncio.run(migrate(read_reference(settings.database.url)))
    except (Fault, *NO_DATABASE) as error:
        raise click.ClickException(str(error)) from None
    click.echo("\n".join(applied) if applied else "nothing to apply")
