"""The steps of the login, one function per screen, in the order of the screens."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, assert_never, cast, get_args

from madoguchi.customers import Contract, ContractState
from madoguchi.kernel.errors import must
from madoguchi.kernel.journey import Again, Proceed
from madoguchi.retail.entrance.forms import LoginForm, QuestionForm
from madoguchi.retail.entrance.outcomes import LOCKED, STOPPED, Locked, Stopped, Unasked
from madoguchi.retail.entrance.rules import safe_next
from madoguchi.retail.entrance.visit import EntranceVisit, Why
from madoguchi.retail.ground import RetailServices
from madoguchi.risk import Assessment
from madoguchi.sign_in import (
    AnswerLocked,
    AnswerRight,
    AnswerWrong,
    Entered,
    LoginLocked,
    LoginStopped,
    Session,
    TooManyTries,
    WrongLogin,
)


async def begin(services: RetailServices, query: Mapping[str, str]) -> EntranceVisit:
    """Begin with where the person came from, as far as it can be believed."""
    asked = query.get("why", "")
    why = cast("Why", asked) if asked in get_args(Why) else ""
    return EntranceVisit(why=why, next=safe_next(query.get("next", ""), services.url("")))


def leads_to(visit: EntranceVisit, services: RetailServices) -> str:
    """Return where the person goes on: the first login, the page he came from, or the top page."""
    if visit.stage == "first-login":
        first_login = services.url("first-login")
        return visit.next if visit.next.startswith(f"{first_login}/") else first_login
    return visit.next or services.url("top")


async def show_login(visit: EntranceVisit, services: RetailServices) -> Mapping[str, Any]:
    """ログイン says why the person is here again, and where registering begins (RET-02)."""
    return {"why": visit.why, "registration_url": services.url("registration")}


async def login(
    visit: EntranceVisit, form: LoginForm, services: RetailServices
) -> Proceed[EntranceVisit] | Again | Unasked | Locked | Stopped:
    """ログイン: judge login ID and password, and the risk of letting in (RET-09, RET-14)."""
    entered = await services.ports.sign_in.enter_password(
        services.tx, services.institution, form.login_id, form.login_password,
        services.environment, services.context.source, services.now,
        reference=services.context.reference,
    )  # fmt: skip
    match entered:
        case Entered(contract, assessment, question_key):
            if question_key is None:
                return await _let_in(visit, services, contract, assessment)
            asked = replace(
                visit, contract_id=contract.id, assessment=assessment, question_key=question_key
            )
            return Proceed(asked, raised=True)
        case WrongLogin():
            return Again(message="entrance.message.wrong")
        case TooManyTries():
            return Again(message="entrance.message.too-many-tries")
        case LoginLocked(until):
            return Locked(replace(visit, locked_until=until), code=LOCKED)
        case LoginStopped():
            return Stopped(code=STOPPED)
        case other:
            assert_never(other)


async def show_question(visit: EntranceVisit, services: RetailServices) -> Mapping[str, Any]:
    """追加認証 shows the question drawn for this login (RET-09)."""
    return {"question": _question(visit, services)}


async def question(
    visit: EntranceVisit, form: QuestionForm, services: RetailServices
) -> Proceed[EntranceVisit] | Again | Locked | Stopped:
    """追加認証: the answer to the one question that is asked (RET-09, RET-14)."""
    contract = await services.ports.customers.find(
        services.tx, services.institution.code, must(visit.contract_id)
    )
    if contract is None or contract.state is ContractState.STOPPED:
        return Stopped(code=STOPPED)
    answered = await services.ports.sign_in.check_answer(
        services.tx, services.institution, contract, must(visit.question_key), form.answer,
        services.now,
    )  # fmt: skip
    match answered:
        case AnswerRight():
            return await _let_in_asked(visit, services, contract)
        case AnswerWrong():
            return Again(message="entrance.message.wrong-answer")
        case AnswerLocked(until):
            return Locked(replace(visit, locked_until=until), code=LOCKED)
        case _:
            assert_never(answered)


async def begin_session_and_cookies(
    services: RetailServices, contract: Contract, assessment: Assessment, how: tuple[str, ...]
) -> Session | LoginStopped:
    """Begin the session, and have the answer carry its cookie and the device's."""
    began = await services.ports.sign_in.begin_session(
        services.tx, services.institution, contract, how=how,
        env=services.environment, assessment=assessment,
        source=services.context.source, now=services.now, reference=services.context.reference,
    )  # fmt: skip
    if isinstance(began, LoginStopped):
        return began
    services.set_session(began.secret)
    services.remember_device(began.session.device_id)
    return began.session


async def _let_in(
    visit: EntranceVisit, services: RetailServices, contract: Contract, assessment: Assessment
) -> Unasked | Stopped:
    begun = await begin_session_and_cookies(services, contract, assessment, ("password",))
    if isinstance(begun, LoginStopped):
        return Stopped(code=STOPPED)
    return Unasked(replace(visit, stage=begun.stage))


async def _let_in_asked(
    visit: EntranceVisit, services: RetailServices, contract: Contract
) -> Proceed[EntranceVisit] | Stopped:
    begun = await begin_session_and_cookies(
        services, contract, must(visit.assessment), ("password", "question")
    )
    if isinstance(begun, LoginStopped):
        return Stopped(code=STOPPED)
    return Proceed(replace(visit, stage=begun.stage), raised=True)


def _question(visit: EntranceVisit, services: RetailServices) -> str:
    """Return the question's text; its key where the settings have dropped it since."""
    key = must(visit.question_key)
    asked = (each for each in services.institution.retail.questions if each.key == key)
    found = next(asked, None)
    return found.text.read_in(services.context.language) if found else key
