"""The steps of the first login, one function per screen, in the order of the screens.

Questions and passwords are kept as soon as their screens are done; the data with the last check.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, assert_never

from madoguchi.customers import ContactData, Contract, ContractState, Language
from madoguchi.kernel.errors import must
from madoguchi.kernel.journey import Again, FieldError, Proceed
from madoguchi.one_time_passwords import masked_address
from madoguchi.plumbing.templates.formats import format_moment
from madoguchi.plumbing.web import EmptyForm
from madoguchi.retail.first_login.forms import CheckForm, DataForm, PasswordsForm, QuestionsForm
from madoguchi.retail.first_login.outcomes import LOCKED, Correct, Finished, Locked, NewByPost
from madoguchi.retail.first_login.passwords import change_passwords
from madoguchi.retail.first_login.visit import FirstLoginVisit, TypedData
from madoguchi.retail.ground import RetailServices
from madoguchi.retail.ground.services import SignedIn
from madoguchi.retail.passwords import rules_shown
from madoguchi.sign_in import Secret, SecretLocked, SecretRight, SecretWrong

NEW_BY_POST = "first-login.message.new-by-post"


async def begin(
    services: RetailServices, query: Mapping[str, str]
) -> tuple[FirstLoginVisit, str] | str:
    """Go on where it broke off; who has finished goes on to the top page (RET-06)."""
    del query
    contract = services.contract
    if contract.state is not ContractState.FIRST_LOGIN:
        await _raise_session(services)
        return services.url("top")
    if not contract.questions_done:
        return FirstLoginVisit(), "questions"
    return FirstLoginVisit(), "data" if contract.passwords_done else "passwords"


def leads_to(visit: FirstLoginVisit, services: RetailServices) -> str:
    """Return where 次へ of the last screen leads: the top page."""
    del visit
    return services.url("top")


async def show_questions(visit: FirstLoginVisit, services: RetailServices) -> Mapping[str, Any]:
    """(1) 追加認証登録 offers the institution's questions."""
    del visit
    return {"questions": _offered(services)}


async def questions(
    visit: FirstLoginVisit, form: QuestionsForm, services: RetailServices
) -> Proceed[FirstLoginVisit] | Again | Finished:
    """(1) 追加認証登録: keep three questions with their answers."""
    if (await _held(services)).state is not ContractState.FIRST_LOGIN:
        return Finished()
    chosen, offered = form.chosen(), _offered(services)
    unknown = [number for number, each in enumerate(chosen, 1) if each.key not in offered]
    if unknown:
        errors = tuple(FieldError(f"question_{number}", "choose") for number in unknown)
        return Again(errors, "unreadable")
    tx, now, ports = services.tx, services.now, services.ports
    await ports.sign_in.set_questions(tx, services.contract, chosen, now)
    await ports.customers.note_step(tx, services.contract, "questions", now)
    return Proceed(replace(visit, answers=tuple((each.key, each.answer) for each in chosen)))


async def show_passwords(visit: FirstLoginVisit, services: RetailServices) -> Mapping[str, Any]:
    """(2) パスワード変更 says what a password must be like (RET-07)."""
    del visit
    return rules_shown(services.institution)


async def passwords(
    visit: FirstLoginVisit, form: PasswordsForm, services: RetailServices
) -> Proceed[FirstLoginVisit] | Again | Finished | Locked:
    """(2) パスワード変更: replace the passwords that went by post (RET-07)."""
    if (await _held(services)).state is not ContractState.FIRST_LOGIN:
        return Finished()
    refused = await change_passwords(services, form)
    match refused:
        case None:
            await services.ports.customers.note_step(
                services.tx, services.contract, "passwords", services.now
            )
            return Proceed(visit)
        case SecretLocked(until):
            return Locked(replace(visit, locked_until=until), code=LOCKED)
        case errors:
            return Again(errors, "unreadable")


async def show_data(visit: FirstLoginVisit, services: RetailServices) -> Mapping[str, Any]:
    """(3) お客様情報入力, with what was typed before where it is to be corrected."""
    del services
    known = visit.data
    if known is None:
        return {"known": {}}
    return {
        "known": {
            "email": known.email,
            "email_again": known.email,
            "dm_wanted": "yes" if known.dm_wanted else "no",
            "contact_phone": known.contact_phone,
        }
    }


async def data(
    visit: FirstLoginVisit, form: DataForm, services: RetailServices
) -> Proceed[FirstLoginVisit] | Finished | NewByPost:
    """(3) お客様情報入力: nothing is registered before it was checked."""
    elsewhere = await _elsewhere(services)
    if elsewhere is not None:
        return elsewhere
    typed = TypedData(form.email, form.contact_phone, form.dm_wanted == "yes")
    return Proceed(replace(visit, data=typed))


async def show_check(visit: FirstLoginVisit, services: RetailServices) -> Mapping[str, Any]:
    """(4) 入力内容確認 shows what was typed."""
    return {
        "data": must(visit.data),
        "login_id": services.contract.login_id,
        **await _registered(visit, services),
    }


async def check(
    visit: FirstLoginVisit, form: CheckForm, services: RetailServices
) -> Proceed[FirstLoginVisit] | Again | Correct | Finished | Locked | NewByPost:
    """(4) 登録を確定する: with the confirmation password the contract is in use."""
    elsewhere = await _elsewhere(services)
    if elsewhere is not None:
        return elsewhere
    if form.correct:
        return Correct()
    if not form.confirmation_password:
        return Again((FieldError("confirmation_password", "required"),), "incomplete")
    checked = await services.ports.sign_in.check_secret(
        services.tx, services.institution, services.contract, Secret.CONFIRMATION_PASSWORD,
        form.confirmation_password, services.now,
    )  # fmt: skip
    match checked:
        case SecretRight():
            await _register(services, must(visit.data))
            return Proceed(visit)
        case SecretWrong():
            wrong = FieldError("confirmation_password", "first-login.error.confirmation-wrong")
            return Again((wrong,), "unreadable")
        case SecretLocked(until):
            return Locked(replace(visit, locked_until=until), code=LOCKED)
        case _:
            assert_never(checked)


async def show_done(visit: FirstLoginVisit, services: RetailServices) -> Mapping[str, Any]:
    """(5) 登録完了 shows all; answers from this visit only, for they are readable nowhere else."""
    contract = services.contract
    return {
        "login_id": contract.login_id,
        "email": contract.email,
        "contact_phone": contract.contact_phone,
        "dm_wanted": contract.dm_wanted,
        **await _registered(visit, services),
    }


async def done(
    visit: FirstLoginVisit, form: EmptyForm, services: RetailServices
) -> Proceed[FirstLoginVisit] | NewByPost:
    """(5) 次へ: the session reaches all of internet banking from here on (SEC-01)."""
    del form
    if (await _held(services)).state is not ContractState.ACTIVE:
        return NewByPost(message=NEW_BY_POST)
    await _raise_session(services)
    return Proceed(replace(visit, answers=()))


async def _registered(visit: FirstLoginVisit, services: RetailServices) -> Mapping[str, Any]:
    """Return the questions that are registered, and the answers where this visit has them."""
    texts, sign_in = _offered(services), services.ports.sign_in
    keys = await sign_in.question_keys(services.tx, services.contract)
    return {
        "questions": tuple(texts.get(key, key) for key in keys),
        "answers": tuple((texts.get(key, key), answer) for key, answer in visit.answers),
    }


async def _register(services: RetailServices, typed: TypedData) -> None:
    """Finish the first login, and mail that it is finished to the address typed.

    The language of these screens is that of his mails from now on (UI-02). After new passwords by
    post there was an address before: it hears of another one (RET-28).
    """
    before = services.contract.email
    contact = ContactData(typed.email, typed.contact_phone or None, typed.dm_wanted)
    finished = await services.ports.customers.finish_first_login(
        services.tx, services.contract, contact, services.now
    )
    finished = await _in_language_of_screens(services, finished)
    services = replace(services, person=SignedIn(services.session, finished))
    at = format_moment(services.now, finished.language)
    await services.notify(
        "first-login-completed",
        f"first-login-completed:{services.visit_id}",
        {"at": at},
        to=typed.email,
    )
    if before and before != finished.email:
        values = {"at": at, "email": masked_address(typed.email)}
        key = f"email-changed-old:{services.visit_id}"
        await services.notify("email-changed-old", key, values, to=before)


async def _in_language_of_screens(services: RetailServices, contract: Contract) -> Contract:
    language: Language = "en" if services.context.language == "en" else "ja"
    if language == contract.language:
        return contract
    return await services.ports.customers.change_language(
        services.tx, contract, language, by=contract.id, now=services.now
    )


async def _raise_session(services: RetailServices) -> None:
    secret = await services.ports.sign_in.renew_session(
        services.tx, services.session, services.now, stage="full"
    )
    services.set_session(secret)


async def _elsewhere(services: RetailServices) -> Finished | NewByPost | None:
    """Return what happened to the contract elsewhere that leads away from here, or None.

    Another window may have finished the first login, or staff sent new passwords by post.
    """
    held = await _held(services)
    if held.state is not ContractState.FIRST_LOGIN:
        return Finished()
    return None if held.passwords_done else NewByPost(message=NEW_BY_POST)


async def _held(services: RetailServices) -> Contract:
    """Return the contract as it stands, held against changes until the transaction ends."""
    held = await services.ports.customers.find_locked(
        services.tx, services.institution.code, services.contract.id
    )
    return must(held, "the contract of a session")


def _offered(services: RetailServices) -> dict[str, str]:
    """Return the questions by their keys, in the language of the page."""
    language = services.context.language
    questions = services.institution.retail.questions
    return {each.key: each.text.read_in(language) for each in questions}
