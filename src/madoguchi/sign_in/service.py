"""Who is there: the face of signing in (RET-06 to RET-14)."""

from collections.abc import Sequence
from datetime import datetime

from madoguchi.customers import Contract
from madoguchi.institutions import Institution
from madoguchi.plumbing.database import Database, Tx
from madoguchi.plumbing.jobs import Kind
from madoguchi.risk import Assessment, Environment
from madoguchi.sign_in import answers, locks, logins, secrets, sessions, store
from madoguchi.sign_in.entering import Entering, enter_password
from madoguchi.sign_in.locks import InstitutionOf, Locks, LockTeller
from madoguchi.sign_in.model import (
    Began,
    Entered,
    Login,
    QuestionAnswer,
    Secret,
    Session,
    Stage,
    Why,
)
from madoguchi.sign_in.outcomes import (
    AnswerLocked,
    AnswerRight,
    AnswerWrong,
    LoginLocked,
    LoginStopped,
    PasswordChanged,
    SecretLocked,
    SecretRight,
    SecretWrong,
    SessionOver,
    TooManyTries,
    WrongLogin,
)
from madoguchi.sign_in.ports import SignInPorts


class SignIn:
    """Signing in, with its ports; built once in `app`."""

    def __init__(self, ports: SignInPorts) -> None:
        self._ports = ports

    @property
    def is_busy(self) -> bool:
        """Whether so much waits to be hashed that people nobody knows yet are turned away."""
        return self._ports.hasher.is_busy

    async def set_secret(
        self,
        tx: Tx,
        contract: Contract,
        secret: Secret,
        text: str,
        *,
        provisional_until: datetime | None,
        now: datetime,
    ) -> None:
        """Keep a new password, hashed; until when it can be used where it went by post."""
        await secrets.set_secret(self._ports, tx, contract, secret, text, provisional_until, now)

    async def has_secret(self, tx: Tx, contract: Contract, secret: Secret) -> bool:
        """Tell whether a password of that kind is kept."""
        place = (contract.institution, contract.id, secret.value)
        return bool(await tx.value(store.HAS_RECORD, *place))

    async def matches_secret(
        self, tx: Tx, institution: str, contract: Contract | None, secret: Secret, typed: str,
        now: datetime,
    ) -> bool:  # fmt: skip
        """Compare without counting: for callers with a lock of their own, who count before.

        With None for the contract it takes as long, and is False.
        """
        contract_id = contract.id if contract else ""
        return await secrets.matches(self._ports, tx, institution, contract_id, secret, typed, now)

    async def check_secret(
        self, tx: Tx, institution: Institution, contract: Contract, secret: Secret, typed: str,
        now: datetime,
    ) -> SecretRight | SecretWrong | SecretLocked:  # fmt: skip
        """Count a try, then compare; at most once in a transaction for each secret."""
        return await secrets.check(self._ports, tx, institution, contract, secret, typed, now)

    async def is_still_set(
        self, tx: Tx, contract: Contract, secret: Secret, set_at: datetime
    ) -> bool:
        """Tell whether the password of that kind is still the one that was set at `set_at`."""
        return await secrets.is_still_set(tx, contract, secret, set_at)

    async def set_questions(
        self, tx: Tx, contract: Contract, given: Sequence[QuestionAnswer], now: datetime
    ) -> None:
        """Keep three different questions with their answers, in place of those before."""
        await answers.set_questions(self._ports, tx, contract, given, now)

    async def question_keys(self, tx: Tx, contract: Contract) -> tuple[str, ...]:
        """Return the keys of the customer's questions, in his order."""
        return await answers.question_keys(tx, contract)

    async def check_answer(
        self, tx: Tx, institution: Institution, contract: Contract, key: str, typed: str,
        now: datetime,
    ) -> AnswerRight | AnswerWrong | AnswerLocked:  # fmt: skip
        """Count a try, then compare; at most once in a transaction."""
        return await answers.check(self._ports, tx, institution, contract, key, typed, now)

    async def enter_password(
        self, tx: Tx, institution: Institution, login_id: str, password: str, env: Environment,
        source: str, now: datetime, *, reference: str = "",
    ) -> Entered | WrongLogin | LoginLocked | LoginStopped | TooManyTries:  # fmt: skip
        """Judge a login ID with its password, and the risk of letting in (RET-09, RET-14)."""
        entering = Entering(self._ports, tx, institution, env, source, reference, now)
        return await enter_password(entering, login_id, password)

    async def begin_session(  # noqa: PLR0913 -- each is of another kind
        self, tx: Tx, institution: Institution, contract: Contract, *, how: tuple[str, ...],
        env: Environment, assessment: Assessment, password_set_at: datetime, source: str,
        now: datetime, reference: str = "",
    ) -> Began | LoginStopped | PasswordChanged:  # fmt: skip
        """Begin a session after all that the assessment asked for was proved (RET-12).

        `LoginStopped` where the contract was stopped since `enter_password`, `PasswordChanged`
        where the login password is another one since. The caller gives the browser
        `give_session(…, began.secret)` and `give_device(…, began.session.device_id)`.
        """
        proved = sessions.Proved(contract, how, env, assessment, password_set_at, source, reference)
        return await sessions.begin(self._ports, tx, institution, proved, now)

    async def pass_through(  # noqa: PLR0913 -- each is of another kind
        self, tx: Tx, institution: Institution, contract: Contract, *, how: tuple[str, ...],
        env: Environment, assessment: Assessment, password_set_at: datetime, source: str,
        now: datetime, reference: str = "",
    ) -> str | LoginStopped | PasswordChanged:  # fmt: skip
        """Let in without a session, for a consent alone (LINK-37); return the device's id."""
        proved = sessions.Proved(contract, how, env, assessment, password_set_at, source, reference)
        return await sessions.pass_through(self._ports, tx, institution, proved, now)

    async def find_session(
        self, tx: Tx, institution: Institution, secret: str, now: datetime, *, touch: bool
    ) -> Session | SessionOver:
        """Return the live session of a cookie's secret; `touch` begins its idle time anew."""
        return await sessions.find(tx, institution, secret, now, touch=touch)

    async def renew_session(
        self, tx: Tx, session: Session, now: datetime, *, stage: Stage | None = None
    ) -> str:
        """Return a new secret for the session, raised to `stage` where given; the old one dies."""
        return await sessions.renew(self._ports, tx, session, now, stage)

    async def end_session(self, tx: Tx, session: Session, why: Why, now: datetime) -> None:
        """End a session."""
        await sessions.end(self._ports, tx, session, why, now)

    async def end_all_sessions(self, tx: Tx, contract: Contract, why: Why, now: datetime) -> int:
        """End all sessions of a customer; return how many lived."""
        return await sessions.end_all(self._ports, tx, contract, why, now)

    async def end_other_sessions(self, tx: Tx, session: Session, why: Why, now: datetime) -> int:
        """End all sessions of the customer but this one; return how many lived."""
        return await sessions.end_others(self._ports, tx, session, why, now)

    async def notice_shown(self, tx: Tx, session: Session) -> None:
        """Note that the session's notice was shown, so that it is shown once."""
        await sessions.told(tx, session)

    async def release_lock(
        self, tx: Tx, institution: Institution, contract: Contract, lock: Locks, *,
        by: str, reason: str, now: datetime,
    ) -> bool:  # fmt: skip
        """Release a customer's lock, log it and mail him; False where there was none (LOCK-03)."""
        return await locks.release(
            self._ports, tx, institution, contract, lock, by=by, reason=reason, now=now
        )

    def kinds(self, database: Database, institution_of: InstitutionOf) -> list[Kind]:
        """Return the kinds of jobs by which a `Worker` has customers told of locks."""
        return [LockTeller(self._ports, database, institution_of).kind()]

    async def last_logins(self, tx: Tx, contract: Contract, n: int) -> list[Login]:
        """Return the last `n` lines of the history of logins, the newest first."""
        return await logins.last(tx, contract, n)

    async def purge(self, tx: Tx, now: datetime) -> int:
        """Delete what nobody needs any more, of every institution; return how many rows."""
        return await sessions.purge(tx, now) + await logins.purge(tx, now)
