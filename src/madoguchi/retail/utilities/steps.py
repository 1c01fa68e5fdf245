"""The steps of applying for a direct debit, one function per screen, in their order."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from madoguchi.core_bank.port import AccountKind
from madoguchi.direct_debits import (
    SENT_AFTER,
    AnotherLive,
    Applicant,
    DebitAccount,
    NewApplication,
)
from madoguchi.direct_debits import TooLate as SentAlready
from madoguchi.kernel.errors import must
from madoguchi.kernel.journey import Again, FieldError, Proceed
from madoguchi.plumbing.web import EmptyForm
from madoguchi.retail.ground import RetailServices
from madoguchi.retail.transfer.confirming import judge, proofs_in
from madoguchi.retail.transfer.forms import ConfirmForm
from madoguchi.retail.transfer.outcomes import Back, Locked
from madoguchi.retail.transfer.own_accounts import OwnAccount, key_of, named, own_accounts
from madoguchi.retail.utilities.companies import company_of, offered
from madoguchi.retail.utilities.forms import CompanyForm, DetailsForm
from madoguchi.retail.utilities.outcomes import AskedAlready, TooLate
from madoguchi.retail.utilities.rows import wanted_rows
from madoguchi.retail.utilities.visit import UtilityVisit, WithdrawalVisit

PURPOSE = "utility"
DEBITABLE_KINDS = (AccountKind.ORDINARY, AccountKind.CURRENT)
WITHDRAWN_WITHIN_MINUTES = int(SENT_AFTER.total_seconds()) // 60


async def show_company(visit: UtilityVisit, services: RetailServices) -> Mapping[str, Any]:
    """① shows the companies, by kind."""
    kept = {"company": visit.company} if visit.company else {}
    return {"companies": offered(services), "kept": kept}


async def company(
    visit: UtilityVisit, form: CompanyForm, services: RetailServices
) -> Proceed[UtilityVisit] | Again:
    """① Choose the company."""
    if form.company not in {each.code for each in offered(services)}:
        return Again((FieldError("company", "choose"),), "unreadable")
    same = form.company == visit.company
    kept = visit if same else replace(visit, customer_number="")
    return Proceed(replace(kept, company=form.company))


async def show_details(visit: UtilityVisit, services: RetailServices) -> Mapping[str, Any]:
    """② shows what the company's number looks like, and the accounts."""
    holder = await services.core.holder(services.core_call(), services.contract.holder_id)
    name = visit.contractor_kana or (holder.name_kana if holder else "")
    return {
        "company": must(company_of(services.institution, visit.company)),
        "accounts": await _debitable(services),
        "kept": {
            "customer_number": visit.customer_number,
            "contractor_kana": name,
            "from_account": visit.from_account,
        },
    }


async def details(
    visit: UtilityVisit, form: DetailsForm, services: RetailServices
) -> Proceed[UtilityVisit] | Again | Back[UtilityVisit]:
    """② Take number, name and account; the number has as many digits as the company's have."""
    if form.back:
        return Back()
    company = must(company_of(services.institution, visit.company))
    number = form.read("customer_number")
    if len(number) != company.digits:
        wrong = FieldError(
            "customer_number", "utility.field.digits-exactly", {"digits": str(company.digits)}
        )
        return Again((wrong,), "unreadable")
    if named(await _debitable(services), form.from_account) is None:
        return Again((FieldError("from_account", "choose"),), "unreadable")
    live = await services.ports.direct_debits.is_live(
        services.tx, services.institution.code, company.code, number
    )
    if live:
        return Again((FieldError("customer_number", "utility.field.asked-already"),), "unreadable")
    return Proceed(
        replace(
            visit,
            customer_number=number,
            contractor_kana=form.read("contractor_kana"),
            from_account=form.from_account,
        )
    )


async def show_confirm(visit: UtilityVisit, services: RetailServices) -> Mapping[str, Any]:
    """③ shows what will be applied for."""
    return {
        "rows": wanted_rows(_wanted(visit, services), services, services.context.language),
        "minutes": WITHDRAWN_WITHIN_MINUTES,
    }


async def confirm(
    visit: UtilityVisit, form: ConfirmForm, services: RetailServices
) -> (
    Proceed[UtilityVisit]
    | Again
    | Back[UtilityVisit]
    | Locked[UtilityVisit]
    | AskedAlready[UtilityVisit]
):
    """③ 申し込む: judge the password, and write the application down once."""
    if form.back:
        return Back()
    refused = await judge(services, proofs_in(form), PURPOSE, None)
    if refused is not None:
        return refused
    outcome = await services.ports.direct_debits.apply(
        services.tx,
        services.institution.code,
        _wanted(visit, services),
        _applicant(services),
        once=services.visit_id,
        now=services.now,
    )
    if isinstance(outcome, AnotherLive):
        return AskedAlready(message="utility.message.asked-already")
    return Proceed(visit)


async def show_done(visit: UtilityVisit, services: RetailServices) -> Mapping[str, Any]:
    """Shows how long the application can be withdrawn."""
    del visit, services
    return {"minutes": WITHDRAWN_WITHIN_MINUTES}


async def show_withdraw(visit: WithdrawalVisit, services: RetailServices) -> Mapping[str, Any]:
    """Shows the application that is to be withdrawn."""
    found = must(
        await services.ports.direct_debits.find(
            services.tx, services.institution.code, services.contract.id, visit.application_id
        )
    )
    wanted = NewApplication(
        company_code=found.company_code,
        customer_number=found.customer_number,
        contractor_kana=found.contractor_kana,
        account=found.account,
    )
    return {"rows": wanted_rows(wanted, services, services.context.language)}


async def withdraw(
    visit: WithdrawalVisit, form: EmptyForm, services: RetailServices
) -> Proceed[WithdrawalVisit] | TooLate[WithdrawalVisit]:
    """取り下げる: possible until the application goes out."""
    del form
    outcome = await services.ports.direct_debits.withdraw(
        services.tx,
        services.institution.code,
        services.contract.id,
        visit.application_id,
        services.now,
    )
    return TooLate() if isinstance(outcome, SentAlready) else Proceed(visit)


async def _debitable(services: RetailServices) -> list[OwnAccount]:
    """Return the accounts that can be debited: a savings account (貯蓄) never can."""
    found = await own_accounts(services)
    return [each for each in found if each.account.kind in DEBITABLE_KINDS]


def _wanted(visit: UtilityVisit, services: RetailServices) -> NewApplication:
    accounts = services.contract.accounts
    account = must(next((each for each in accounts if key_of(each) == visit.from_account), None))
    return NewApplication(
        company_code=visit.company,
        customer_number=visit.customer_number,
        contractor_kana=visit.contractor_kana,
        account=DebitAccount(
            account_id=account.account_id,
            branch_code=account.branch_code,
            kind=account.kind,
            number=account.number,
        ),
    )


def _applicant(services: RetailServices) -> Applicant:
    return Applicant(
        contract_id=services.contract.id,
        email=services.contract.email or "",
        language=services.contract.language,
        reference=services.context.reference,
        source=services.context.source,
    )
