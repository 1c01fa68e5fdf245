"""The steps of the limits: see and type them, confirm the change (RET-22)."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from madoguchi.kernel.errors import must
from madoguchi.kernel.journey import Again, FieldError, Proceed
from madoguchi.plumbing.templates.formats import format_yen
from madoguchi.retail.ground import RetailServices
from madoguchi.retail.limits.forms import LimitsForm
from madoguchi.retail.limits.rules import NAMES, problems, raises
from madoguchi.retail.limits.visit import LimitsVisit
from madoguchi.retail.transfer import (
    Back,
    Changed,
    CodeSent,
    CodeSentAgain,
    ConfirmForm,
    Locked,
    NotSent,
    Rows,
    judge,
    proofs_in,
    send_code,
    signs,
)
from madoguchi.transfers import ContractLimits, LimitsRefused

PURPOSE = "limits"
"""What the one-time password is asked for."""


async def begin(services: RetailServices, query: Mapping[str, str]) -> LimitsVisit:
    """Begin with the limits as they are."""
    del services, query
    return LimitsVisit()


async def show_limits(visit: LimitsVisit, services: RetailServices) -> Mapping[str, Any]:
    """Show the limits in force, those that will be, how much is used, and the highest."""
    standing = await _standing(services)
    used_today, used_in_month = await services.ports.transfers.used_of(
        services.tx, services.institution, services.contract.id, services.now
    )
    typed = visit.wanted or standing.later or standing.now
    return {
        "standing": standing,
        "used_today": used_today,
        "used_in_month": used_in_month,
        "names": NAMES,
        "kept": {name: f"{getattr(typed, name):,}" for name in NAMES},
    }


async def limits(
    visit: LimitsVisit, form: LimitsForm, services: RetailServices
) -> Proceed[LimitsVisit] | Again:
    """Take the limits typed; where one goes up, send a one-time password."""
    standing, wanted = await _standing(services), form.limits()
    wrong = problems(wanted, standing.highest)
    if wrong:
        return Again(_errors(wrong, standing, services), "unreadable")
    if wanted == (standing.later or standing.now):
        told = "unchanged-later" if standing.later else "unchanged"
        return Again(message=f"limits.message.{told}")
    typed = replace(
        visit, was=standing.now, later=standing.later, wanted=wanted, code=None, told=""
    )
    code = await _code_for(typed, services)
    return code.again() if isinstance(code, NotSent) else Proceed(replace(typed, code=code))


async def show_confirm(visit: LimitsVisit, services: RetailServices) -> Mapping[str, Any]:
    """Show each limit before and after, and from when on."""
    return {
        "rows": _rows(visit, services, services.context.language),
        "raises": raises(must(visit.was), must(visit.wanted)),
        "code": visit.code,
        "told": visit.told,
    }


async def confirm(
    visit: LimitsVisit, form: ConfirmForm, services: RetailServices
) -> (
    Proceed[LimitsVisit]
    | Again
    | Back[LimitsVisit]
    | CodeSentAgain[LimitsVisit]
    | Changed[LimitsVisit]
    | Locked[LimitsVisit]
):
    """Judge password and, for a raise, the code; then lower at once and raise from tomorrow."""
    if form.back:
        return Back(replace(visit, code=None))
    if form.resend:
        code = await _code_for(visit, services)
        if isinstance(code, NotSent):
            return code.again()
        return CodeSentAgain(replace(visit, code=code, told="code-sent"))
    standing = await _standing(services)
    # changed in another window, or a raise has come into force
    if (standing.now, standing.later) != (visit.was, visit.later):
        return await _changed(visit, standing, services)
    rising = raises(standing.now, must(visit.wanted))
    facts = _facts(visit, services) if rising else None
    refused = await judge(services, proofs_in(form), PURPOSE, facts)
    return refused or await _change(visit, standing, services)


async def show_done(visit: LimitsVisit, services: RetailServices) -> Mapping[str, Any]:
    """Show the limits as they are now."""
    del visit
    return {"standing": await _standing(services), "names": NAMES}


async def _change(
    visit: LimitsVisit, standing: ContractLimits, services: RetailServices
) -> Proceed[LimitsVisit] | Again:
    wanted = must(visit.wanted)
    transfers = services.ports.transfers
    # raising lowers at once what is lower: one change, told in one mail
    change = transfers.raise_limits if raises(standing.now, wanted) else transfers.lower_limits
    outcome = await change(
        services.tx, services.institution, services.contract.id, wanted,
        signs=signs(services), now=services.now,
    )  # fmt: skip
    if isinstance(outcome, LimitsRefused):
        return Again(message="limits.message.refused")
    return Proceed(visit)


async def _changed(
    visit: LimitsVisit, standing: ContractLimits, services: RetailServices
) -> Changed[LimitsVisit]:
    fresh = replace(visit, was=standing.now, later=standing.later, code=None, told="changed")
    code = await _code_for(fresh, services)
    return Changed(replace(fresh, code=None if isinstance(code, NotSent) else code))


async def _code_for(visit: LimitsVisit, services: RetailServices) -> CodeSent | NotSent | None:
    if not raises(must(visit.was), must(visit.wanted)):
        return None
    return await send_code(services, PURPOSE, _facts(visit, services))


async def _standing(services: RetailServices) -> ContractLimits:
    return await services.ports.transfers.limits_of(
        services.tx, services.institution, services.contract.id, services.now
    )


def _errors(
    wrong: Mapping[str, str], standing: ContractLimits, services: RetailServices
) -> tuple[FieldError, ...]:
    def error(name: str, what: str) -> FieldError:
        most = format_yen(getattr(standing.highest, name), services.context.language)
        return FieldError(name, f"limits.field.{what}", {"most": most})

    return tuple(error(name, what) for name, what in wrong.items())


def _facts(visit: LimitsVisit, services: RetailServices) -> Rows:
    return _rows(visit, services, services.contract.language)


def _rows(visit: LimitsVisit, services: RetailServices, language: str) -> Rows:
    was, wanted, texts = must(visit.was), must(visit.wanted), services.ports.texts

    later = visit.later or was

    def row(name: str, before: int, after: int) -> tuple[str, str]:
        change = "raised" if after > before else "lowered"
        if after == before:  # the later wish counts: a raise that waits does not come
            change = "same" if getattr(later, name) == before else "withdrawn"
        amounts = {
            "before": format_yen(before, language),
            "after": format_yen(after, language),
        }
        label = texts(f"limits.row.{name}", language=language)
        return label, texts(f"limits.change.{change}", language=language, **amounts)

    return tuple(row(name, getattr(was, name), getattr(wanted, name)) for name in NAMES)
