"""`madoguchi risk`: how unusual logins were, and what was decided (RET-14)."""

from datetime import datetime, timedelta
from typing import cast, get_args

import click

from madoguchi import risk as risks
from madoguchi.cli.desk import Desk, JapanTime, at_desk, institution_argument, json_option
from madoguchi.cli.printing import japan_time, listed
from madoguchi.risk import Decision

USUAL_LOOK = timedelta(days=7)


@click.group()
def risk() -> None:
    """See which logins were asked a question or stopped, and why."""


@risk.command("list")
@institution_argument
@click.option("--contract", help="Of one contract: its card's account, id or login ID.")
@click.option("--decision", type=click.Choice(get_args(Decision)))
@click.option("--since", type=JapanTime(), help="From this time on; else the last seven days.")
@click.option("--limit", type=click.IntRange(1, 1000), default=200, show_default=True)
@json_option
@at_desk
async def list_command(
    desk: Desk,
    institution: str,
    *,
    contract: str | None,
    decision: str | None,
    since: datetime | None,
    limit: int,
    as_json: bool,
) -> str:
    """List the decisions with their reasons, the newest first."""
    where = desk.institution(institution)
    subject = (await desk.contract(where, contract)).id if contract else None
    found = await risks.list_decisions(
        desk.tx, where.code, since or desk.now - USUAL_LOOK,
        cast("Decision | None", decision), subject, limit=limit,
    )  # fmt: skip
    rows = [
        {
            "at": japan_time(each.at),
            "decision": each.assessment.decision,
            "score": each.assessment.score,
            "reasons": list(each.assessment.reasons),
            "network": each.environment.network,
            "place": each.environment.place,
            "browser": each.environment.browser,
            "contract": each.subject,
            "id": each.id,
        }
        for each in found
    ]
    return listed(rows, as_json=as_json)
