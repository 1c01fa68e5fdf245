"""Options that commands share."""

from pathlib import Path

import click

from madoguchi.plumbing.settings import Settings, SettingsError, load_settings

settings_option = click.option(
    "--settings",
    "settings_file",
    type=click.Path(dir_okay=False, path_type=Path),
    envvar="MADOGUCHI_SETTINGS",
    default="madoguchi.toml",
    show_default=True,
    help="The installation's settings.",
)


def read_settings(path: Path) -> Settings:
    """Return the settings, or end the command with what is wrong with them."""
    try:
        return load_settings(path)
    except SettingsError as error:
        raise click.ClickException(str(error)) from None
