"""`madoguchi notice`: what became of mails to customers, and sending one again (MAIL-01)."""

from datetime import datetime

import click

from madoguchi.cli.desk import (
    Desk,
    JapanTime,
    Refused,
    at_desk,
    by_option,
    institution_argument,
    json_option,
)
from madoguchi.cli.printing import japan_time, listed
from madoguchi.notices import NoticeState


@click.group()
def notice() -> None:
    """See what became of mails to customers."""


@notice.command("list")
@institution_argument
@click.option("--state", type=click.Choice([str(state) for state in NoticeState]))
@click.option("--to", help="A customer's mail address.")
@click.option("--since", type=JapanTime(), help="Queued from this time on.")
@click.option("--limit", type=click.IntRange(1, 10_000), default=100, show_default=True)
@json_option
@at_desk
async def list_command(
    desk: Desk,
    institution: str,
    *,
    state: str | None,
    to: str | None,
    since: datetime | None,
    limit: int,
    as_json: bool,
) -> str:
    """List mails, the newest first; addresses and texts are not shown."""
    where = desk.institution(institution)
    found = await desk.runtime.notices.find(
        *(desk.tx, where.code),
        state=NoticeState(state) if state else None,
        to=to,
        since=since,
        limit=limit,
    )
    rows = [
        {
            "event": each.event_key,
            "template": each.template,
            "state": each.state,
            "reason": each.reason,
            "sends": each.sends,
            "queued": japan_time(each.queued_at),
            "changed": japan_time(each.changed_at),
        }
        for each in found
    ]
    return listed(rows, as_json=as_json)


@notice.command("resend")
@institution_argument
@click.argument("event")
@by_option
@at_desk
async def resend_command(desk: Desk, institution: str, event: str) -> str:
    """Send a mail once more, by the event that `notice list` names; it may then arrive twice."""
    where = desk.institution(institution)
    if not await desk.runtime.notices.resend(desk.tx, where.code, event, actor=desk.actor):
        raise Refused(f"no mail of {event} to send again: unknown, queued already, or purged")
    return f"the mail of {event} is queued again"
