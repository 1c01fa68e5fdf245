"""The list of registered payees, and renaming and forgetting one (RET-23)."""

from collections.abc import Mapping
from typing import Any

from starlette.requests import Request

from madoguchi.kernel.journey import Again, FieldError, Proceed
from madoguchi.plumbing.web import EmptyForm
from madoguchi.retail.ground import RetailServices
from madoguchi.retail.payees.forms import RenameForm
from madoguchi.retail.payees.visit import KeptVisit
from madoguchi.retail.transfer import payee_rows, signs
from madoguchi.transfers import PayeeRegistered, RegisteredPayee


async def payees(services: RetailServices, request: Request) -> Mapping[str, Any]:
    """Show the registered payees, by nickname."""
    del request
    return {"view": {"payees": await _all(services)}}


async def begin(services: RetailServices, query: Mapping[str, str]) -> KeptVisit | str:
    """Begin with the payee named; who has no such payee sees his list."""
    kept = await _find(query.get("payee", ""), services)
    return KeptVisit(kept.id) if kept else services.url("payees")


def to_list(visit: KeptVisit, services: RetailServices) -> str:
    """Lead back to the list."""
    del visit
    return services.url("payees")


async def show_kept(visit: KeptVisit, services: RetailServices) -> Mapping[str, Any]:
    """Show the payee; without him (forgotten in another window) there is nothing to be done."""
    kept = await _find(visit.payee_id, services)
    if kept is None:
        return {"kept": {}, "rows": ()}
    rows = payee_rows(kept.payee, services, services.context.language)
    return {"kept": {"nickname": kept.nickname}, "rows": rows}


async def rename(
    visit: KeptVisit, form: RenameForm, services: RetailServices
) -> Proceed[KeptVisit] | Again:
    """Keep the payee under the new nickname."""
    kept = await _find(visit.payee_id, services)
    if kept is None:
        return Again(message="payees.message.gone")
    outcome = await services.ports.transfers.register_payee(
        services.tx,
        services.institution,
        services.contract.id,
        kept.payee,
        form.nickname,
        signs=signs(services),
        now=services.now,
    )
    if isinstance(outcome, PayeeRegistered):
        return Proceed(visit)
    return Again((FieldError("nickname", "transfer.field.nickname-wrong"),), "unreadable")


async def remove(visit: KeptVisit, form: EmptyForm, services: RetailServices) -> Proceed[KeptVisit]:
    """Forget the payee; one that is gone already is gone."""
    del form
    await services.ports.transfers.remove_payee(
        services.tx,
        services.institution,
        services.contract.id,
        visit.payee_id,
        signs=signs(services),
    )
    return Proceed(visit)


async def _find(payee_id: str, services: RetailServices) -> RegisteredPayee | None:
    return next((each for each in await _all(services) if each.id == payee_id), None)


async def _all(services: RetailServices) -> list[RegisteredPayee]:
    return await services.ports.transfers.list_payees(
        services.tx, services.institution, services.contract.id
    )
