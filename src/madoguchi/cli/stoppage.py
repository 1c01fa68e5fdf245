"""`madoguchi stoppage`: stop services, at once or ahead, and let them run again (HOURS-02)."""

from datetime import datetime
from typing import get_args

import click

from madoguchi import service_hours
from madoguchi.cli.desk import (
    ANY_ID,
    Desk,
    JapanTime,
    Refused,
    at_desk,
    by_option,
    institution_argument,
    json_option,
)
from madoguchi.cli.printing import japan_time, listed
from madoguchi.institutions import Service, Text
from madoguchi.kernel.entropy import new_id
from madoguchi.service_hours import EmptyStoppage, NoSuchStoppage, Stoppage

SERVICES = get_args(Service)


@click.group()
def stoppage() -> None:
    """Stop services beside their usual hours, with the text that people then read."""


@stoppage.command("add")
@institution_argument
@click.option(
    "--service", "services", type=click.Choice(SERVICES), multiple=True, help="Else all services."
)
@click.option("--from", "starts_at", type=JapanTime(), help="Else at once.")
@click.option("--until", "ends_at", type=JapanTime(), help="Else until `stoppage end`.")
@click.option("--ja", required=True, help="The text, in Japanese.")
@click.option("--en", required=True, help="The text, in English.")
@by_option
@at_desk
async def add_command(
    desk: Desk,
    institution: str,
    services: tuple[str, ...],
    starts_at: datetime | None,
    ends_at: datetime | None,
    ja: str,
    en: str,
) -> str:
    """Enter a stoppage. Times are of Japan where they name no zone."""
    where = desk.institution(institution)
    if starts_at and starts_at < desk.now:
        raise Refused("it would begin in the past: leave --from out to begin at once")
    if not (ja.strip() and en.strip()):
        raise Refused("the text is empty: people would not know why")
    wanted = Stoppage(
        id=new_id(desk.runtime.entropy),
        services=services or SERVICES,
        starts_at=starts_at or desk.now,
        ends_at=ends_at,
        text=Text(ja=ja, en=en),
    )
    done = await service_hours.add_stoppage(
        desk.tx, where.code, wanted, by=desk.actor, log=desk.runtime.log, now=desk.now
    )
    if isinstance(done, EmptyStoppage):
        raise Refused("it would stop nothing: it ends before it begins, or before now")
    until = japan_time(done.ends_at) or "it is ended"
    stopped = ", ".join(done.services)
    return f"stoppage {done.id}: {stopped} from {japan_time(done.starts_at)} until {until}"


@stoppage.command("list")
@institution_argument
@click.option("--since", type=JapanTime(), help="Also those that ended after this time.")
@json_option
@at_desk
async def list_command(
    desk: Desk, institution: str, since: datetime | None, *, as_json: bool
) -> str:
    """List the stoppages that are in force or to come."""
    where = desk.institution(institution)
    found = await service_hours.list_stoppages(desk.tx, where.code, since or desk.now)
    rows = [
        {
            "id": each.id,
            "services": list(each.services),
            "from": japan_time(each.starts_at),
            "until": japan_time(each.ends_at),
            "ja": each.text.ja,
            "en": each.text.en,
        }
        for each in found
    ]
    return listed(rows, as_json=as_json)


@stoppage.command("end", context_settings=ANY_ID)
@institution_argument
@click.argument("stoppage")
@by_option
@at_desk
async def end_command(desk: Desk, institution: str, stoppage: str) -> str:
    """End a stoppage now, by its id; one that has not begun is cancelled."""
    where = desk.institution(institution)
    done = await service_hours.end_stoppage(
        desk.tx, where.code, stoppage, by=desk.actor, log=desk.runtime.log, now=desk.now
    )
    if isinstance(done, NoSuchStoppage):
        raise Refused(f"no stoppage {stoppage} at {where.code}, or it is over")
    return f"stoppage {stoppage} is ended"
