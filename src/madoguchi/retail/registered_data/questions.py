"""Changing the three questions of the additional check (RET-28).

Who changes them decides who passes when a login is unusual: so both proofs are asked for.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from madoguchi.kernel.journey import Again, FieldError, Proceed
from madoguchi.plumbing.templates.formats import format_moment
from madoguchi.retail.first_login.forms import QuestionsForm
from madoguchi.retail.ground import RetailServices
from madoguchi.retail.registered_data.visits import QuestionVisit
from madoguchi.retail.transfer import (
    Back,
    CodeSent,
    CodeSentAgain,
    ConfirmForm,
    Facts,
    Locked,
    NotSent,
    judge,
    proofs_in,
    send_code,
)
from madoguchi.sign_in import QuestionAnswer

PURPOSE = "questions"
"""What the one-time password is asked for."""


async def begin(services: RetailServices, query: Mapping[str, str]) -> QuestionVisit:
    """Begin a change."""
    del services, query
    return QuestionVisit()


async def show_questions(visit: QuestionVisit, services: RetailServices) -> Mapping[str, Any]:
    """Offer the institution's questions, with what was typed before."""
    kept: dict[str, str] = {}
    for number, (key, answer) in enumerate(visit.answers, 1):
        kept |= {f"question_{number}": key, f"answer_{number}": answer}
    return {"questions": question_texts(services, services.context.language), "kept": kept}


async def questions(
    visit: QuestionVisit, form: QuestionsForm, services: RetailServices
) -> Proceed[QuestionVisit] | Again:
    """Take three questions with their answers, and mail a one-time password."""
    chosen = form.chosen()
    offered = question_texts(services, services.context.language)
    unknown = [number for number, each in enumerate(chosen, 1) if each.key not in offered]
    if unknown:
        errors = tuple(FieldError(f"question_{number}", "choose") for number in unknown)
        return Again(errors, "unreadable")
    typed = replace(visit, answers=tuple((each.key, each.answer) for each in chosen), told="")
    sent = await _send(typed, services)
    return sent.again() if isinstance(sent, NotSent) else Proceed(replace(typed, code=sent))


async def show_confirm(visit: QuestionVisit, services: RetailServices) -> Mapping[str, Any]:
    """Show the questions with their answers."""
    texts = question_texts(services, services.context.language)
    return {
        "answers": [(texts.get(key, key), answer) for key, answer in visit.answers],
        "code": visit.code,
        "told": visit.told,
    }


async def confirm(
    visit: QuestionVisit, form: ConfirmForm, services: RetailServices
) -> (
    Proceed[QuestionVisit]
    | Again
    | Back[QuestionVisit]
    | CodeSentAgain[QuestionVisit]
    | Locked[QuestionVisit]
):
    """Judge password and code; then keep the questions in place of those before."""
    if form.back:
        return Back(replace(visit, code=None))
    if form.resend:
        sent = await _send(visit, services)
        if isinstance(sent, NotSent):
            return sent.again()
        return CodeSentAgain(replace(visit, code=sent, told="code-sent"))
    refused = await judge(services, proofs_in(form), PURPOSE, _facts(visit, services))
    if refused is not None:
        return refused
    given = [QuestionAnswer(key, answer) for key, answer in visit.answers]
    contract, now = services.contract, services.now
    await services.ports.customers.find_locked(
        services.tx, services.institution.code, contract.id
    )  # of two changes at once the later one stays, whole
    await services.ports.sign_in.set_questions(services.tx, contract, given, now)
    values = {"at": format_moment(now, contract.language)}
    await services.notify("questions-changed", f"questions-changed:{services.visit_id}", values)
    return Proceed(QuestionVisit())


def question_texts(services: RetailServices, language: str) -> dict[str, str]:
    """Return the institution's questions by their keys."""
    asked = services.institution.retail.questions
    return {each.key: each.text.read_in(language) for each in asked}


async def _send(visit: QuestionVisit, services: RetailServices) -> CodeSent | NotSent:
    return await send_code(services, PURPOSE, _facts(visit, services))


def _facts(visit: QuestionVisit, services: RetailServices) -> Facts:
    """Return the questions without their answers: this is mailed."""
    language, label = services.contract.language, services.ports.texts
    texts = question_texts(services, language)
    return tuple(
        (label("first-login.field.question", language=language, number=number), texts.get(key, key))
        for number, (key, _) in enumerate(visit.answers, 1)
    )
