"""Sessions: begun, known again, renewed, ended (RET-12, SEC-01).

A session's secret is 256 random bits in the browser's cookie; here stands its SHA-256, which is
enough for what cannot be guessed.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta

import msgspec

from madoguchi import risk
from madoguchi.customers import Contract, ContractState
from madoguchi.institutions import Institution
from madoguchi.kernel.entropy import new_id
from madoguchi.kernel.errors import BrokenInvariant, must
from madoguchi.notices import Notice, sender_of
from madoguchi.operations_log import Entry
from madoguchi.plumbing.database import Tx
from madoguchi.plumbing.templates.formats import format_moment
from madoguchi.risk import Assessment, Environment
from madoguchi.sign_in import logins, secrets, store
from madoguchi.sign_in.events import SignInEvent
from madoguchi.sign_in.model import ENDED_OTHER, Began, Secret, Session, Stage, Why
from madoguchi.sign_in.outcomes import LoginStopped, PasswordChanged, SessionOver
from madoguchi.sign_in.ports import SignInPorts

KEPT_AFTER_ITS_END = timedelta(days=2)
"""How long after its latest end a browser can still be told why its session is over."""
SECRET_BYTES = 32
MORE_THAN_A_PASSWORD = frozenset({"question", "passkey"})
"""What satisfies a risk check that asks for more."""


@dataclass(frozen=True)
class Proved:
    """Who has proved what, from where, at which risk."""

    contract: Contract
    how: tuple[str, ...]
    env: Environment
    assessment: Assessment
    password_set_at: datetime
    source: str
    reference: str


async def begin(
    ports: SignInPorts, tx: Tx, institution: Institution, proved: Proved, now: datetime
) -> Began | LoginStopped | PasswordChanged:
    """Begin a session; the contract is held meanwhile, so that of two at once one is left."""
    found = await ports.customers.find_locked(tx, institution.code, proved.contract.id)
    contract = must(found, "the contract that entered")
    refused = await _why_not(tx, contract, proved)
    if refused is not None:
        return refused
    env = _with_device(ports, proved.env)
    # the first login teaches: its device is the usual one from then on
    known = proved.assessment.first or proved.assessment.known_device
    retail = institution.retail
    ended = await end_all(ports, tx, contract, "replaced", now) if retail.one_session else 0
    ends_at = now + timedelta(minutes=retail.absolute_minutes)
    session = Session(
        institution=institution.code,
        id=new_id(ports.entropy),
        contract_id=contract.id,
        stage="first-login" if contract.state is ContractState.FIRST_LOGIN else "full",
        how=proved.how,
        device_id=env.device_id,
        known_device=known,
        started_at=now,
        idle_ends_at=min(ends_at, now + timedelta(minutes=retail.idle_minutes)),
        ends_at=ends_at,
        notice=ENDED_OTHER if ended else "",
    )
    secret = ports.entropy.token(SECRET_BYTES)
    await _insert(tx, session, secret, only_one=retail.one_session)
    await risk.learn(tx, institution.code, contract.id, env, now)
    await logins.note(
        ports, tx, institution.code, contract.id, how=proved.how, env=env, result="done", now=now
    )
    _log_beginning(ports, tx, session, proved)
    if not known and contract.email:
        await ports.notices.send(
            tx, _new_device(ports, institution, contract, session.id, now, env)
        )
    return Began(session, secret, ended_other=ended > 0)


async def pass_through(
    ports: SignInPorts, tx: Tx, institution: Institution, proved: Proved, now: datetime
) -> str | LoginStopped | PasswordChanged:
    """Let in without a session whoever only gives a consent; return the browser's device id.

    It counts as a login: it teaches, stands in the history, and is mailed where it is a new device.
    """
    found = await ports.customers.find(tx, institution.code, proved.contract.id)
    contract = must(found, "the contract that entered")
    refused = await _why_not(tx, contract, proved)
    if refused is not None:
        return refused
    env = _with_device(ports, proved.env)
    await risk.learn(tx, institution.code, contract.id, env, now)
    await logins.note(
        ports, tx, institution.code, contract.id, how=proved.how, env=env, result="done", now=now
    )
    known = proved.assessment.first or proved.assessment.known_device
    if not known and contract.email:
        notice = _new_device(ports, institution, contract, new_id(ports.entropy), now, env)
        await ports.notices.send(tx, notice)
    return env.device_id


async def find(
    tx: Tx, institution: Institution, secret: str, now: datetime, *, touch: bool
) -> Session | SessionOver:
    """Return the live session of a secret; `touch` begins its idle time anew, in one statement."""
    key = (institution.code, _hash(secret), now)
    if touch:
        idle_ends_at = now + timedelta(minutes=institution.retail.idle_minutes)
        row = await tx.maybe(store.SessionRow, store.TOUCH, *key, idle_ends_at)
    else:
        row = await tx.maybe(store.SessionRow, store.FIND_SESSION, *key)
    if row is None:
        return SessionOver(await tx.value(store.WHY_OVER, *key) or "unknown")
    return Session(**{**msgspec.structs.asdict(row), "how": tuple(row.how)})


async def renew(
    ports: SignInPorts, tx: Tx, session: Session, now: datetime, stage: Stage | None
) -> str:
    """Give the session a new secret, and a higher stage where given; the old secret is dead."""
    secret = ports.entropy.token(SECRET_BYTES)
    place = (session.institution, session.id, now)
    if await tx.value(store.RENEW, *place, _hash(secret), stage) is None:
        raise BrokenInvariant("a session that is over cannot be renewed")
    return secret


async def told(tx: Tx, session: Session) -> None:
    """Note that the session's notice was shown."""
    await tx.execute(store.TOLD, session.institution, session.id)


async def end(ports: SignInPorts, tx: Tx, session: Session, why: Why, now: datetime) -> None:
    """End a session; one that is over already stays as it is."""
    if await tx.value(store.END, session.institution, session.id, now, why) is not None:
        _log_end(ports, tx, session.institution, session.contract_id, session.id, why)


async def end_all(ports: SignInPorts, tx: Tx, contract: Contract, why: Why, now: datetime) -> int:
    """End all sessions of a customer; return how many lived until now."""
    place = (contract.institution, contract.id)
    ended = await tx.many(store.EndedSession, store.END_ALL, *place, now, why)
    return _log_ends(ports, tx, place, ended, why)


async def end_others(ports: SignInPorts, tx: Tx, session: Session, why: Why, now: datetime) -> int:
    """End all sessions of a session's customer but itself; return how many lived until now."""
    place = (session.institution, session.contract_id)
    ended = await tx.many(store.EndedSession, store.END_OTHERS, *place, now, why, session.id)
    return _log_ends(ports, tx, place, ended, why)


async def purge(tx: Tx, now: datetime) -> int:
    """Delete sessions that nobody needs to be told about any more."""
    return await tx.execute(store.PURGE_SESSIONS, now - KEPT_AFTER_ITS_END)


async def _why_not(
    tx: Tx, contract: Contract, proved: Proved
) -> LoginStopped | PasswordChanged | None:
    """Return what happened since the password was judged that keeps its user out."""
    if contract.state is ContractState.STOPPED:
        return LoginStopped()
    if not await secrets.is_still_set(tx, contract, Secret.LOGIN_PASSWORD, proved.password_set_at):
        return PasswordChanged()
    _must_be_enough(contract, proved)
    return None


def _must_be_enough(contract: Contract, proved: Proved) -> None:
    """Raise where a door begins a session before all that the risk asked for is proved."""
    decision = proved.assessment.decision
    asked = decision == "ask" and contract.questions_done
    if decision == "stop" or (asked and not MORE_THAN_A_PASSWORD & set(proved.how)):
        raise BrokenInvariant("a session before what the risk asked for is proved")
    if contract.state is ContractState.PROVISIONAL:
        raise BrokenInvariant("a session of a contract without a login ID")


def _with_device(ports: SignInPorts, env: Environment) -> Environment:
    """Give a browser that has no device id one; its cookie is for the caller to give."""
    return msgspec.structs.replace(env, device_id=env.device_id or new_id(ports.entropy))


async def _insert(tx: Tx, session: Session, secret: str, *, only_one: bool) -> None:
    await tx.execute(
        store.INSERT_SESSION, session.institution, session.id, session.contract_id, _hash(secret),
        session.stage, list(session.how), session.device_id, session.known_device, session.notice,
        only_one, session.started_at, session.idle_ends_at, session.ends_at,
    )  # fmt: skip


def _new_device(
    ports: SignInPorts, institution: Institution, contract: Contract, login_id: str, at: datetime,
    env: Environment,
) -> Notice:  # fmt: skip
    language = contract.language
    unknown = ports.texts("sign-in.unknown", language=language)
    return Notice(
        sender=sender_of(institution),
        event_key=f"login-new-device:{login_id}",
        template="login-new-device",
        language=language,
        to=must(contract.email),
        values={
            "at": format_moment(at, language),
            "origin": logins.origin(env) or unknown,
            "device": env.browser or unknown,
        },
    )


def _log_beginning(ports: SignInPorts, tx: Tx, session: Session, proved: Proved) -> None:
    entry = Entry(
        session.institution, SignInEvent.SESSION, "done",
        actor=session.contract_id, subject=session.id, source=proved.source,
        reference=proved.reference,
        detail={
            "how": " ".join(session.how),
            "stage": session.stage,
            "device": session.device_id,
            "known_device": "yes" if session.known_device else "no",
        },
    )  # fmt: skip
    ports.log.append(tx, entry)


def _log_ends(
    ports: SignInPorts, tx: Tx, place: tuple[str, str], ended: list[store.EndedSession], why: Why
) -> int:
    for each in ended:
        _log_end(ports, tx, *place, each.id, each.ended_why)
    return sum(each.ended_why == why for each in ended)


def _log_end(
    ports: SignInPorts, tx: Tx, institution: str, contract_id: str, session_id: str, why: Why
) -> None:
    entry = Entry(
        institution, SignInEvent.SESSION_ENDED, "done",
        actor=contract_id, subject=session_id, reason=why,
    )  # fmt: skip
    ports.log.append(tx, entry)


def _hash(secret: str) -> bytes:
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).digest()
