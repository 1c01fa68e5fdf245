"""The steps of login mode, one function per screen, in the order of the screens."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, assert_never

from madoguchi import clients, sign_in
from madoguchi.api_link.asking import asked_for, asking
from madoguchi.api_link.by_login.forms import AccountsForm
from madoguchi.api_link.by_login.outcomes import (
    LOCKED,
    STOPPED,
    Anew,
    LoginLocked,
    LoginStopped,
    NothingToLink,
    NotReady,
    RequestSpent,
    Unasked,
)
from madoguchi.api_link.by_login.visit import LoginLinkVisit
from madoguchi.api_link.giving import Giving, give, public_id
from madoguchi.api_link.linkable import SortedAccounts, sorted_accounts
from madoguchi.api_link.services import LinkServices
from madoguchi.core_bank.port import Account
from madoguchi.customers import Contract, ContractState
from madoguchi.kernel.errors import must
from madoguchi.kernel.journey import Again, FieldError, Proceed
from madoguchi.sign_in import LoginForm, QuestionForm


async def show_login(visit: LoginLinkVisit, services: LinkServices) -> Mapping[str, Any]:
    """① shows whom the data goes to (LINK-37)."""
    return {"client": await asking(visit, services)}


async def login(
    visit: LoginLinkVisit, form: LoginForm, services: LinkServices
) -> (
    Proceed[LoginLinkVisit]
    | Again
    | Unasked
    | Anew
    | LoginLocked
    | LoginStopped
    | NotReady
    | NothingToLink
):
    """① Judge login ID and password as internet banking does, by the same counts (LINK-40)."""
    entered = await services.ports.sign_in.enter_password(
        services.tx, services.institution, form.login_id, form.login_password,
        services.environment, services.context.source, services.now,
        reference=services.context.reference,
    )  # fmt: skip
    match entered:
        case sign_in.Entered():
            return await _entered(visit, entered, services)
        case sign_in.WrongLogin():
            return Again(message="link.message.login-wrong")
        case sign_in.TooManyTries():
            return Again(message="link.message.too-many-tries")
        case sign_in.LoginLocked():
            return LoginLocked(code=LOCKED)
        case sign_in.LoginStopped():
            return LoginStopped(code=STOPPED)
        case _:
            assert_never(entered)


async def show_question(visit: LoginLinkVisit, services: LinkServices) -> Mapping[str, Any]:
    """② shows the question that was drawn for this login; a failure changes it not."""
    key = must(visit.question_key)
    asked = (each for each in services.institution.retail.questions if each.key == key)
    found = next(asked, None)
    return {"question": found.text.read_in(services.context.language) if found else key}


async def question(
    visit: LoginLinkVisit, form: QuestionForm, services: LinkServices
) -> Proceed[LoginLinkVisit] | Again | Anew | LoginLocked | LoginStopped | NothingToLink:
    """② 追加認証: only where the risk check asks (LINK-38)."""
    contract = await _contract(visit, services)
    if contract is None:
        return LoginStopped(code=STOPPED)
    answered = await services.ports.sign_in.check_answer(
        services.tx, services.institution, contract, must(visit.question_key), form.answer,
        services.now,
    )  # fmt: skip
    match answered:
        case sign_in.AnswerRight():
            pass
        case sign_in.AnswerWrong():
            return Again(message="link.message.answer-wrong")
        case sign_in.AnswerLocked():
            return LoginLocked(code=LOCKED)
        case _:
            assert_never(answered)
    known = replace(visit, how=(*visit.how, "question"))
    entered = await _enter(known, contract, services)
    match entered:
        case Unasked(visit=proved):
            return Proceed(must(proved), raised=True)
        case _:
            return entered


async def show_accounts(visit: LoginLinkVisit, services: LinkServices) -> Mapping[str, Any]:
    """③ shows who asks, for what, for how long, and the accounts to choose from (LINK-39).

    Accounts that cannot be linked are named with the reason (LINK-01): nobody looks for them.
    """
    asked = await asked_for(visit, services)
    found = await _accounts(visit, services)
    return {
        **asked,
        "accounts": [
            {"id": public_id(account, asked["client"], services), **_shown(account)}
            for account in found.linkable
        ],
        "others": [{"why": why, **_shown(account)} for account, why in found.others],
    }


async def accounts(
    visit: LoginLinkVisit, form: AccountsForm, services: LinkServices
) -> Proceed[LoginLinkVisit] | Again | Anew | LoginStopped | NothingToLink | RequestSpent:
    """③ 許可: record the consent to the accounts chosen, make the code, tell the customer."""
    must(visit.entered)
    contract = await _contract(visit, services)
    if contract is None:
        return LoginStopped(code=STOPPED)
    if not await services.ports.sign_in.is_still_set(
        services.tx, contract, sign_in.Secret.LOGIN_PASSWORD, must(visit.password_set_at)
    ):
        return _anew(visit)
    client = await clients.find(services.tx, services.institution.code, visit.client_id)
    if client is None:
        return RequestSpent()
    offered = (await _accounts(visit, services)).linkable
    if not offered:
        return NothingToLink()
    chosen = tuple(
        account for account in offered if public_id(account, client, services) in form.chosen
    )
    if len(chosen) != len(form.chosen):
        return Again((FieldError("accounts", "choose"),), "unreadable")
    giving = Giving(
        request_id=visit.request_id,
        client_id=visit.client_id,
        scopes=visit.scopes,
        holder_id=contract.holder_id,
        accounts=chosen,
        mode="login",
        email=must(contract.email, "the mail address of a contract in use"),
        language=contract.language,
    )
    given = await give(giving, services)
    return RequestSpent() if given is None else Proceed(replace(visit, return_url=given))


async def _entered(
    visit: LoginLinkVisit, entered: sign_in.Entered, services: LinkServices
) -> Proceed[LoginLinkVisit] | Unasked | Anew | LoginStopped | NotReady | NothingToLink:
    """Go on after a right password: to the question, or straight to the accounts (LINK-38)."""
    contract = entered.contract
    if contract.state is not ContractState.ACTIVE:
        return NotReady()
    known = replace(
        visit,
        contract_id=contract.id,
        holder_id=contract.holder_id,
        assessment=entered.assessment,
        question_key=entered.question_key,
        password_set_at=entered.password_set_at,
        how=("password",),
    )
    if entered.question_key is not None:
        return Proceed(known, raised=True)
    return await _enter(known, contract, services)


async def _enter(
    visit: LoginLinkVisit, contract: Contract, services: LinkServices
) -> Unasked | Anew | LoginStopped | NothingToLink:
    """Let in who has proved everything: no session, only this visit (LINK-40)."""
    passed = await services.ports.sign_in.pass_through(
        services.tx, services.institution, contract, how=visit.how, env=services.environment,
        assessment=must(visit.assessment), password_set_at=must(visit.password_set_at),
        source=services.context.source, now=services.now, reference=services.context.reference,
    )  # fmt: skip
    if isinstance(passed, sign_in.LoginStopped):
        return LoginStopped(code=STOPPED)
    if isinstance(passed, sign_in.PasswordChanged):
        return _anew(visit)
    services.remember_device(passed)
    if not (await _accounts(visit, services)).linkable:
        return NothingToLink()
    return Unasked(replace(visit, entered=True))


def _anew(visit: LoginLinkVisit) -> Anew:
    """Lead back to the login with nothing proved but the app's request."""
    asked = (visit.request_id, visit.client_id, visit.scopes, visit.redirect_uri)
    return Anew(LoginLinkVisit(*asked), message="link.message.password-changed")


async def _accounts(visit: LoginLinkVisit, services: LinkServices) -> SortedAccounts:
    """Return the accounts under the contract, as the core has them now."""
    contract = await _contract(visit, services)
    if contract is None:
        return SortedAccounts((), ())
    return await sorted_accounts(
        services, contract.holder_id, {account.account_id for account in contract.accounts}
    )


def _shown(account: Account) -> Mapping[str, str]:
    return {
        "branch_code": account.branch_code,
        "account_kind": account.kind,
        "account_number": account.number,
    }


async def _contract(visit: LoginLinkVisit, services: LinkServices) -> Contract | None:
    """Return the contract, unless it was stopped since the login."""
    found = await services.ports.customers.find(
        services.tx, services.institution.code, visit.contract_id
    )
    return found if found and found.state is ContractState.ACTIVE else None
