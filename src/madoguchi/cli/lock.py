"""`madoguchi lock`: list locks and release them (LOCK-03)."""

import click

from madoguchi import lockout
from madoguchi.api_link import LOCK, LockReleased, NotLocked, Release, release_lock
from madoguchi.app import link_ports
from madoguchi.cli.desk import (
    Desk,
    Refused,
    at_desk,
    by_option,
    institution_argument,
    json_option,
    reason_option,
    reveal_option,
)
from madoguchi.cli.printing import account_name, japan_time, listed
from madoguchi.institutions import Institution


@click.group()
def lock() -> None:
    """See what is locked after wrong tries, and release it."""


@lock.command("list")
@institution_argument
@reveal_option
@json_option
@at_desk
async def list_command(desk: Desk, institution: str, *, reveal: bool, as_json: bool) -> str:
    """List the locks in force, the newest first."""
    where = desk.institution(institution)
    locks = await lockout.list_locks(desk.tx, where.code, desk.now)
    rows = [
        {
            "what": each.what,
            "account": await _account(desk, where, each, reveal=reveal),
            "since": japan_time(each.since),
            "until": japan_time(each.until) or "released",
            "id": each.subject,
        }
        for each in locks
    ]
    return listed(rows, as_json=as_json)


@lock.command("release")
@institution_argument
@click.argument("account")
@reason_option
@by_option
@at_desk
async def release_command(desk: Desk, institution: str, account: str, reason: str) -> str:
    """Release the API link's lock of ACCOUNT (001-ordinary-0000123, or the id of `lock list`).

    The customer is told at the mail address that the bank has.
    """
    where = desk.institution(institution)
    found = await desk.account(where, account)
    hand = Release(actor=desk.actor, reason=reason, reference=desk.reference)
    match await release_lock(link_ports(desk.runtime), desk.tx, where, found, hand, desk.now):
        case NotLocked():
            raise Refused(f"account {account} is not locked")
        case LockReleased(mailed=True):
            return f"account {account} is released, and the customer is mailed"
        case LockReleased():
            return f"account {account} is released; the bank has no mail address of the customer"


async def _account(
    desk: Desk, where: Institution, each: lockout.Lock, *, reveal: bool
) -> str | None:
    if each.what != LOCK:
        return None
    found = await desk.core(where).account(desk.call(where), each.subject)
    if found is None:
        return None
    return account_name(found.branch_code, found.kind, found.number, reveal=reveal)
