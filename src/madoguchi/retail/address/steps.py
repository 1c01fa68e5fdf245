"""The steps of changing an address, one function per screen, in the order of the screens."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from madoguchi import postal_codes
from madoguchi.address_changes import AnotherOpen, Asker, NewAddress, NotOpen
from madoguchi.kernel.errors import must
from madoguchi.kernel.journey import Again, FieldError, Proceed
from madoguchi.kernel.phone import to_e164, to_national
from madoguchi.plumbing.web import EmptyForm
from madoguchi.postal_codes import PostalAddress
from madoguchi.retail.address.forms import AddressForm, PostalCodeForm
from madoguchi.retail.address.outcomes import OneOpen, TooLate
from madoguchi.retail.address.visit import AddressVisit, WithdrawalVisit
from madoguchi.retail.ground import RetailServices
from madoguchi.retail.transfer.confirming import judge, proofs_in
from madoguchi.retail.transfer.forms import ConfirmForm
from madoguchi.retail.transfer.outcomes import Back, Locked

PURPOSE = "address"


async def show_postal_code(visit: AddressVisit, services: RetailServices) -> Mapping[str, Any]:
    """① shows the code typed before, where the customer comes back."""
    del services
    return {"kept": {"postal_code": visit.postal_code} if visit.postal_code else {}}


async def postal_code(
    visit: AddressVisit, form: PostalCodeForm, services: RetailServices
) -> Proceed[AddressVisit] | Again:
    """① Find the place that the code stands for."""
    del services
    if not postal_codes.find(form.postal_code):
        return Again((FieldError("postal_code", "address.field.not-found"),), "unreadable")
    same = form.postal_code == visit.postal_code
    kept = visit if same else replace(visit, area="", rest="")
    return Proceed(replace(kept, postal_code=form.postal_code))


async def show_address(visit: AddressVisit, services: RetailServices) -> Mapping[str, Any]:
    """② shows the places of the code to choose from, and takes the rest."""
    del services
    places = postal_codes.find(visit.postal_code)
    return {
        "postal_code": visit.postal_code,
        "places": [(place_text(place), place.kana) for place in places],
        "kept": {
            "area": visit.area or (place_text(places[0]) if len(places) == 1 else ""),
            "rest": visit.rest,
            "phone": to_national(visit.phone) if visit.phone else "",
        },
    }


async def address(
    visit: AddressVisit, form: AddressForm, services: RetailServices
) -> Proceed[AddressVisit] | Again | Back[AddressVisit]:
    """② Take the address; the place must be one of the code's own."""
    del services
    if form.back:
        return Back()
    places = {place_text(place) for place in postal_codes.find(visit.postal_code)}
    area = form.read("area")
    if area not in places:
        return Again((FieldError("area", "choose"),), "unreadable")
    phone = form.read("phone")
    return Proceed(
        replace(
            visit, area=area, rest=form.read("rest"), phone=must(to_e164(phone)) if phone else ""
        )
    )


async def show_confirm(visit: AddressVisit, services: RetailServices) -> Mapping[str, Any]:
    """③ shows what will be asked for."""
    del services
    return {
        "postal_code": f"{visit.postal_code[:3]}-{visit.postal_code[3:]}",
        "address": f"{visit.area}{visit.rest}",
        "phone": to_national(visit.phone) if visit.phone else "",
    }


async def confirm(
    visit: AddressVisit, form: ConfirmForm, services: RetailServices
) -> (
    Proceed[AddressVisit]
    | Again
    | Back[AddressVisit]
    | Locked[AddressVisit]
    | OneOpen[AddressVisit]
):
    """③ 申し込む: judge the password, and write the request down once."""
    if form.back:
        return Back()
    refused = await judge(services, proofs_in(form), PURPOSE, None)
    if refused is not None:
        return refused
    outcome = await services.ports.address_changes.request(
        services.tx,
        services.institution.code,
        _new_address(visit, services),
        _asker(services),
        once=services.visit_id,
        now=services.now,
    )
    return OneOpen() if isinstance(outcome, AnotherOpen) else Proceed(visit)


async def show_withdraw(visit: WithdrawalVisit, services: RetailServices) -> Mapping[str, Any]:
    """Shows the request that is to be withdrawn."""
    found = await services.ports.address_changes.find(
        services.tx, services.institution.code, services.contract.id, visit.request_id
    )
    return {"request": must(found, "a request of this contract")}


async def withdraw(
    visit: WithdrawalVisit, form: EmptyForm, services: RetailServices
) -> Proceed[WithdrawalVisit] | TooLate[WithdrawalVisit]:
    """取り下げる: possible until staff have decided."""
    del form
    outcome = await services.ports.address_changes.withdraw(
        services.tx, services.institution.code, services.contract.id, visit.request_id, services.now
    )
    return TooLate() if isinstance(outcome, NotOpen) else Proceed(visit)


def place_text(place: PostalAddress) -> str:
    """Return a place as it is shown and kept; with the block and name where one has it alone."""
    return f"{place.text}{place.office}"


def _new_address(visit: AddressVisit, services: RetailServices) -> NewAddress:
    return NewAddress(
        postal_code=visit.postal_code,
        area=visit.area,
        rest=visit.rest,
        phone=visit.phone or None,
        email=services.contract.email or "",
    )


def _asker(services: RetailServices) -> Asker:
    return Asker(
        contract_id=services.contract.id,
        holder_id=services.contract.holder_id,
        language=services.contract.language,
        reference=services.context.reference,
        source=services.context.source,
    )
