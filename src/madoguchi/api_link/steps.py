"""The steps of the API link, one function per screen, in the order of the screens.

A step judges one form. `show_…` beside it puts together what its screen shows.
"""

import hmac
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

from madoguchi import call_back, consents
from madoguchi.api_link import tries
from madoguchi.api_link.forms import AccountForm, ConsentForm, CustomerForm, EmptyForm, PinForm
from madoguchi.api_link.linkable import linkable_account
from madoguchi.api_link.outcomes import CallTooLate, Locked, NotLinkable, RequestSpent
from madoguchi.api_link.services import LinkServices
from madoguchi.api_link.visit import LinkVisit, TypedCustomer, start_over, with_customer
from madoguchi.core_bank.port import Holder, PinRight
from madoguchi.kernel.errors import must
from madoguchi.kernel.journey import Again, Proceed


async def show_account(visit: LinkVisit, services: LinkServices) -> Mapping[str, Any]:
    """① shows whom the data goes to, and the branch where there is only one (LINK-09, LINK-10)."""
    branches = services.institution.branches
    return {
        "app": await _asking(visit, services),
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
    """② Match branch, kind and number, birth date and phone against the core (LINK-12 to LINK-18)."""
    typed = form.customer()
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
    return Proceed(with_customer(visit, typed, found.account.id, found.holder.id), raised=True)


async def show_phone(visit: LinkVisit, services: LinkServices) -> Mapping[str, Any]:
    """③ shows the phone typed on ② (LINK-19)."""
    return {"phone": must(visit.customer).phone}


async def phone(visit: LinkVisit, form: EmptyForm, services: LinkServices) -> Proceed[LinkVisit]:
    """③ 電話番号の決定: go on to the call."""
    must(visit.account_id)
    return Proceed(visit)


async def show_call(visit: LinkVisit, services: LinkServices) -> Mapping[str, Any]:
    """④ shows the number to call; the time runs from the first showing (LINK-20, LINK-21)."""
    settings = services.institution.api_link
    attempt = await call_back.begin(
        services.tx,
        services.institution.code,
        owner=services.visit_id,
        phone=must(visit.customer).phone,
        numbers=settings.verification_numbers,
        window=timedelta(seconds=settings.call_seconds),
        now=services.now,
        keys=services.ports.keys,
        entropy=services.ports.entropy,
    )
    left = max(0, int((attempt.expires_at - services.now).total_seconds()))
    return {
        "phone": must(visit.customer).phone,
        "number_shown": attempt.number,
        "seconds": settings.call_seconds,
        "seconds_left": left,
        "status_url": f"{services.link_url}/call/status",
    }


async def call(
    visit: LinkVisit, form: EmptyForm, services: LinkServices
) -> Proceed[LinkVisit] | Again | CallTooLate:
    """④ 確定する counts once the call has come, and within the time (LINK-21 to LINK-24)."""
    institution = services.institution.code
    match await call_back.spend(
        services.tx, institution, owner=services.visit_id, now=services.now
    ):
        case call_back.Confirmed():
            return Proceed(replace(visit, call_confirmed=True), raised=True)
        case call_back.Waiting():
            return Again(message="link.message.call-waiting")
        case call_back.Ambiguous():
            return CallTooLate(start_over(visit), message="link.message.call-ambiguous")
        case call_back.TooLate():
            return CallTooLate(start_over(visit), message="link.message.call-too-late")


async def card_pin(
    visit: LinkVisit, form: PinForm, services: LinkServices
) -> Proceed[LinkVisit] | Again | NotLinkable | Locked:
    """⑤ Have the core compare the cash card's PIN; failures count together with those of ② (LINK-27)."""
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
    return Proceed(replace(visit, pin_right=True), raised=True)


async def show_consent(visit: LinkVisit, services: LinkServices) -> Mapping[str, Any]:
    """⑥ shows who asks, for what and for how long (LINK-28)."""
    ...


async def consent(
    visit: LinkVisit, form: ConsentForm, services: LinkServices
) -> Proceed[LinkVisit] | NotLinkable | Locked | RequestSpent:
    """⑥ 許可する: record the consent, answer the app with a code, and tell the customer by mail (LINK-29, LINK-30)."""
    ...


def _matches(typed: TypedCustomer, holder: Holder) -> bool:
    """Compare birth date and every registered phone, all of them whatever came out before (LOCK-02)."""
    birth_right = hmac.compare_digest(str(typed.birth_date), str(holder.birth_date))
    phones_right = [hmac.compare_digest(typed.phone, registered) for registered in holder.phones]
    return birth_right & any(phones_right)
