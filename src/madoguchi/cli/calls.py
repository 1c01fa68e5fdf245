"""`madoguchi calls`: calls that confirmed nobody (LINK-22)."""

from datetime import datetime, timedelta

import click

from madoguchi.cli.desk import Desk, JapanTime, at_desk, institution_argument, json_option
from madoguchi.cli.printing import japan_time, listed

LOOKED_BACK = timedelta(days=2)


@click.group()
def calls() -> None:
    """See calls from customers' phones that did not lead on."""


@calls.command("list")
@institution_argument
@click.option(
    "--since", type=JapanTime(), help="Else the last two days, as long as calls are kept."
)
@click.option("--limit", type=click.IntRange(1, 10_000), default=200, show_default=True)
@json_option
@at_desk
async def list_command(
    desk: Desk, institution: str, since: datetime | None, limit: int, *, as_json: bool
) -> str:
    """List calls to the institution's numbers that confirmed nobody, with the reason.

    Who called is not kept.
    """
    where = desk.institution(institution)
    numbers = where.api_link.verification_numbers
    found = await desk.runtime.call_back.unmatched(
        desk.tx, numbers, since or desk.now - LOOKED_BACK, limit=limit
    )
    rows = [
        {
            "arrived": japan_time(each.arrived_at),
            "called": each.called,
            "reason": each.reason,
            "gateway": each.gateway,
            "call": each.call_id,
        }
        for each in found
    ]
    return listed(rows, as_json=as_json)
