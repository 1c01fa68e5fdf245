"""`madoguchi keys`: make key files, and rotate a key (SEC-04)."""

import os
from pathlib import Path

import click

from madoguchi.cli.desk import Desk, Refused, at_desk, by_option
from madoguchi.operations_log import Entry, Event
from madoguchi.plumbing.keys import create_key_files, rotate_key_file
from madoguchi.plumbing.settings import KEY_NAMES

NEVER_ROTATED = frozenset({"pairwise"})
"""What apps know people and accounts by is made from it: another key would change that."""


class KeyEvent(Event):
    """What the operations log of every institution says of the installation's keys."""

    ROTATED = "keys:rotated"


@click.group()
def keys() -> None:
    """Make the installation's secret keys, and rotate them."""


@keys.command()
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
@click.option("--name", "names", multiple=True, help="Make these; else all that are needed.")
def create(folder: Path, names: tuple[str, ...]) -> None:
    """Make a key file in FOLDER for each key that has none, and print the settings' `[keys]`.

    A file that exists is left as it is.
    """
    try:
        references = create_key_files(folder, names or KEY_NAMES)
    except OSError as error:
        raise Refused(f"{folder}: {error.strerror}") from None
    click.echo("[keys]")
    for name, (reference,) in references.items():
        click.echo(f'{name} = ["{reference}"]')


@keys.command()
@click.argument("name")
@by_option
@at_desk
async def rotate(desk: Desk, name: str) -> str:
    """Put a new secret on top of key NAME's file; what the older ones made stays readable.

    Running processes take it up with their next use.
    """
    path = _file_of(desk, name)
    for institution in desk.institutions(""):
        desk.runtime.log.append(
            desk.tx,
            Entry(
                institution=institution.code,
                event=KeyEvent.ROTATED,
                result="done",
                actor=desk.actor,
                subject=f"key:{name}",
                reference=desk.reference,
            ),
        )
    try:
        rotate_key_file(path)
    except OSError as error:
        raise Refused(f"{path}: {error.strerror}") from None
    return f"key {name} is rotated: {desk.runtime.keys.current(name).id} is used from now on"


def _file_of(desk: Desk, name: str) -> Path:
    references = desk.runtime.settings.keys.get(name)
    if references is None:
        raise Refused(f"no key {name} in the settings")
    if name in NEVER_ROTATED:
        raise Refused(f"key {name} is not rotated: what apps know people by is made from it")
    if not references[0].startswith("file:"):
        raise Refused(f"key {name} is not in a file but {references[0]}: rotate it there")
    path = Path(references[0].removeprefix("file:"))
    if path.stat().st_uid != os.geteuid():
        raise Refused(f"{path} is another user's: run this as its owner, or he could not read it")
    return path
