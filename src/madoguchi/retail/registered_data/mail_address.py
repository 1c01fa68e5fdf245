"""Changing and confirming the mail address (RET-28).

One-time passwords go to this address, so whoever changes it holds the second proof from then on.
The confirmation password is judged before anything is mailed; an address that was confirmed proves
itself by a code of its own before the new one is mailed to; and the old one is told afterwards.
Who has lost the old address is led to the telephone.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from madoguchi.customers import Contract
from madoguchi.kernel.errors import must
from madoguchi.kernel.journey import Again, FieldError, Proceed
from madoguchi.one_time_passwords import masked_address
from madoguchi.plumbing.templates.formats import format_moment
from madoguchi.plumbing.web import EmptyForm
from madoguchi.retail.ground import RetailServices
from madoguchi.retail.registered_data.forms import CodeForm, MailForm
from madoguchi.retail.registered_data.outcomes import ChangedElsewhere, OldUnproved
from madoguchi.retail.registered_data.visits import MailVisit
from madoguchi.retail.transfer import (
    Back,
    CodeSent,
    CodeSentAgain,
    Facts,
    Locked,
    NotSent,
    asked_for,
    judge_code,
    judge_password,
    send_code,
)

OLD_ADDRESS = "mail-address-old"
NEW_ADDRESS = "mail-address"
CONFIRMATION = "mail-confirmation"
"""What the one-time passwords are asked for."""
CHANGED_ELSEWHERE = "registered.message.changed-elsewhere"


async def begin(services: RetailServices, query: Mapping[str, str]) -> MailVisit:
    """Begin a change."""
    del services, query
    return MailVisit()


async def show_address(visit: MailVisit, services: RetailServices) -> Mapping[str, Any]:
    """Show the registered address, masked, and what was typed before."""
    contract = services.contract
    kept = {"email": visit.email, "email_again": visit.email} if visit.email else {}
    return {
        "registered": masked_address(contract.email) if contract.email else "",
        "old_asked": bool(contract.email and contract.email_confirmed),
        "kept": kept,
    }


async def address(
    visit: MailVisit, form: MailForm, services: RetailServices
) -> Proceed[MailVisit] | Again | OldUnproved | Locked[MailVisit]:
    """Judge the password; then mail a code to the old address, or where unconfirmed to the new."""
    contract = services.contract
    if form.email == contract.email:
        return Again((FieldError("email", "registered.error.same-email"),), "unreadable")
    refused = await judge_password(services, form.confirmation_password)
    if refused is not None:
        return refused
    asks_old = bool(contract.email and contract.email_confirmed)
    typed = replace(
        visit,
        email=form.email,
        was=contract.email or "",
        was_confirmed=contract.email_confirmed,
        told="",
    )
    sent = await (_send_old(typed, services) if asks_old else _send_new(typed, services))
    if isinstance(sent, NotSent):
        return sent.again()
    coded = replace(typed, code=sent)
    return Proceed(coded) if asks_old else OldUnproved(coded)


async def show_code(visit: MailVisit, services: RetailServices) -> Mapping[str, Any]:
    """Show the new address, and where the code went."""
    del services
    return {"email": visit.email, "code": visit.code, "told": visit.told}


async def old_code(
    visit: MailVisit, form: CodeForm, services: RetailServices
) -> Proceed[MailVisit] | Again | Back[MailVisit] | CodeSentAgain[MailVisit] | ChangedElsewhere:
    """Judge the code that went to the old address; then mail one to the new address."""
    if form.back:
        return Back(replace(visit, code=None))
    if form.resend:
        return _again(visit, await _send_old(visit, services))
    if not _is_unchanged(visit, services.contract):
        return ChangedElsewhere(message=CHANGED_ELSEWHERE)
    asked = asked_for(services, OLD_ADDRESS, _facts(visit, services), visit.was)
    refused = await judge_code(services, asked, form.read("code"))
    if refused is not None:
        return refused
    sent = await _send_new(visit, services)
    code = None if isinstance(sent, NotSent) else sent
    return Proceed(replace(visit, code=code, told="" if code else "not-sent"))


async def new_code(
    visit: MailVisit, form: CodeForm, services: RetailServices
) -> Proceed[MailVisit] | Again | Back[MailVisit] | CodeSentAgain[MailVisit] | ChangedElsewhere:
    """Judge the code that went to the new address; then it is the registered one, confirmed."""
    if form.back:
        return Back(replace(visit, code=None))
    if form.resend:
        return _again(visit, await _send_new(visit, services))
    if not _is_unchanged(visit, await _held(services)):
        return ChangedElsewhere(message=CHANGED_ELSEWHERE)
    asked = asked_for(services, NEW_ADDRESS, _facts(visit, services), visit.email)
    refused = await judge_code(services, asked, form.read("code"))
    if refused is not None:
        return refused
    contract = services.contract
    await services.ports.customers.change_email(
        services.tx, contract, visit.email, confirmed=True, by=contract.id, now=services.now
    )
    await _tell_both(visit, services)
    return Proceed(replace(visit, code=None))


async def show_changed(visit: MailVisit, services: RetailServices) -> Mapping[str, Any]:
    """Show the address that is registered now, and whether the one before it was told."""
    del services
    return {"email": visit.email, "old_told": bool(visit.was)}


async def begin_confirmation(services: RetailServices, query: Mapping[str, str]) -> MailVisit | str:
    """Begin with the registered address; where nothing is to be confirmed, the list says so."""
    del query
    contract = services.contract
    if contract.email is None or contract.email_confirmed:
        return services.url("registered-data")
    return MailVisit(email=contract.email)


async def show_send(visit: MailVisit, services: RetailServices) -> Mapping[str, Any]:
    """Show where a code would be mailed to."""
    del visit
    return {"email": services.contract.email}


async def send(
    visit: MailVisit, form: EmptyForm, services: RetailServices
) -> Proceed[MailVisit] | Again:
    """Mail a code to the registered address, as it is now."""
    del form
    asking = replace(visit, email=must(services.contract.email), told="")
    sent = await _send_confirmation(asking, services)
    return sent.again() if isinstance(sent, NotSent) else Proceed(replace(asking, code=sent))


async def confirm(
    visit: MailVisit, form: CodeForm, services: RetailServices
) -> Proceed[MailVisit] | Again | Back[MailVisit] | CodeSentAgain[MailVisit] | ChangedElsewhere:
    """Judge the code; then the registered address is confirmed."""
    if form.back:
        return Back(replace(visit, code=None))
    if form.resend:
        return _again(visit, await _send_confirmation(visit, services))
    if (await _held(services)).email != visit.email:
        return ChangedElsewhere(message=CHANGED_ELSEWHERE)
    asked = asked_for(services, CONFIRMATION, _confirmation_facts(visit, services), visit.email)
    refused = await judge_code(services, asked, form.read("code"))
    if refused is not None:
        return refused
    contract = services.contract
    await services.ports.customers.confirm_email(
        services.tx, contract, visit.email, by=contract.id, now=services.now
    )
    return Proceed(visit)


async def _send_old(visit: MailVisit, services: RetailServices) -> CodeSent | NotSent:
    return await send_code(services, OLD_ADDRESS, _facts(visit, services), visit.was)


async def _send_new(visit: MailVisit, services: RetailServices) -> CodeSent | NotSent:
    return await send_code(services, NEW_ADDRESS, _facts(visit, services), visit.email)


async def _send_confirmation(visit: MailVisit, services: RetailServices) -> CodeSent | NotSent:
    facts = _confirmation_facts(visit, services)
    return await send_code(services, CONFIRMATION, facts, visit.email)


def _again(visit: MailVisit, sent: CodeSent | NotSent) -> Again | CodeSentAgain[MailVisit]:
    if isinstance(sent, NotSent):
        return sent.again()
    return CodeSentAgain(replace(visit, code=sent, told="code-sent"))


async def _held(services: RetailServices) -> Contract:
    """Return the contract as it stands, held against changes until the transaction ends."""
    found = await services.ports.customers.find_locked(
        services.tx, services.institution.code, services.contract.id
    )
    return must(found, "the contract of a session")


def _is_unchanged(visit: MailVisit, contract: Contract) -> bool:
    registered = (contract.email or "", contract.email_confirmed)
    return registered == (visit.was, visit.was_confirmed)


def _facts(visit: MailVisit, services: RetailServices) -> Facts:
    """Return what a code is good for. A stranger may read it: the old address is masked."""
    label = services.ports.texts
    language = services.contract.language
    new = (label("registered.row.new-email", language=language), visit.email)
    if not visit.was:
        return (new,)
    return ((label("registered.row.old-email", language=language), masked_address(visit.was)), new)


def _confirmation_facts(visit: MailVisit, services: RetailServices) -> Facts:
    label = services.ports.texts("registered.row.email", language=services.contract.language)
    return ((label, visit.email),)


async def _tell_both(visit: MailVisit, services: RetailServices) -> None:
    at = format_moment(services.now, services.contract.language)
    if visit.was:
        values = {"at": at, "email": masked_address(visit.email)}
        key = f"email-changed-old:{services.visit_id}"
        await services.notify("email-changed-old", key, values, to=visit.was)
    key = f"email-changed-new:{services.visit_id}"
    await services.notify("email-changed-new", key, {"at": at}, to=visit.email)
