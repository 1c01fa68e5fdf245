"""`madoguchi lock`: list locks and release them (LOCK-03)."""

import click

from madoguchi import lockout
from madoguchi.api_link import LOCK, LockReleased, NotLocked, Release, release_lock
from madoguchi.app import link_ports
from madoguchi.cli.desk import (
    ANY_ID,
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
from madoguchi.retail import REGISTRATION_LOCK, RegistrationLocks
from madoguchi.sign_in import Locks

KNOWN = (LOCK, *(str(each) for each in Locks), REGISTRATION_LOCK)


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


@lock.command("release", context_settings=ANY_ID)
@institution_argument
@click.argument("account")
@click.option(
    "--lock", "which", type=click.Choice(KNOWN), default=LOCK, show_default=True, help="Which lock."
)
@reason_option
@by_option
@at_desk
async def release_command(
    desk: Desk, institution: str, account: str, which: str, reason: str
) -> str:
    """Release a lock of ACCOUNT (001-ordinary-0000123, or the id of `lock list`).

    For the locks of internet banking ACCOUNT is the contract's: its card's account, id or login ID.
    The customer is told at the mail address that is known of him.
    """
    where = desk.institution(institution)
    if which == LOCK:
        return await _release_link(desk, where, account, reason)
    if which == REGISTRATION_LOCK:
        return await _release_registration(desk, where, account, reason)
    return await _release_sign_in(desk, where, account, Locks(which), reason)


async def _release_link(desk: Desk, where: Institution, account: str, reason: str) -> str:
    found = await desk.account(where, account)
    hand = Release(actor=desk.actor, reason=reason, reference=desk.reference)
    match await release_lock(link_ports(desk.runtime), desk.tx, where, found, hand, desk.now):
        case NotLocked():
            raise Refused(f"account {account} is not locked")
        case LockReleased(mailed=True):
            return f"account {account} is released, and the customer is mailed"
        case LockReleased():
            return f"account {account} is released; the bank has no mail address of the customer"


async def _release_registration(desk: Desk, where: Institution, account: str, reason: str) -> str:
    found = await desk.account(where, account)
    holder = await desk.core(where).holder(desk.call(where), found.holder_id)
    runtime = desk.runtime
    locks = RegistrationLocks(runtime.keys, runtime.log, runtime.notices, runtime.templates.text)
    if not await locks.release(
        desk.tx, where, found, holder, by=desk.actor, reason=reason, now=desk.now
    ):
        raise Refused(f"account {account} is not locked for the registration")
    return _said(account, mailed=bool(holder and holder.email))


async def _release_sign_in(
    desk: Desk, where: Institution, account: str, which: Locks, reason: str
) -> str:
    found = await desk.contract(where, account)
    if not await desk.runtime.banking.sign_in.release_lock(
        desk.tx, where, found, which, by=desk.actor, reason=reason, now=desk.now
    ):
        raise Refused(f"contract {account} has no lock {which}")
    return _said(account, mailed=bool(found.email))


def _said(account: str, *, mailed: bool) -> str:
    told = ", and the customer is mailed" if mailed else "; no mail address is known"
    return f"{account} is released{told}"


async def _account(
    desk: Desk, where: Institution, each: lockout.Lock, *, reveal: bool
) -> str | None:
    """Return whose lock it is; None for what nobody has, and for the registration's.

    Those are kept under a hash, so that what is typed stands nowhere.
    """
    if each.what == LOCK:
        found = await desk.core(where).account(desk.call(where), each.subject)
        place = (found.branch_code, str(found.kind), found.number) if found else None
    elif each.what in tuple(Locks):
        contract = await desk.runtime.banking.customers.find(desk.tx, where.code, each.subject)
        card = contract and (contract.branch_code, contract.account_kind, contract.account_number)
        place = card or None
    else:
        place = None
    return account_name(*place, reveal=reveal) if place else None
