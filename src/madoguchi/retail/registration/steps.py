"""The steps of the registration, one function per screen, in the order of the screens."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, assert_never

from madoguchi.customers import Contract, ContractState, LoginIdTaken, NotProvisional
from madoguchi.kernel.errors import must
from madoguchi.kernel.journey import Again, FieldError, Proceed
from madoguchi.retail.ground import RetailServices
from madoguchi.retail.registration import tries
from madoguchi.retail.registration.forms import CustomerDataForm, LoginIdForm
from madoguchi.retail.registration.outcomes import LOCKED, Locked, NotRegistrable
from madoguchi.retail.registration.rules import login_id_problem
from madoguchi.retail.registration.visit import RegistrationVisit


async def begin(services: RetailServices, query: Mapping[str, str]) -> RegistrationVisit:
    """Begin with nothing proved."""
    del services, query
    return RegistrationVisit()


async def customer_data(
    visit: RegistrationVisit, form: CustomerDataForm, services: RetailServices
) -> Proceed[RegistrationVisit] | Again | Locked:
    """ログインID取得(お客様情報入力): match the contract card and the posted passwords (RET-03)."""
    match await tries.judge(services, form):
        case tries.Right(contract):
            return Proceed(RegistrationVisit(contract.id), raised=True)
        case tries.Wrong():
            return Again(message="registration.message.wrong")
        case tries.TooOld():
            return Again(message="registration.message.too-old")
        case tries.Busy():
            return Again(message="registration.message.too-many-tries")
        case tries.LockedNow(until):
            return Locked(replace(visit, locked_until=until), code=LOCKED)
        case other:
            assert_never(other)


async def show_login_id(visit: RegistrationVisit, services: RetailServices) -> Mapping[str, Any]:
    """登録情報入力 says what an ID must be like (RET-04)."""
    must(visit.contract_id)
    settings = services.institution.retail
    return {
        "shortest": settings.login_id_shortest,
        "longest": settings.login_id_longest,
        "both_kinds": settings.login_id_both_kinds,
    }


async def login_id(
    visit: RegistrationVisit, form: LoginIdForm, services: RetailServices
) -> Proceed[RegistrationVisit] | Again | NotRegistrable:
    """ログインID取得(登録情報入力): give the contract its login ID (RET-04)."""
    settings = services.institution.retail
    problem = login_id_problem(settings, form.login_id)
    if problem is not None:
        lengths = {
            "shortest": str(settings.login_id_shortest),
            "longest": str(settings.login_id_longest),
        }
        return _wrong_id(problem, lengths)
    if not await tries.may_choose(services, must(visit.contract_id)):
        return Again(message="registration.message.too-many-tries")
    contract = await services.ports.customers.find(
        services.tx, services.institution.code, must(visit.contract_id)
    )
    chosen = await services.ports.customers.choose_login_id(
        services.tx, must(contract, "the contract proved"), form.login_id, services.now
    )
    match chosen:
        case Contract(state=ContractState.FIRST_LOGIN):
            return Proceed(replace(visit, login_id=must(chosen.login_id)))
        case LoginIdTaken():
            return _wrong_id("registration.error.id-taken", {})
        case Contract() | NotProvisional():
            return NotRegistrable()
        case _:
            assert_never(chosen)


def _wrong_id(code: str, values: Mapping[str, str]) -> Again:
    return Again((FieldError("login_id", code, values),), "unreadable")
