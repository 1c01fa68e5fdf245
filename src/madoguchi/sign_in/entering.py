"""Judging a login ID with its password, and the risk of letting in (RET-09, RET-14, LOCK-02).

Whether the ID exists shows in nothing: for one that nobody has the same statements run, the same
hash is computed, and the same lock comes. A contract that is stopped is only told to who knows the
password.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import assert_never

from madoguchi import lockout, rate_limits, risk
from madoguchi.customers import Contract, ContractState
from madoguchi.institutions import Institution
from madoguchi.kernel.entropy import new_id
from madoguchi.kernel.network import network_of
from madoguchi.operations_log import Entry, harmless
from madoguchi.plumbing.database import Tx
from madoguchi.risk import Assessment, Environment, Reason
from madoguchi.sign_in import answers, locks, logins, secrets
from madoguchi.sign_in.events import SignInEvent
from madoguchi.sign_in.model import Entered, Secret
from madoguchi.sign_in.outcomes import LoginLocked, LoginStopped, TooManyTries, WrongLogin
from madoguchi.sign_in.ports import SignInPorts

HOW = ("password",)
SEVERAL = 3
"""At this try, two wrong ones came just before: that is unusual (RET-14)."""


@dataclass(frozen=True)
class Entering:
    """One try to enter: the ports, the request's transaction, from where, when."""

    ports: SignInPorts
    tx: Tx
    institution: Institution
    env: Environment
    source: str
    reference: str
    now: datetime


async def enter_password(
    entering: Entering, login_id: str, password: str
) -> Entered | WrongLogin | LoginLocked | LoginStopped | TooManyTries:
    """Limit by address, count, compare, then judge the risk."""
    ports, tx, institution, now = entering.ports, entering.tx, entering.institution, entering.now
    if ports.hasher.is_busy or not await _may_try(entering):
        return TooManyTries()
    # what is no text to the database is nobody's login ID either
    typed_id = harmless(login_id)
    contract = await ports.customers.find_by_login_id(tx, institution.code, typed_id)
    tried = (
        locks.tried_by(contract, locks.Locks.LOGIN_PASSWORD)
        if contract
        else locks.tried_by_nobody(ports, institution.code, typed_id)
    )
    counted = await locks.count(ports, tx, institution, tried, now)
    if isinstance(counted, lockout.Locked):
        _log(entering, SignInEvent.PASSWORD, tried.subject, "locked")
        return LoginLocked(counted.until)
    comparison = secrets.compare(
        ports, tx, institution.code, tried.contract_id, Secret.LOGIN_PASSWORD, password, now
    )
    set_at = await locks.compared(ports, counted, comparison)
    if contract is None or set_at is None:
        return await _was_wrong(entering, tried, counted)
    await locks.was_right(ports, counted, now)
    await rate_limits.give_back(ports.counters, institution.code, [_bucket(entering)], now)
    _log(entering, SignInEvent.PASSWORD, contract.id)
    return await _judge_risk(entering, contract, set_at, tries=counted.number)


async def _was_wrong(
    entering: Entering, tried: locks.Tried, counted: lockout.Allowed
) -> WrongLogin | LoginLocked:
    ports, tx, institution, now = entering.ports, entering.tx, entering.institution, entering.now
    place = (tx, institution.code, tried.contract_id)
    await logins.note(ports, *place, how=HOW, env=entering.env, result="wrong", now=now)
    _log(entering, SignInEvent.PASSWORD, tried.subject, "wrong")
    match await locks.was_wrong(ports, tx, institution, tried, counted, now):
        case lockout.NowLocked(until):
            return LoginLocked(until)
        case lockout.StillAllowed():
            return WrongLogin()
        case never:
            assert_never(never)


async def _judge_risk(
    entering: Entering, contract: Contract, set_at: datetime, *, tries: int
) -> Entered | LoginStopped:
    """Decide, and record the decision with its reasons, whatever it is."""
    tx, institution, env, now = entering.tx, entering.institution, entering.env, entering.now
    retail = institution.retail
    assessment = await risk.assess(
        tx, institution.code, contract.id, env,
        ask_at=retail.ask_at, stop_at=retail.stop_at, now=now,
        extra=(Reason.SEVERAL_FAILURES,) if tries >= SEVERAL else (),
    )  # fmt: skip
    decision_id = new_id(entering.ports.entropy)
    await risk.record(tx, institution.code, contract.id, decision_id, assessment, env, now)
    asked = assessment.decision == "ask"
    keys = await answers.question_keys(tx, contract) if asked else ()
    refusal = _why_refused(contract, assessment, keys)
    _log_decision(entering, contract, assessment, decision_id, refusal)
    if refusal:
        await logins.note(
            entering.ports, tx, institution.code, contract.id,
            how=HOW, env=env, result="stopped", now=now,
        )  # fmt: skip
        return LoginStopped()
    question = entering.ports.entropy.draw(keys) if keys else None
    return Entered(contract, assessment, question, set_at)


def _why_refused(contract: Contract, assessment: Assessment, keys: tuple[str, ...]) -> str:
    """Return why nobody is let in, or "". Who is to be asked and has no question is refused.

    But for the first login, whose session reaches nothing but the choice of questions.
    """
    if contract.state is ContractState.STOPPED:
        return "contract-stopped"
    if assessment.decision == "stop":
        return "risk"
    if assessment.decision == "ask" and not keys and contract.questions_done:
        return "no-question"
    return ""


async def _may_try(entering: Entering) -> bool:
    """Take a turn for the address; whoever turns out right gets it back."""
    turn = await rate_limits.take(
        entering.ports.counters, entering.institution.code, [_bucket(entering)], entering.now
    )
    return isinstance(turn, rate_limits.Allowed)


def _bucket(entering: Entering) -> rate_limits.Bucket:
    limit = entering.institution.retail.attempts_per_address
    return rate_limits.Bucket(
        "sign-in:address", network_of(entering.source), limit.limit, limit.per_seconds
    )


def _log(entering: Entering, event: SignInEvent, subject: str, refusal: str = "") -> None:
    entry = Entry(
        entering.institution.code, event, "refused" if refusal else "done",
        subject=subject, reason=refusal, source=entering.source, reference=entering.reference,
    )  # fmt: skip
    entering.ports.log.append(entering.tx, entry)


def _log_decision(
    entering: Entering, contract: Contract, assessment: Assessment, decision_id: str, refusal: str
) -> None:
    entry = Entry(
        entering.institution.code, SignInEvent.RISK, "refused" if refusal else "done",
        subject=contract.id, reason=refusal, source=entering.source, reference=entering.reference,
        detail={
            "decision": assessment.decision,
            "decision_id": decision_id,
            "score": str(assessment.score),
            "reasons": " ".join(assessment.reasons),
        },
    )  # fmt: skip
    entering.ports.log.append(entering.tx, entry)
