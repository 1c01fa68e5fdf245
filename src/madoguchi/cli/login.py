"""`madoguchi login`: the history of a customer's logins (RET-11)."""

import click

from madoguchi.cli.desk import ANY_ID, Desk, at_desk, institution_argument, json_option
from madoguchi.cli.printing import japan_time, listed


@click.group()
def login() -> None:
    """See when and from where a customer logged in, or somebody tried to."""


@login.command("list", context_settings=ANY_ID)
@institution_argument
@click.argument("contract")
@click.option("--limit", type=click.IntRange(1, 1000), default=50, show_default=True)
@json_option
@at_desk
async def list_command(
    desk: Desk, institution: str, contract: str, *, limit: int, as_json: bool
) -> str:
    """List the logins of CONTRACT (its card's account, id or login ID), the newest first."""
    where = desk.institution(institution)
    found = await desk.contract(where, contract)
    logins = await desk.runtime.banking.sign_in.last_logins(desk.tx, found, limit)
    rows = [
        {
            "at": japan_time(each.at),
            "result": each.result,
            "how": list(each.how),
            "from": each.origin,
            "device": each.device,
        }
        for each in logins
    ]
    return listed(rows, as_json=as_json)
