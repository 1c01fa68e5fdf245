"""`madoguchi contract`: contracts of internet banking, as the branch makes and ends them (RET-01).

Provisional passwords are printed once, for the letter; no log has them.
"""

from typing import assert_never, cast

import click

from madoguchi.cli.desk import (
    ACCOUNT_NAME,
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
from madoguchi.cli.printing import account_name, japan_time, listed, printed_json
from madoguchi.customers import (
    AlreadyContracted,
    CardAccountStays,
    Contract,
    ContractState,
    Language,
    Search,
)
from madoguchi.institutions import Institution
from madoguchi.sign_in import (
    ContractNotStopped,
    ContractStopped,
    Made,
    NoSuchAccount,
    NoSuchContract,
    NotEligible,
    NotHis,
)

WHY_NOT = {
    "closed": "the account is closed",
    "moved": "the account has moved to another branch: take the new number",
    "kind": "only an ordinary, savings or current account can be on a contract card",
    "not-a-person": "the account is a company's",
}
MOST_LISTED = 1000
contract_argument = click.argument("contract")


@click.group()
def contract() -> None:
    """Make and look after customers' contracts of internet banking."""


@contract.command("make")
@institution_argument
@click.argument("account")
@click.option(
    "--with", "others", multiple=True, help="Another account of the holder; else all open ones."
)
@click.option("--only", is_flag=True, help="No other account than ACCOUNT.")
@click.option("--language", type=click.Choice(["ja", "en"]), default="ja", show_default=True)
@json_option
@by_option
@at_desk
async def make_command(
    desk: Desk,
    institution: str,
    account: str,
    others: tuple[str, ...],
    language: str,
    *,
    only: bool,
    as_json: bool,
) -> str:
    """Make a contract with ACCOUNT (001-ordinary-0000123) on its card; print what the letter needs.

    The passwords are printed this once.
    """
    where = desk.institution(institution)
    written = ACCOUNT_NAME.fullmatch(account)
    if written is None:
        raise Refused(f"account {account}: write BRANCH-KIND-NUMBER")
    card = await desk.account(where, account)
    wanted = [(await desk.account(where, each)).id for each in others]
    made = await desk.runtime.banking.contracts.make_contract(
        desk.tx, where, desk.core(where), desk.call(where),
        branch_code=card.branch_code, kind=card.kind, number=card.number,
        by=desk.actor, now=desk.now, accounts=wanted if others or only else None,
        language=cast("Language", language),
    )  # fmt: skip
    match made:
        case Made():
            return _letter(made, as_json=as_json)
        case NoSuchAccount():
            raise Refused(f"no account {account} at {where.code}")
        case NotEligible(why):
            raise Refused(f"account {account}: {WHY_NOT[why]}")
        case NotHis(account_id):
            raise Refused(f"account {account_id} is not an open one of the same holder")
        case AlreadyContracted(contract_id):
            raise Refused(f"the customer, or the account, has a contract already: {contract_id}")
        case never:
            assert_never(never)


@contract.command("reissue", context_settings=ANY_ID)
@institution_argument
@contract_argument
@json_option
@reason_option
@by_option
@at_desk
async def reissue_command(
    desk: Desk, institution: str, contract: str, reason: str, *, as_json: bool
) -> str:
    """Give new provisional passwords in place of lost ones, and print them this once.

    Sessions end, and locks of both passwords. Login ID and questions stay; at the next login the
    passwords are changed as at the first.
    """
    where = desk.institution(institution)
    found = await desk.contract(where, contract)
    issued = await desk.runtime.banking.contracts.reissue(
        desk.tx, where, desk.core(where), desk.call(where), found.id,
        reason=reason, by=desk.actor, now=desk.now,
    )  # fmt: skip
    if isinstance(issued, Made):
        return _letter(issued, as_json=as_json)
    raise _refused(issued, contract)


@contract.command("stop", context_settings=ANY_ID)
@institution_argument
@contract_argument
@reason_option
@by_option
@at_desk
async def stop_command(desk: Desk, institution: str, contract: str, reason: str) -> str:
    """Let nobody enter any more, at once: every session ends."""
    where = desk.institution(institution)
    found = await desk.contract(where, contract)
    done = await desk.runtime.banking.contracts.stop(
        desk.tx, where, found.id, reason=reason, by=desk.actor, now=desk.now
    )
    if isinstance(done, Contract):
        return f"contract {found.id} is stopped, and its sessions are ended"
    raise _refused(done, contract)


@contract.command("resume", context_settings=ANY_ID)
@institution_argument
@contract_argument
@reason_option
@by_option
@at_desk
async def resume_command(desk: Desk, institution: str, contract: str, reason: str) -> str:
    """Make a stopped contract what it was before."""
    where = desk.institution(institution)
    found = await desk.contract(where, contract)
    done = await desk.runtime.banking.contracts.resume(
        desk.tx, where, found.id, reason=reason, by=desk.actor, now=desk.now
    )
    match done:
        case Contract():
            return f"contract {found.id} is in force again: {done.state}"
        case ContractNotStopped():
            raise Refused(f"contract {contract} is not stopped")
        case AlreadyContracted(other):
            raise Refused(f"the customer, or the account, has another contract by now: {other}")
        case NoSuchContract():
            raise _refused(done, contract)
        case never:
            assert_never(never)


@contract.command("add-account", context_settings=ANY_ID)
@institution_argument
@contract_argument
@click.argument("account")
@by_option
@at_desk
async def add_account_command(desk: Desk, institution: str, contract: str, account: str) -> str:
    """Put ACCOUNT (001-ordinary-0000123), an open one of the same holder, under the contract."""
    where = desk.institution(institution)
    found = await desk.contract(where, contract)
    added = await desk.account(where, account)
    done = await desk.runtime.banking.contracts.add_account(
        desk.tx, where, found.id, added, by=desk.actor, now=desk.now
    )
    match done:
        case Contract():
            return f"account {account} is under contract {found.id}"
        case NotEligible(why):
            raise Refused(f"account {account}: {WHY_NOT[why]}")
        case NotHis():
            raise Refused(f"account {account} is another holder's")
        case _:
            raise _refused(done, contract)


@contract.command("remove-account", context_settings=ANY_ID)
@institution_argument
@contract_argument
@click.argument("account")
@by_option
@at_desk
async def remove_account_command(desk: Desk, institution: str, contract: str, account: str) -> str:
    """Take ACCOUNT (001-ordinary-0000123) off the contract; the card's account stays."""
    where = desk.institution(institution)
    found = await desk.contract(where, contract)
    removed = await desk.account(where, account)
    done = await desk.runtime.banking.contracts.remove_account(
        desk.tx, where, found.id, removed.id, by=desk.actor, now=desk.now
    )
    match done:
        case Contract():
            return f"account {account} is off contract {found.id}"
        case NotHis():
            raise Refused(f"account {account} is not under contract {found.id}")
        case CardAccountStays():
            raise Refused(f"account {account} stands on the contract card: it stays")
        case _:
            raise _refused(done, contract)


@contract.command("list")
@institution_argument
@click.option("--account", help="Those that this account is under: 001-ordinary-0000123.")
@click.option("--login-id", default="", help="The whole login ID.")
@click.option("--email", default="", help="The customer's mail address.")
@click.option("--state", type=click.Choice([str(state) for state in ContractState]))
@reveal_option
@json_option
@at_desk
async def list_command(
    desk: Desk,
    institution: str,
    *,
    account: str | None,
    login_id: str,
    email: str,
    state: str | None,
    reveal: bool,
    as_json: bool,
) -> str:
    """List contracts, the newest first, 1,000 at most; all that is given must fit."""
    where = desk.institution(institution)
    search = Search(
        login_id=login_id, email=email, state=ContractState(state) if state else None,
        **(_parts(account) if account else {}),
    )  # fmt: skip
    found = await desk.runtime.banking.customers.list_contracts(
        desk.tx, where.code, search, limit=MOST_LISTED
    )
    return listed([_row(each, reveal=reveal) for each in found], as_json=as_json)


@contract.command("show", context_settings=ANY_ID)
@institution_argument
@contract_argument
@reveal_option
@at_desk
async def show_command(desk: Desk, institution: str, contract: str, *, reveal: bool) -> str:
    """Show one contract as JSON; mail address and phone only with --reveal."""
    where = desk.institution(institution)
    found = await desk.contract(where, contract)
    return printed_json(_all_of(where, found, reveal=reveal))


def _letter(made: Made, *, as_json: bool) -> str:
    """Return what the letter to the customer needs; the account in full, as on the card."""
    one = made.contract
    card = account_name(one.branch_code, one.account_kind, one.account_number, reveal=True)
    told = {
        "contract": one.id,
        "card": card,
        "login password": made.login_password,
        "confirmation password": made.confirmation_password,
        "until": japan_time(made.until),
    }
    if as_json:
        return printed_json(told)
    return "\n".join(f"{name + ':':<23}{value}" for name, value in told.items())


def _refused(refusal: object, contract: str) -> Refused:
    match refusal:
        case ContractStopped():
            return Refused(f"contract {contract} is stopped")
        case _:
            return Refused(f"there is no contract {contract}")


def _parts(account: str) -> dict[str, str]:
    written = ACCOUNT_NAME.fullmatch(account)
    if written is None:
        raise Refused(f"account {account}: write BRANCH-KIND-NUMBER")
    return {
        "branch_code": written["branch"],
        "account_kind": written["kind"],
        "account_number": written["number"].zfill(7),
    }


def _row(each: Contract, *, reveal: bool) -> dict[str, object]:
    card = (each.branch_code, each.account_kind, each.account_number)
    return {
        "id": each.id,
        "state": each.state,
        "card": account_name(*card, reveal=reveal),
        "login id": each.login_id,
        "accounts": len(each.accounts),
        "made": japan_time(each.made_at),
        "stopped": japan_time(each.stopped_at),
        "reason": each.stop_reason,
    }


def _all_of(where: Institution, each: Contract, *, reveal: bool) -> dict[str, object]:
    return {
        "institution": where.code,
        **_row(each, reveal=reveal),
        "holder": each.holder_id,
        "accounts": [
            account_name(one.branch_code, one.kind, one.number, reveal=reveal)
            for one in each.accounts
        ],
        "email": each.email if reveal else ("known" if each.email else None),
        "email confirmed": each.email_confirmed,
        "phone": each.contact_phone if reveal else ("known" if each.contact_phone else None),
        "dm": each.dm_wanted,
        "language": each.language,
        "questions done": each.questions_done,
        "passwords done": each.passwords_done,
    }
