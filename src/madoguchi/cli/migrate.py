"""`madoguchi migrate`: bring the database to the schema of this version."""

import asyncio
from pathlib import Path

import click

from madoguchi.cli.options import read_settings, settings_option
from madoguchi.plumbing.database import MigrationError, migrate
from madoguchi.plumbing.keys import read_reference


@click.command("migrate")
@settings_option
def migrate_command(settings_file: Path) -> None:
    """Apply the migrations that the database lacks; any number of processes may do so at once."""
    url = read_reference(read_settings(settings_file).database.url)
    try:
        applied = asyncio.run(migrate(url))
    except MigrationError as error:
        raise click.ClickException(str(error)) from None
    click.echo("\n".join(applied) if applied else "nothing to apply")
