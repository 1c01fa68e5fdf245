"""The steps of the login, one function per screen, in the order of the screens."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, assert_never, cast, get_args

from madoguchi.customers import Contract, ContractState
from madoguchi.kernel.errors import must
from madoguchi.kernel.journey import Again, Proceed
from madoguchi.retail.entrance.outcomes import LOCKED, STOPPED, Anew, Locked, Stopped, Unasked
from madoguchi.retail.entrance.rules import safe_next
from madoguchi.retail.entrance.visit import EntranceVisit, Why
from madoguchi.retail.ground import RetailServices
from madoguchi.sign_in import (
    AnswerLocked,
    AnswerRight,
    AnswerWrong,
    Began,
    Entered,
    LoginForm,
    LoginLocked,
    LoginStopped,
    PasswordChanged,
    QuestionForm,
    Session,
    TooManyTries,
    WrongLogin,
)

PASSWORD_CHANGED = "entrance.message.password-changed"  # noqa: S105 -- the text's key


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
        case Entered(question_key=None):
            return await _let_in(visit, services, entered)
        case Entered(contract, assessment, question_key, password_set_at):
            asked = replace(
                visit, contract_id=contract.id, assessment=assessment,
                question_key=must(question_key), password_set_at=password_set_at,
            )  # fmt: skip
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
) -> Proceed[EntranceVisit] | Again | Anew | Locked | Stopped:
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


async def _begin_session(
    services: RetailServices, entered: Entered, how: tuple[str, ...]
) -> Session | LoginStopped | PasswordChanged:
    """Begin the session, and have the answer carry its cookie and the device's."""
    began = await services.ports.sign_in.begin_session(
        services.tx, services.institution, entered.contract, how=how,
        env=services.environment, assessment=entered.assessment,
        password_set_at=entered.password_set_at,
        source=services.context.source, now=services.now, reference=services.context.reference,
    )  # fmt: skip
    if not isinstance(began, Began):
        return began
    services.set_session(began.secret)
    services.remember_device(began.session.device_id)
    return began.session


async def _let_in(
    visit: EntranceVisit, services: RetailServices, entered: Entered
) -> Unasked | Again | Stopped:
    match await _begin_session(services, entered, ("password",)):
        case Session(stage=stage):
            return Unasked(replace(visit, stage=stage))
        case PasswordChanged():
            return Again(message=PASSWORD_CHANGED)
        case LoginStopped():
            return Stopped(code=STOPPED)
        case never:
            assert_never(never)


async def _let_in_asked(
    visit: EntranceVisit, services: RetailServices, contract: Contract
) -> Proceed[EntranceVisit] | Anew | Stopped:
    entered = Entered(
        contract, must(visit.assessment), visit.question_key, must(visit.password_set_at)
    )
    match await _begin_session(services, entered, ("password", "question")):
        case Session(stage=stage):
            return Proceed(replace(visit, stage=stage), raised=True)
        case PasswordChanged():
            return Anew(EntranceVisit(next=visit.next), message=PASSWORD_CHANGED)
        case LoginStopped():
            return Stopped(code=STOPPED)
        case never:
            assert_never(never)


def _question(visit: EntranceVisit, services: RetailServices) -> str:
    """Return the question's text; its key where the settings have dropped it since."""
    key = must(visit.question_key)
    asked = (each for each in services.institution.retail.questions if each.key == key)
    found = next(asked, None)
    return found.text.read_in(services.context.language) if found else key
