"""The three questions and their answers (RET-06, RET-09)."""

from collections.abc import Sequence
from datetime import datetime
from typing import assert_never

from madoguchi import lockout
from madoguchi.customers import Contract
from madoguchi.institutions import Institution
from madoguchi.kernel.errors import must
from madoguchi.operations_log import Entry
from madoguchi.plumbing.database import Tx
from madoguchi.sign_in import locks, store
from madoguchi.sign_in.events import SignInEvent
from madoguchi.sign_in.model import QuestionAnswer
from madoguchi.sign_in.outcomes import AnswerLocked, AnswerRight, AnswerWrong
from madoguchi.sign_in.ports import SignInPorts
from madoguchi.sign_in.rules import answer_problem, normal_answer

QUESTIONS = 3


async def set_questions(
    ports: SignInPorts, tx: Tx, contract: Contract, answers: Sequence[QuestionAnswer], now: datetime
) -> None:
    """Keep three different questions with their answers, in place of those before."""
    must(len(answers) == len({each.key for each in answers}) == QUESTIONS, "three questions")
    must(not any(answer_problem(each.answer) for each in answers), "three answers in their form")
    records = [await _record(ports, contract, each) for each in answers]
    rows: list[tuple[object, ...]] = [
        (contract.institution, contract.id, each.key, position, record, now)
        for position, (each, record) in enumerate(zip(answers, records, strict=True))
    ]
    await tx.execute(store.DROP_ANSWERS, contract.institution, contract.id)
    await tx.execute_many(store.ADD_ANSWER, rows)
    _log(ports, tx, contract, SignInEvent.QUESTIONS_SET)


async def question_keys(tx: Tx, contract: Contract) -> tuple[str, ...]:
    """Return the keys of the customer's questions, in his order; none before he chose."""
    return tuple(await tx.value(store.QUESTION_KEYS, contract.institution, contract.id) or ())


async def check(
    ports: SignInPorts, tx: Tx, institution: Institution, contract: Contract, key: str, typed: str,
    now: datetime,
) -> AnswerRight | AnswerWrong | AnswerLocked:  # fmt: skip
    """Count a try, then compare. All questions share one count."""
    tried = locks.tried_by(contract, locks.Locks.QUESTION)
    counted = await locks.count(ports, tx, institution, tried, now)
    if isinstance(counted, lockout.Locked):
        _log(ports, tx, contract, SignInEvent.QUESTION, "locked")
        return AnswerLocked(counted.until)
    if await locks.compared(ports, counted, _matches(ports, tx, contract, key, typed)):
        await locks.was_right(ports, counted, now)
        _log(ports, tx, contract, SignInEvent.QUESTION)
        return AnswerRight()
    _log(ports, tx, contract, SignInEvent.QUESTION, "wrong")
    match await locks.was_wrong(ports, tx, institution, tried, counted, now):
        case lockout.NowLocked(until):
            return AnswerLocked(until)
        case lockout.StillAllowed():
            return AnswerWrong()
        case never:
            assert_never(never)


async def _matches(ports: SignInPorts, tx: Tx, contract: Contract, key: str, typed: str) -> bool:
    owner = (contract.institution, contract.id, key)
    record = await tx.value(store.FIND_ANSWER, *owner)
    checked = await ports.hasher.check(record, normal_answer(typed), _made_for(contract, key))
    if checked.upgraded is not None:
        await tx.execute(store.UPGRADE_ANSWER, *owner, record, checked.upgraded)
    return checked.right


async def _record(ports: SignInPorts, contract: Contract, given: QuestionAnswer) -> str:
    return await ports.hasher.hash(normal_answer(given.answer), _made_for(contract, given.key))


def _made_for(contract: Contract, key: str) -> tuple[str, ...]:
    return contract.institution, contract.id, f"answer:{key}"


def _log(
    ports: SignInPorts, tx: Tx, contract: Contract, event: SignInEvent, refusal: str = ""
) -> None:
    entry = Entry(
        contract.institution, event, "refused" if refusal else "done",
        subject=contract.id, reason=refusal,
    )  # fmt: skip
    ports.log.append(tx, entry)
