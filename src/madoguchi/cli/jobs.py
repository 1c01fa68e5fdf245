"""`madoguchi jobs`: how much background work waits, runs, or has failed."""

import click

from madoguchi.cli.desk import Desk, at_desk, institution_or_all_argument, json_option
from madoguchi.cli.printing import listed
from madoguchi.plumbing.jobs import count_by_state


@click.group()
def jobs() -> None:
    """Look at the work of the background workers."""


@jobs.command("count")
@institution_or_all_argument
@json_option
@at_desk
async def count_command(desk: Desk, institution: str, *, as_json: bool) -> str:
    """Count the jobs of each kind and state (without INSTITUTION: of all)."""
    rows = [
        {"institution": one.code, "kind": each.kind, "state": each.state, "jobs": each.jobs}
        for one in desk.institutions(institution)
        for each in await count_by_state(desk.tx, one.code)
    ]
    return listed(rows, as_json=as_json)
