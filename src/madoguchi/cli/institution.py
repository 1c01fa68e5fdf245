"""`madoguchi institution`: check, publish, list and withdraw institutions (INST-01, INST-05)."""

import asyncio
from pathlib import Path

import click

from madoguchi.app import issuer_of
from madoguchi.cli.desk import (
    Desk,
    Refused,
    at_desk,
    by_option,
    institution_argument,
    json_option,
    reason_option,
)
from madoguchi.cli.printing import listed
from madoguchi.institutions import (
    InstitutionEvent,
    NotPublished,
    Published,
    Rejected,
    publish,
    read_folder,
    withdraw,
)
from madoguchi.operations_log import Entry

FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)


@click.group()
def institution() -> None:
    """Add institutions, change their settings, take them out of service."""


@institution.command()
@click.argument("folders", nargs=-1, required=True, type=FOLDER)
def check(folders: tuple[Path, ...]) -> None:
    """Say what is wrong in institutions' FOLDERS; reads files and nothing else."""
    found = {folder: read_folder(folder) for folder in folders}
    wrong = [_told(folder, read) for folder, read in found.items() if isinstance(read, Rejected)]
    if wrong:
        raise Refused("\n".join(wrong))
    click.echo(f"{len(found)} right")


@institution.command("publish")
@click.argument("folders", nargs=-1, type=FOLDER)
@by_option
@at_desk
async def publish_command(desk: Desk, folders: tuple[Path, ...]) -> str:
    """Make FOLDERS what their institutions run by: all of them, or none where one is wrong.

    Without FOLDERS, every one below the settings' `institutions`. Running processes take them up
    within seconds.
    """
    folders = folders or await asyncio.to_thread(
        _folders_below, Path(desk.runtime.settings.institutions)
    )
    cores = desk.runtime.settings.cores
    results = [
        (folder, await publish(desk.tx, folder, now=desk.now, cores=cores)) for folder in folders
    ]
    wrong = [_told(folder, done) for folder, done in results if isinstance(done, Rejected)]
    if wrong:
        raise Refused("\n".join(wrong))
    return "\n".join(
        _published(desk, folder, done) for folder, done in results if isinstance(done, Published)
    )


@institution.command("list")
@json_option
@at_desk
async def list_command(desk: Desk, *, as_json: bool) -> str:
    """List the institutions that are served."""
    issuer = issuer_of(desk.runtime.settings)
    rows = [
        {
            "code": one.code,
            "slug": one.slug,
            "name": one.name,
            "link modes": list(one.api_link.modes),
            "issuer": issuer(one),
        }
        for one in desk.institutions("")
    ]
    return listed(rows, as_json=as_json)


@institution.command("withdraw")
@institution_argument
@reason_option
@by_option
@at_desk
async def withdraw_command(desk: Desk, institution: str, reason: str) -> str:
    """Stop serving an institution. Its data stay, and publishing brings it back."""
    code = desk.institution(institution).code
    done = await withdraw(desk.tx, code, now=desk.now)
    if isinstance(done, NotPublished):
        raise Refused(f"institution {code} is not published")
    _record(desk, InstitutionEvent.WITHDRAWN, code, done.version, reason)
    return f"institution {code} is withdrawn"


def _folders_below(place: Path) -> tuple[Path, ...]:
    found = tuple(each.parent for each in sorted(place.glob("*/institution.toml")))
    if not found:
        raise Refused(f"no institution's folder in {place}")
    return found


def _published(desk: Desk, folder: Path, done: Published) -> str:
    if not done.changed:
        return f"institution {done.institution} is as in {folder} already"
    _record(desk, InstitutionEvent.PUBLISHED, done.institution, done.version)
    return f"institution {done.institution} is published as in {folder}"


def _record(desk: Desk, event: InstitutionEvent, code: str, version: int, reason: str = "") -> None:
    desk.runtime.log.append(
        desk.tx,
        Entry(
            institution=code,
            event=event,
            result="done",
            actor=desk.actor,
            subject=code,
            reason=reason,
            reference=desk.reference,
            detail={"version": str(version)},
        ),
    )


def _told(folder: Path, rejected: Rejected) -> str:
    return "\n".join(f"{folder}/{problem}" for problem in rejected.problems)
