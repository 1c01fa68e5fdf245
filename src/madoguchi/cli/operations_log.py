"""`madoguchi operations-log`: verify, anchor and search the operations log (LOG-01)."""

import functools
import heapq
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

import click

from madoguchi import consents
from madoguchi.cli.desk import (
    Desk,
    JapanTime,
    Refused,
    at_desk,
    institution_argument,
    institution_or_all_argument,
    json_option,
)
from madoguchi.cli.printing import japan_time, listed
from madoguchi.operations_log import Anchor, AnchorUnreadable, Broken, Row, Verified
from madoguchi.plumbing.observability import parse_reference

CODE_DIGITS = 4


@click.group("operations-log")
def operations_log() -> None:
    """Read the operations log, and prove that nobody changed it."""


@operations_log.command()
@institution_or_all_argument
@click.option(
    "--anchor",
    "anchor_file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="What `operations-log anchor` printed earlier.",
)
@at_desk
async def verify(desk: Desk, institution: str, anchor_file: Path | None) -> str:
    """Check every row of an institution's log (without INSTITUTION: of all that are served).

    A withdrawn institution is named by its code.
    """
    anchors = _read_anchors(anchor_file) if anchor_file else {}
    codes = _codes(desk, institution)
    if anchor_file and not anchors.keys() & set(codes):
        raise Refused(f"{anchor_file} has no anchor of {', '.join(codes)}")
    said = []
    broken = False
    for code in codes:
        found = await desk.runtime.log.verify(desk.tx, code, anchors.get(code))
        broken = broken or isinstance(found, Broken)
        said.append(_told(desk, found, anchored=code in anchors))
    if broken:
        raise Refused("\n".join(said))
    return "\n".join(said)


@operations_log.command()
@institution_or_all_argument
@at_desk
async def anchor(desk: Desk, institution: str) -> str:
    """Print where the log stands, a line for each institution: keep it outside the database."""
    codes = _codes(desk, institution)
    return "\n".join([str(await desk.runtime.log.anchor(desk.tx, code)) for code in codes])


@operations_log.command()
@institution_argument
@click.option("--reference", help="The reference number that a customer reads out.")
@click.option("--account", help="001-ordinary-0000123: its own rows and its consents'.")
@click.option("--client", help="What was done to a client, and what it did.")
@click.option("--journey", help="One journey over the screens, by its id.")
@click.option("--actor", help="Who did it, such as staff:suzuki.")
@click.option("--event", help="Such as consent:revoked.")
@click.option("--since", type=JapanTime(), help="From this time on.")
@click.option("--until", type=JapanTime(), help="Before this time.")
@click.option("--limit", type=click.IntRange(1, 10_000), default=100, show_default=True)
@json_option
@at_desk
async def search(  # noqa: PLR0913 - each is an option
    desk: Desk,
    institution: str,
    *,
    reference: str | None,
    account: str | None,
    client: str | None,
    journey: str | None,
    actor: str | None,
    event: str | None,
    since: datetime | None,
    until: datetime | None,
    limit: int,
    as_json: bool,
) -> str:
    """Print the rows that match all that is given, the newest first; times are of Japan."""
    (code,) = _codes(desk, institution)
    if account and client:
        raise click.UsageError("give one of --account and --client")
    find = functools.partial(
        desk.runtime.log.search,
        *(desk.tx, code),
        reference=_reference(reference),
        journey=journey,
        event=event,
        since=since,
        until=until,
        limit=limit,
    )
    whose = await _whose(desk, institution, account, client, actor)
    found = [await find(subject=subject, actor=hand) for subject, hand in whose]
    rows = _newest(found, limit)
    return listed([_row(row) for row in rows], as_json=as_json)


def _codes(desk: Desk, name: str) -> tuple[str, ...]:
    """Return codes of institutions: a code also of one that is no longer served."""
    if len(name) == CODE_DIGITS and name.isdecimal():
        return (name,)
    return tuple(one.code for one in desk.institutions(name))


def _told(desk: Desk, found: Verified | Broken, *, anchored: bool) -> str:
    code = found.institution
    if isinstance(found, Broken):
        return f"{code}: BROKEN: {found.what} (lane {found.lane}, row {found.number})"
    if not found.rows and desk.runtime.institutions.by_code(code) is None:
        raise Refused(f"no institution {code}, and no log of one")
    seen = ", and all that the anchor saw is there" if anchored else ""
    return f"{code}: {found.rows} rows, none changed or missing{seen}"


async def _whose(
    desk: Desk, institution: str, account: str | None, client: str | None, actor: str | None
) -> list[tuple[str | None, str | None]]:
    """Return the subjects and actors that together find all about an account or a client."""
    if account:
        where = desk.institution(institution)
        subject = (await desk.account(where, account)).id
        under = await consents.list_for_account(desk.tx, where.code, subject, desk.now)
        return [(each, actor) for each in (subject, *(one.id for one in under))]
    if client:
        return [(client, actor)] if actor else [(client, None), (None, client)]
    return [(None, actor)]


def _reference(typed: str | None) -> str | None:
    if typed is None:
        return None
    reference = parse_reference(typed)
    if reference is None:
        raise click.UsageError(f"{typed!r} is no reference number such as K7M-29Q-X4T")
    return reference


def _newest(found: Iterable[list[Row]], limit: int) -> list[Row]:
    unique = {(row.lane, row.number): row for rows in found for row in rows}
    return heapq.nlargest(limit, unique.values(), key=lambda row: (row.at, row.lane, row.number))


def _row(row: Row) -> dict[str, object]:
    return {
        "at": japan_time(row.at),
        "event": row.event,
        "result": row.result,
        "actor": row.actor,
        "subject": row.subject,
        "reason": row.reason,
        "source": row.source,
        "reference": row.reference,
        "journey": row.journey,
        "detail": [f"{name}={value}" for name, value in row.detail.items()],
        "row": f"{row.lane}/{row.number}",
    }


def _read_anchors(path: Path) -> dict[str, Anchor]:
    try:
        lines = [line for line in path.read_text("utf-8").splitlines() if line.strip()]
        found = [Anchor.parse(line) for line in lines]
    except (AnchorUnreadable, UnicodeDecodeError) as error:
        raise Refused(f"{path}: not as `operations-log anchor` prints it: {error}") from None
    return {each.institution: each for each in found}
