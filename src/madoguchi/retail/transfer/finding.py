"""The screens on which a payee is found, shared by all journeys that need one (RET-17).

A journey puts them into its table one after the other: bank, branch, account, name.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, TypeVar, assert_never

from msgspec import structs

from madoguchi import rate_limits
from madoguchi.bank_directory import Bank
from madoguchi.kernel.errors import must
from madoguchi.kernel.journey import Again, FieldError, Proceed
from madoguchi.retail.ground import RetailServices
from madoguchi.retail.transfer import directory
from madoguchi.retail.transfer.forms import AccountForm, BankForm, BranchForm, NameForm
from madoguchi.retail.transfer.outcomes import Back, PayeeKnown, Searched
from madoguchi.retail.transfer.readers import PAYABLE_KINDS
from madoguchi.retail.transfer.visit import FindsPayee
from madoguchi.transfers import NameNeeded, NameUnusable, NoSuchPayeeAccount, Payee, named

F = TypeVar("F", bound=FindsPayee)
LOOK_UPS, LOOK_UPS_SECONDS = 60, 3600
"""So many accounts a customer may look up in an hour: more than anybody pays."""


async def show_bank(visit: FindsPayee, services: RetailServices) -> Mapping[str, Any]:
    """② shows the initials, and what was found by one of them or by words."""
    found = directory.banks(services, visit.bank_query, visit.bank_initial)
    return {
        "initials": directory.INITIALS,
        "own": services.institution,
        "found": found.shown,
        "more": found.more,
        "searched": visit.bank_query or visit.bank_initial,
        "kept": {"query": visit.bank_query, "bank": visit.bank_code},
    }


async def bank(
    visit: F, form: BankForm, services: RetailServices
) -> Proceed[F] | Again | Back[F] | Searched[F]:
    """② Search a bank, or take the one that was chosen."""
    match form.pressed():
        case "back":
            return Back()
        case "initial":
            return Searched(replace(visit, bank_initial=form.initial, bank_query=""))
        case "search":
            return Searched(replace(visit, bank_query=form.query, bank_initial=""))
    chosen = directory.find_bank(services, form.bank)
    if chosen is None:
        return Again((FieldError("bank", "choose"),), "unreadable")
    return Proceed(visit if chosen.code == visit.bank_code else _with_bank(visit, chosen))


async def show_branch(visit: FindsPayee, services: RetailServices) -> Mapping[str, Any]:
    """③ shows all branches of a bank that has few, else the initials and what was found."""
    words = visit.branch_query or visit.branch_initial
    found = directory.branches(services, visit.bank_code, visit.branch_query, visit.branch_initial)
    is_short = not words and not found.more
    return {
        "initials": () if is_short else directory.INITIALS,
        "bank_name": visit.bank_name,
        "bank_code": visit.bank_code,
        "found": found.shown if words or is_short else (),
        "more": found.more,
        "searched": words,
        "kept": {"query": visit.branch_query, "branch": visit.branch_code},
    }


async def branch(
    visit: F, form: BranchForm, services: RetailServices
) -> Proceed[F] | Again | Back[F] | Searched[F]:
    """③ Search a branch, or take the one that was chosen."""
    match form.pressed():
        case "back":
            return Back()
        case "initial":
            return Searched(replace(visit, branch_initial=form.initial, branch_query=""))
        case "search":
            return Searched(replace(visit, branch_query=form.query, branch_initial=""))
    chosen = directory.find_branch(services, visit.bank_code, form.branch)
    if chosen is None:
        return Again((FieldError("branch", "choose"),), "unreadable")
    return Proceed(replace(visit, branch_code=chosen.code, branch_name=chosen.name, payee=None))


async def show_account(visit: FindsPayee, services: RetailServices) -> Mapping[str, Any]:
    """④ shows the bank and branch chosen."""
    del services
    return {
        "bank_name": visit.bank_name,
        "bank_code": visit.bank_code,
        "branch_name": visit.branch_name,
        "branch_code": visit.branch_code,
        "kinds": PAYABLE_KINDS,
        "kept": {"account_kind": visit.account_kind, "account_number": visit.account_number},
    }


async def account(
    visit: F, form: AccountForm, services: RetailServices
) -> Proceed[F] | Again | Back[F] | PayeeKnown[F]:
    """④ Look up whose account it is; where that cannot be, the name is asked for next."""
    if form.back:
        return Back()
    typed = replace(
        visit,
        account_kind=form.read("account_kind"),
        account_number=form.read("account_number"),
        payee=None,
    )
    if not await _may_look_up(services):
        return Again(message="transfer.message.too-many-look-ups")
    found = await _looked_up(typed, services)
    match found:
        case Payee():
            return PayeeKnown(replace(typed, payee=found))
        case NoSuchPayeeAccount():
            error = FieldError("account_number", "transfer.field.no-such-account")
            return Again((error,), "unreadable")
        case NameNeeded():
            return Proceed(replace(typed, payee=_name_kept(found.payee, visit.payee)))
        case _:
            assert_never(found)


async def show_name(visit: FindsPayee, services: RetailServices) -> Mapping[str, Any]:
    """⑤ shows the account whose holder's name cannot be looked up."""
    del services
    payee = must(visit.payee)
    return {"payee": payee, "kept": {"name_kana": payee.name_kana}}


async def name(visit: F, form: NameForm, services: RetailServices) -> Proceed[F] | Again | Back[F]:
    """⑤ Take the payee's name as it is typed, in the banks' kana."""
    del services
    if form.back:
        return Back()
    payee = named(NameNeeded(must(visit.payee)), form.read("name_kana"))
    if isinstance(payee, NameUnusable):
        return Again((FieldError("name_kana", "unreadable-kana"),), "unreadable")
    return Proceed(replace(visit, payee=payee))


async def looked_up_again(services: RetailServices, payee: Payee) -> Payee | None:
    """Return a payee of before as it is today; None where its account is gone.

    A name that cannot be looked up stays as it was typed. Raises `CoreUnavailable`.
    """
    found = await services.ports.transfers.look_up_payee(
        services.core,
        services.core_call(),
        bank_code=payee.bank_code,
        bank_name=payee.bank_name,
        branch_code=payee.branch_code,
        branch_name=payee.branch_name,
        kind=payee.kind,
        number=payee.number,
    )
    match found:
        case Payee():
            return found
        case NoSuchPayeeAccount():
            return None
        case NameNeeded():
            return payee
        case _:
            assert_never(found)


async def _may_look_up(services: RetailServices) -> bool:
    """Take a turn: whoever tries numbers to collect names of holders is stopped."""
    limit = rate_limits.Bucket("payee-look-up", services.contract.id, LOOK_UPS, LOOK_UPS_SECONDS)
    turn = await rate_limits.take(
        services.ports.counters, services.institution.code, [limit], services.now
    )
    return isinstance(turn, rate_limits.Allowed)


def _name_kept(needed: Payee, before: Payee | None) -> Payee:
    """Return `needed` with the name typed before, where it was typed for the same account."""
    if before is None or before.name_checked:
        return needed
    named_before = structs.replace(needed, name_kana=before.name_kana)
    return named_before if named_before == before else needed


def _with_bank(visit: F, chosen: Bank) -> F:
    """Return the visit with another bank: the branch of the one before is none of its own."""
    return replace(
        visit,
        bank_code=chosen.code,
        bank_name=chosen.name,
        branch_query="",
        branch_initial="",
        branch_code="",
        branch_name="",
        payee=None,
    )


async def _looked_up(
    visit: FindsPayee, services: RetailServices
) -> Payee | NoSuchPayeeAccount | NameNeeded:
    return await services.ports.transfers.look_up_payee(
        services.core,
        services.core_call(),
        bank_code=visit.bank_code,
        bank_name=visit.bank_name,
        branch_code=visit.branch_code,
        branch_name=visit.branch_name,
        kind=visit.account_kind,
        number=visit.account_number,
    )
