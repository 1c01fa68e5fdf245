"""The steps of paying a bill, one function per screen, in the order of the screens.

A step judges one form. `show_…` beside it puts together what its screen shows.
"""

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import Any

from madoguchi import rate_limits
from madoguchi.bill_payments import (
    Bill,
    BillOrder,
    BillPayer,
    BillRefused,
    BillSigns,
    PaymentAccepted,
    Why,
)
from madoguchi.kernel.clock import japan_day
from madoguchi.kernel.errors import must
from madoguchi.kernel.journey import Again, FieldError, Proceed
from madoguchi.plumbing.templates.formats import format_yen
from madoguchi.retail.bills.forms import BillForm, NumbersForm
from madoguchi.retail.bills.rows import bill_rows, order_rows
from madoguchi.retail.bills.visit import BillVisit
from madoguchi.retail.ground import RetailServices
from madoguchi.retail.transfer.confirming import NotSent, judge, proofs_in, send_code
from madoguchi.retail.transfer.forms import ConfirmForm
from madoguchi.retail.transfer.outcomes import Back, Changed, CodeSentAgain, Locked
from madoguchi.retail.transfer.own_accounts import key_of, named, own_accounts
from madoguchi.retail.transfer.visit import CodeSent

PURPOSE = "bill"
"""What the one-time password is asked for: one for another purpose is refused."""
LOOK_UPS = 30
LOOK_UPS_SECONDS = 600
"""So often a customer may look bills up: nobody finds other people's by trying."""


async def show_numbers(visit: BillVisit, services: RetailServices) -> Mapping[str, Any]:
    """① shows what was typed before, where the customer comes back."""
    del services
    kept = visit.numbers
    if kept is None:
        return {"kept": {}}
    return {
        "kept": {
            "biller_code": kept.biller_code,
            "payment_number": kept.payment_number,
            "confirmation_number": kept.confirmation_number,
            "category": kept.category,
        }
    }


async def numbers(
    visit: BillVisit, form: NumbersForm, services: RetailServices
) -> Proceed[BillVisit] | Again:
    """① Ask the biller for the bill."""
    limit = rate_limits.Bucket("bill-look-up", services.contract.id, LOOK_UPS, LOOK_UPS_SECONDS)
    turn = await rate_limits.take(
        services.ports.counters, services.institution.code, (limit,), services.now
    )
    if isinstance(turn, rate_limits.Limited):
        return Again(message="bill.message.too-many-look-ups")
    found = await services.ports.bill_payments.look_up(
        services.institution, form.numbers(), services.now
    )
    if isinstance(found, BillRefused):
        return _refused(found, services)
    return Proceed(replace(visit, numbers=form.numbers(), bill=found, code=None, told=""))


async def show_bill(visit: BillVisit, services: RetailServices) -> Mapping[str, Any]:
    """② shows the bill, and the accounts that can pay it."""
    bill, typed = must(visit.bill), must(visit.numbers)
    return {
        "rows": bill_rows(bill, typed, services, services.context.language),
        "payable_until": bill.payable_until,
        "overdue": japan_day(services.now) > bill.due,
        "accounts": await own_accounts(services),
        "kept": {"from_account": visit.from_account},
    }


async def bill(
    visit: BillVisit, form: BillForm, services: RetailServices
) -> Proceed[BillVisit] | Again | Back[BillVisit]:
    """② Choose the account, and have the one-time password sent."""
    if form.back:
        return Back()
    account = named(await own_accounts(services), form.from_account)
    if account is None:
        return Again((FieldError("from_account", "choose"),), "unreadable")
    due = must(visit.bill)
    if account.available < due.amount:
        return Again((FieldError("from_account", "bill.field.not-enough"),), "unreadable")
    left = await services.ports.bill_payments.left_today(
        services.tx, services.institution, services.contract.id, services.now
    )
    if due.amount > left:
        return _refused(BillRefused(Why.OVER_LIMIT, {"left": left}), services)
    chosen = replace(visit, from_account=form.from_account, told="")
    code = await _code_for(chosen, services)
    return code.again() if isinstance(code, NotSent) else Proceed(replace(chosen, code=code))


async def show_confirm(visit: BillVisit, services: RetailServices) -> Mapping[str, Any]:
    """③ shows everything that is about to happen, and what proves the customer."""
    order = _order(visit, services)
    return {
        "rows": _rows(order, services, services.context.language),
        "code": visit.code,
        "told": visit.told,
    }


async def confirm(
    visit: BillVisit, form: ConfirmForm, services: RetailServices
) -> (
    Proceed[BillVisit]
    | Again
    | Back[BillVisit]
    | CodeSentAgain[BillVisit]
    | Changed[BillVisit]
    | Locked[BillVisit]
):
    """③ 払い込む: look once more, judge password and code, write it down once, then pay.

    A bill that is no longer what was shown is shown again before anything is proved or spent.
    """
    if form.back:
        return Back(replace(visit, code=None))
    if form.resend:
        return await _resend(visit, services)
    order = _order(visit, services)
    now = await services.ports.bill_payments.look_up(
        services.institution, order.numbers, services.now
    )
    if isinstance(now, BillRefused):
        return _refused(now, services)
    if now != order.bill:
        return await _changed(visit, now, services)
    facts = _rows(order, services, services.contract.language)
    refused = await judge(services, proofs_in(form), PURPOSE, facts)
    if refused is not None:
        return refused
    return await _accept(visit, order, services)


async def _accept(
    visit: BillVisit, order: BillOrder, services: RetailServices
) -> Proceed[BillVisit] | Again:
    payments = services.ports.bill_payments
    outcome = await payments.accept(
        services.tx,
        services.institution,
        order,
        once=services.visit_id,
        signs=_signs(services),
        now=services.now,
    )
    match outcome:
        case PaymentAccepted(payment):
            services.afterwards(partial(payments.execute, services.institution.code, payment.id))
            return Proceed(replace(visit, payment_id=payment.id, code=None))
        case BillRefused():
            return _refused(outcome, services)


def _order(visit: BillVisit, services: RetailServices) -> BillOrder:
    accounts = services.contract.accounts
    account = must(next((each for each in accounts if key_of(each) == visit.from_account), None))
    payer = BillPayer(
        contract_id=services.contract.id,
        account_id=account.account_id,
        branch_code=account.branch_code,
        kind=account.kind,
        number=account.number,
    )
    return BillOrder(payer=payer, numbers=must(visit.numbers), bill=must(visit.bill))


def _rows(order: BillOrder, services: RetailServices, language: str) -> tuple[tuple[str, str], ...]:
    return order_rows(order.bill, order.numbers, order.payer, services, language)


def _signs(services: RetailServices) -> BillSigns:
    return BillSigns(
        source=services.context.source,
        reference=services.context.reference,
        language=services.contract.language,
        email=services.contract.email or "",
    )


async def _code_for(visit: BillVisit, services: RetailServices) -> CodeSent | NotSent:
    """Have a code sent for what the customer is shown, in the language of its mail."""
    order = _order(visit, services)
    return await send_code(services, PURPOSE, _rows(order, services, services.contract.language))


async def _resend(visit: BillVisit, services: RetailServices) -> CodeSentAgain[BillVisit] | Again:
    code = await _code_for(visit, services)
    if isinstance(code, NotSent):
        return code.again()
    return CodeSentAgain(replace(visit, code=code, told="code-sent"))


async def _changed(visit: BillVisit, now: Bill, services: RetailServices) -> Changed[BillVisit]:
    """Show what the biller asks for now; the code for the old amount is void."""
    fresh = replace(visit, bill=now)
    code = await _code_for(fresh, services)
    sent = None if isinstance(code, NotSent) else code
    return Changed(replace(fresh, code=sent, told="changed"))


def _refused(refused: BillRefused, services: RetailServices) -> Again:
    language = services.context.language
    values = {name: format_yen(amount, language) for name, amount in refused.values.items()}
    return Again(message=f"bill.message.{refused.why}", values=values)
