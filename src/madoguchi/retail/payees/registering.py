"""Registering a payee: found, named, and confirmed as strictly as a transfer (RET-23, RET-24).

A registered payee lowers the fraud score of what is paid to him, so he is not taken on trust.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, assert_never

from madoguchi.kernel.errors import must
from madoguchi.kernel.journey import Again, Proceed
from madoguchi.retail.ground import RetailServices
from madoguchi.retail.payees.forms import NicknameForm
from madoguchi.retail.payees.visit import RegisterVisit
from madoguchi.retail.transfer import (
    Back,
    CodeSentAgain,
    ConfirmForm,
    Locked,
    NotSent,
    Rows,
    judge,
    looked_up_again,
    payee_rows,
    proofs_in,
    send_code,
    signs,
)
from madoguchi.transfers import NicknameUnusable, PayeeRegistered, TooManyPayees

PURPOSE = "payee"
"""What the one-time password is asked for."""


async def begin(
    services: RetailServices, query: Mapping[str, str]
) -> RegisterVisit | tuple[RegisterVisit, str]:
    """Begin with a search; with the payee of a transfer made before, at his nickname."""
    visit = RegisterVisit()
    if "transfer" not in query:
        return visit
    made = await services.ports.transfers.find(
        services.tx, services.institution, services.contract.id, query["transfer"]
    )
    payee = await looked_up_again(services, made.order.payee) if made else None
    return visit if payee is None else (replace(visit, payee=payee), "nickname")


async def show_nickname(visit: RegisterVisit, services: RetailServices) -> Mapping[str, Any]:
    """Show who is going to be kept."""
    return {
        "rows": payee_rows(must(visit.payee), services, services.context.language),
        "may_go_back": bool(visit.bank_code),
        "payee": visit.payee,
        "kept": {"nickname": visit.nickname},
    }


async def nickname(
    visit: RegisterVisit, form: NicknameForm, services: RetailServices
) -> Proceed[RegisterVisit] | Again | Back[RegisterVisit]:
    """Take the nickname, and send the one-time password for exactly this payee."""
    if form.back:
        return Back() if visit.bank_code else Again()
    typed = replace(visit, nickname=form.read("nickname"))
    code = await send_code(services, PURPOSE, _facts(typed, services))
    if isinstance(code, NotSent):
        return code.again()
    return Proceed(replace(typed, code=code, told=""))


async def show_confirm(visit: RegisterVisit, services: RetailServices) -> Mapping[str, Any]:
    """Show everything that is about to be kept."""
    return {
        "rows": _rows(visit, services, services.context.language),
        "code": visit.code,
        "told": visit.told,
    }


async def confirm(
    visit: RegisterVisit, form: ConfirmForm, services: RetailServices
) -> (
    Proceed[RegisterVisit]
    | Again
    | Back[RegisterVisit]
    | CodeSentAgain[RegisterVisit]
    | Locked[RegisterVisit]
):
    """Judge password and code, and keep the payee."""
    if form.back:
        return Back(replace(visit, code=None))
    if form.resend:
        code = await send_code(services, PURPOSE, _facts(visit, services))
        if isinstance(code, NotSent):
            return code.again()
        return CodeSentAgain(replace(visit, code=code, told="code-sent"))
    refused = await judge(services, proofs_in(form), PURPOSE, _facts(visit, services))
    return refused or await _register(visit, services)


async def _register(
    visit: RegisterVisit, services: RetailServices
) -> Proceed[RegisterVisit] | Again:
    outcome = await services.ports.transfers.register_payee(
        services.tx,
        services.institution,
        services.contract.id,
        must(visit.payee),
        visit.nickname,
        signs=signs(services),
        now=services.now,
    )
    match outcome:
        case PayeeRegistered():
            return Proceed(visit)
        case TooManyPayees(most):
            return Again(message="payees.message.too-many", values={"most": str(most)})
        case NicknameUnusable():
            return Again(message="payees.message.nickname")
        case _:
            assert_never(outcome)


def _rows(visit: RegisterVisit, services: RetailServices, language: str) -> Rows:
    label = services.ports.texts("payees.row.nickname", language=language)
    return (*payee_rows(must(visit.payee), services, language), (label, visit.nickname))


def _facts(visit: RegisterVisit, services: RetailServices) -> Rows:
    return _rows(visit, services, services.contract.language)
