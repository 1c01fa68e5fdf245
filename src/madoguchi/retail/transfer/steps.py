"""The steps of a transfer, in the order of its screens; those that find a payee are in `finding`.

A step judges one form. `show_…` beside it puts together what its screen shows.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta
from functools import partial
from typing import Any, assert_never

from madoguchi.kernel.business_days import ONE_DAY, business_day_from, is_business_day
from madoguchi.kernel.clock import japan_day
from madoguchi.kernel.errors import must
from madoguchi.kernel.journey import Again, FieldError, Proceed
from madoguchi.kernel.money import Yen
from madoguchi.retail.ground import RetailServices
from madoguchi.retail.transfer import refusals
from madoguchi.retail.transfer.confirming import NotSent, judge, proofs_in, send_code
from madoguchi.retail.transfer.finding import looked_up_again
from madoguchi.retail.transfer.forms import AmountForm, ConfirmForm, PartiesForm, chosen_day
from madoguchi.retail.transfer.offered import offered, payee_chosen
from madoguchi.retail.transfer.outcomes import (
    Back,
    BackToParties,
    Changed,
    CodeSentAgain,
    Locked,
    PayeeKnown,
)
from madoguchi.retail.transfer.own_accounts import key_of, named, own_accounts, payer
from madoguchi.retail.transfer.rows import facts, rows
from madoguchi.retail.transfer.signs import signs
from madoguchi.retail.transfer.visit import CodeSent, TransferVisit
from madoguchi.transfers import (
    Accepted,
    Order,
    OrderRefused,
    Payer,
    Quote,
    QuoteChanged,
    TransferState,
)

PURPOSE = "transfer"
"""What the one-time password is asked for: one for another purpose is refused."""


async def show_parties(visit: TransferVisit, services: RetailServices) -> Mapping[str, Any]:
    """① shows the accounts to pay from, and whom can be paid without typing (RET-17, RET-23)."""
    accounts = await own_accounts(services)
    return {
        "accounts": accounts,
        "offered": await offered(visit, services, accounts),
        "kept": {"from_account": visit.from_account, "to": visit.to},
    }


async def parties(
    visit: TransferVisit, form: PartiesForm, services: RetailServices
) -> Proceed[TransferVisit] | Again | PayeeKnown[TransferVisit]:
    """① Choose who pays, and whom; a payee known already needs no search."""
    accounts = await own_accounts(services)
    from_account = named(accounts, form.from_account)
    if from_account is None:
        return Again((FieldError("from_account", "choose"),), "unreadable")
    chosen = replace(visit, from_account=form.from_account, to=form.to, quote=None, code=None)
    if form.to == "new":
        return Proceed(replace(chosen, payee=None))
    known = await payee_chosen(chosen, services, accounts)
    if known is None:
        return Again((FieldError("to", "choose"),), "unreadable")
    payee = await looked_up_again(services, known)
    if payee is None:
        return Again((FieldError("to", "transfer.field.payee-gone"),), "unreadable")
    if payee.account_id == from_account.account.account_id:
        return Again((FieldError("to", "transfer.field.same-account"),), "unreadable")
    return PayeeKnown(replace(chosen, payee=payee))


async def show_amount(visit: TransferVisit, services: RetailServices) -> Mapping[str, Any]:
    """⑥ shows the payee, what is in the account, and the days that can be reserved (RET-19)."""
    paying = await payer(services, visit.from_account)
    return {
        "from_account": named(await own_accounts(services), visit.from_account),
        "payee": must(visit.payee),
        "days": reservable_days(services),
        "example": business_day_from(japan_day(services.now) + ONE_DAY),
        "kept": {
            "amount": f"{visit.amount:,}" if visit.amount else "",
            "when": "reserved" if visit.reserved else "today",
            "on": visit.on.isoformat() if visit.on else "",
            "payer_name": visit.payer_name or (paying.name_kana if paying else ""),
        },
    }


async def amount(
    visit: TransferVisit, form: AmountForm, services: RetailServices
) -> (
    Proceed[TransferVisit] | Again | Back[TransferVisit] | BackToParties[TransferVisit]
):  # fmt: skip
    """⑥ Ask what it costs and when it goes, and send the one-time password where one is needed."""
    if form.back:
        return Back() if visit.to == "new" else BackToParties()
    typed = _with_amount(visit, form)
    paying = await payer(services, visit.from_account)
    if paying is None:
        return BackToParties(message="transfer.message.account-gone")
    order = _order(typed, paying)
    quote = await services.ports.transfers.quote(
        services.tx, services.institution, order, services.now
    )
    if isinstance(quote, OrderRefused):
        return refusals.at_field(quote, services.context.language)
    short = await services.ports.transfers.look_at_balance(
        services.core, services.core_call(), quote
    )
    if short is not None:
        return refusals.at_field(short, services.context.language)
    code = await _code_for(quote, services)
    if isinstance(code, NotSent):
        return code.again()
    return Proceed(replace(typed, quote=quote, code=code, told=""))


async def show_confirm(visit: TransferVisit, services: RetailServices) -> Mapping[str, Any]:
    """⑦ shows everything that is about to happen, and what proves the customer (RET-18, RET-20)."""
    quote = must(visit.quote)
    return {
        "quote": quote,
        "rows": rows(quote, services, services.context.language),
        "code": visit.code,
        "told": visit.told,
        "payee": quote.order.payee,
    }


async def confirm(
    visit: TransferVisit, form: ConfirmForm, services: RetailServices
) -> (
    Proceed[TransferVisit]
    | Again
    | Back[TransferVisit]
    | BackToParties[TransferVisit]
    | CodeSentAgain[TransferVisit]
    | Changed[TransferVisit]
    | Locked[TransferVisit]
):
    """⑦ 実行する: judge password and code, write the transfer down once, then move the money."""
    quote = must(visit.quote)
    if form.back:
        return Back(replace(visit, quote=None, code=None))
    if form.resend:
        return await _resend(visit, quote, services)
    if visit.from_account not in map(key_of, services.contract.accounts):
        return BackToParties(message="transfer.message.account-gone")
    bound_to = facts(quote, services) if quote.needs_code else None
    refused = await judge(services, proofs_in(form), PURPOSE, bound_to)
    return refused or await _accept(visit, quote, services)


def reservable_days(services: RetailServices) -> list[date]:
    """Return the business days that a transfer can be reserved for, the next one first."""
    today = japan_day(services.now)
    ahead = range(1, services.institution.transfers.reserve_days + 1)
    return [day for day in (today + timedelta(days=n) for n in ahead) if is_business_day(day)]


async def _accept(
    visit: TransferVisit, quote: Quote, services: RetailServices
) -> Proceed[TransferVisit] | Again | Changed[TransferVisit]:
    """Write the transfer down, once for this visit, and have the money moved after the commit."""
    outcome = await services.ports.transfers.accept(
        services.tx,
        services.institution,
        quote.order,
        quote,
        once=services.visit_id,
        signs=signs(services),
        now=services.now,
    )
    match outcome:
        case Accepted(transfer):
            if transfer.state is TransferState.ACCEPTED:
                execute = services.ports.transfers.execute
                services.afterwards(partial(execute, services.institution.code, transfer.id))
            return Proceed(replace(visit, transfer_id=transfer.id))
        case OrderRefused():
            return refusals.above(outcome, services.context.language)
        case QuoteChanged(fresh):
            return await _changed(visit, fresh, services)
        case _:
            assert_never(outcome)


def _with_amount(visit: TransferVisit, form: AmountForm) -> TransferVisit:
    reserved = form.read("when") == "reserved"
    return replace(
        visit,
        amount=int(form.read("amount")),
        reserved=reserved,
        on=date.fromisoformat(chosen_day(form)) if reserved else None,
        payer_name=form.read("payer_name"),
    )


def _order(visit: TransferVisit, paying: Payer) -> Order:
    return Order(
        payer=paying,
        payee=must(visit.payee),
        amount=Yen(visit.amount),
        on=visit.on,
        payer_name=visit.payer_name,
    )


async def _code_for(quote: Quote, services: RetailServices) -> CodeSent | NotSent | None:
    if not quote.needs_code:
        return None
    return await send_code(services, PURPOSE, facts(quote, services))


async def _resend(
    visit: TransferVisit, quote: Quote, services: RetailServices
) -> CodeSentAgain[TransferVisit] | Again:
    code = await _code_for(quote, services)
    if isinstance(code, NotSent):
        return code.again()
    return CodeSentAgain(replace(visit, code=code, told="code-sent"))


async def _changed(
    visit: TransferVisit, fresh: Quote, services: RetailServices
) -> Changed[TransferVisit]:
    """Show what holds now; the code that was right for the old facts is spent."""
    code = await _code_for(fresh, services)
    sent = None if isinstance(code, NotSent) else code
    return Changed(replace(visit, quote=fresh, code=sent, told="changed"))
