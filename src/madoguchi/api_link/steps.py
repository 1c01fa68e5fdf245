"""The steps of the API link, one function per screen, in the order of the screens.

A step judges one form. `show_…` beside it puts together what its screen shows.
"""

import hmac
from collections.abc import Mapping
from dataclasses import replace
from math import ceil
from typing import Any, Literal, assert_never

from madoguchi.api_link import tries
from madoguchi.api_link.asking import asked_for, asking
from madoguchi.api_link.forms import AccountForm, ConsentForm, CustomerForm, EmptyForm, PinForm
from madoguchi.api_link.giving import give_consent
from madoguchi.api_link.linkable import linkable_account
from madoguchi.api_link.outcomes import (
    LOCKED_BEFORE,
    CallTooLate,
    Locked,
    NotLinkable,
    RequestSpent,
)
from madoguchi.api_link.services import LinkServices
from madoguchi.api_link.visit import (
    ChosenAccount,
    LinkVisit,
    TypedCustomer,
    start_over,
    with_customer,
)
from madoguchi.call_back import Ambiguous, Confirmed, Opening, Status, TooLate, Waiting
from madoguchi.core_bank.port import Holder, PinRight
from madoguchi.institutions import Institution
from madoguchi.kernel.clock import japan_day
from madoguchi.kernel.digits import only_digits
from madoguchi.kernel.errors import must
from madoguchi.kernel.journey import Again, FieldError, Proceed


async def show_account(visit: LinkVisit, services: LinkServices) -> Mapping[str, Any]:
    """① shows whom the data goes to, and the branch where there is only one (LINK-09, LINK-10)."""
    branches = services.institution.branches
    return {
        "client": await asking(visit, services),
        "only_branch": branches[0] if len(branches) == 1 else None,
    }


async def account(
    visit: LinkVisit, form: AccountForm, services: LinkServices
) -> Proceed[LinkVisit]:
    """① Take the account as typed. Whether it exists is told after ② (LINK-10)."""
    return Proceed(replace(visit, account=form.chosen()))


async def show_chosen_account(visit: LinkVisit, services: LinkServices) -> Mapping[str, Any]:
    """② and ⑤ show the account chosen (LINK-11)."""
    return {"account": must(visit.account)}


async def customer(
    visit: LinkVisit, form: CustomerForm, services: LinkServices
) -> Proceed[LinkVisit] | Again | NotLinkable | Locked:
    """② Match account, birth date and phone against the core (LINK-12 to LINK-18)."""
    typed = form.customer()
    if typed.birth_date > japan_day(services.now):
        return Again((FieldError("birth_year", "date-future"),), "unreadable")
    tries.log_name(services, typed.name_kana)
    if not await tries.may_try(services, visit.client_id):
        return Again(message="link.message.too-many-tries")
    found = await linkable_account(services, must(visit.account))
    if found is None:
        return NotLinkable()

    async def matches() -> bool:
        return _matches(typed, found.holder)

    refused = await tries.judge(services, found, matches)
    if refused is not None:
        return refused
    await tries.was_right(services, visit.client_id)
    return Proceed(with_customer(visit, typed, found.account.id, found.holder.id), raised=True)


async def show_phone(visit: LinkVisit, services: LinkServices) -> Mapping[str, Any]:
    """③ shows the phone typed on ② (LINK-19)."""
    return {"phone": must(visit.customer).phone}


async def phone(visit: LinkVisit, form: EmptyForm, services: LinkServices) -> Proceed[LinkVisit]:
    """③ 電話番号の決定: go on to the call."""
    must(visit.account_id)
    return Proceed(visit)


async def show_call(visit: LinkVisit, services: LinkServices) -> Mapping[str, Any]:
    """④ shows the number to call; the time runs from the first showing (LINK-20, LINK-21).

    Showing it again shows the same attempt, also once its time is over: only starting over draws
    another.
    """
    institution, phone = services.institution, must(visit.customer).phone
    owner = _call_owner(visit, services)
    attempt = await services.ports.call_back.current(services.tx, institution.code, owner)
    if attempt is None:
        settings = institution.api_link
        opening = Opening(
            institution.code, owner, phone, settings.verification_numbers, settings.call_seconds
        )
        attempt = await services.ports.call_back.begin(services.tx, opening, services.now)
    status = await call_status(visit, services)
    return {
        "phone": phone,
        "state": state_of(status),
        "number_shown": _as_published(institution, attempt.shown_number),
        "seconds": institution.api_link.call_seconds,
        "seconds_left": max(0, ceil((attempt.expires_at - services.now).total_seconds())),
        "status_url": f"{services.visit_url}/call/status",
    }


async def call_status(visit: LinkVisit, services: LinkServices) -> Status:
    """④ Tell whether the call has come, for the page that waits (LINK-23); changes nothing."""
    return await services.ports.call_back.status(
        services.tx, services.institution.code, _call_owner(visit, services), services.now
    )


def state_of(status: Status) -> Literal["waiting", "confirmed", "too-late"]:
    """Return how the page of ④ names `status`, when it is shown and when it asks."""
    match status:
        case Waiting():
            return "waiting"
        case Confirmed():
            return "confirmed"
        case TooLate() | Ambiguous():
            return "too-late"
        case _:
            assert_never(status)


async def call(
    visit: LinkVisit, form: EmptyForm, services: LinkServices
) -> Proceed[LinkVisit] | Again | CallTooLate:
    """④ 確定する counts once the call has come, and within the time (LINK-21 to LINK-24)."""
    status = await services.ports.call_back.spend(
        services.tx, services.institution.code, _call_owner(visit, services), services.now
    )
    match status:
        case Confirmed():
            return Proceed(replace(visit, call_confirmed=True), raised=True)
        case Waiting():
            return Again(message="link.message.call-waiting")
        case Ambiguous():
            return CallTooLate(start_over(visit), message="link.message.call-ambiguous")
        case TooLate():
            return CallTooLate(start_over(visit), message="link.message.call-too-late")
        case _:
            assert_never(status)


async def card_pin(
    visit: LinkVisit, form: PinForm, services: LinkServices
) -> Proceed[LinkVisit] | Again | NotLinkable | Locked:
    """⑤ Have the core compare the PIN; failures count together with those of ② (LINK-27)."""
    must(visit.call_confirmed)
    if not await tries.may_try(services, visit.client_id):
        return Again(message="link.message.too-many-tries")
    found = await linkable_account(services, must(visit.account))
    if found is None or found.account.id != visit.account_id:
        return NotLinkable()

    async def pin_is_right() -> bool:
        answer = await services.core.verify_card_pin(
            services.core_call(), found.account.id, form.card_pin
        )
        return isinstance(answer, PinRight)

    refused = await tries.judge(services, found, pin_is_right)
    if refused is not None:
        return refused
    await tries.was_right(services, visit.client_id)
    return Proceed(replace(visit, pin_right=True), raised=True)


async def show_consent(visit: LinkVisit, services: LinkServices) -> Mapping[str, Any]:
    """⑥ shows who asks, for what and for how long (LINK-28)."""
    account = must(visit.account)
    return {**await asked_for(visit, services), "accounts": [_shown(account)]}


async def consent(
    visit: LinkVisit, form: ConsentForm, services: LinkServices
) -> Proceed[LinkVisit] | NotLinkable | Locked | RequestSpent:
    """⑥ 許可する: record the consent, make the code, tell the customer (LINK-29, LINK-30)."""
    must(visit.pin_right)
    found = await linkable_account(services, must(visit.account))
    if found is None or found.account.id != visit.account_id:
        return NotLinkable()
    if await tries.is_locked(services, visit.account_id):
        return Locked(code=LOCKED_BEFORE)
    given = await give_consent(visit, found, services)
    if given is None:
        return RequestSpent()
    return Proceed(replace(visit, return_url=given))


def _call_owner(visit: LinkVisit, services: LinkServices) -> str:
    return f"{services.visit_id}:{visit.turn}"


def _as_published(institution: Institution, number: str) -> str:
    """Return a verification number as the settings write it, with its hyphens."""
    published = institution.api_link.verification_numbers
    return next((each for each in published if only_digits(each) == number), number)


def _shown(account: ChosenAccount) -> Mapping[str, str]:
    return {
        "branch_code": account.branch_code,
        "account_kind": account.kind,
        "account_number": account.number,
    }


def _matches(typed: TypedCustomer, holder: Holder) -> bool:
    """Compare birth date and every phone, whatever came out before (LOCK-02)."""
    birth_right = hmac.compare_digest(str(typed.birth_date), str(holder.birth_date))
    phones_right = [hmac.compare_digest(typed.phone, registered) for registered in holder.phones]
    return birth_right & any(phones_right)
