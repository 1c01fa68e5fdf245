"""Who is there: the face of signing in (RET-06 to RET-14)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from madoguchi.institutions import Institution
from madoguchi.plumbing.database import Tx
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
    SecretLocked,
    SecretRight,
    SecretWrong,
    SessionOver,
    TooManyTries,
    WrongLogin,
)
from madoguchi.sign_in.ports import SignInPorts

if TYPE_CHECKING:
    from madoguchi.customers import Contract
    from madoguchi.risk import Assessment, Environment


class SignIn:
    """Signing in, with its ports; built once in `app`."""

    def __init__(self, ports: SignInPorts) -> None:
        self._ports = ports

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
        raise NotImplementedError

    async def has_secret(self, tx: Tx, contract: Contract, secret: Secret) -> bool:
        """Tell whether a password of that kind is kept."""
        raise NotImplementedError

    async def matches_secret(
        self, tx: Tx, institution: str, contract: Contract | None, secret: Secret, typed: str,
        now: datetime,
    ) -> bool:  # fmt: skip
        """Compare without counting: for callers with a lock of their own, who count before.

        With None for the contract it takes as long, and is False.
        """
        raise NotImplementedError

    async def check_secret(
        self, tx: Tx, institution: Institution, contract: Contract, secret: Secret, typed: str,
        now: datetime,
    ) -> SecretRight | SecretWrong | SecretLocked:  # fmt: skip
        """Count a try, then compare; at most once in a transaction for each secret."""
        raise NotImplementedError

    async def set_questions(
        self, tx: Tx, contract: Contract, answers: Sequence[QuestionAnswer], now: datetime
    ) -> None:
        """Keep three different questions with their answers, in place of those before."""
        raise NotImplementedError

    async def question_keys(self, tx: Tx, contract: Contract) -> tuple[str, ...]:
        """Return the keys of the customer's questions, in his order."""
        raise NotImplementedError

    async def check_answer(
        self, tx: Tx, institution: Institution, contract: Contract, key: str, typed: str,
        now: datetime,
    ) -> AnswerRight | AnswerWrong | AnswerLocked:  # fmt: skip
        """Count a try, then compare; at most once in a transaction."""
        raise NotImplementedError

    async def enter_password(
        self, tx: Tx, institution: Institution, login_id: str, password: str, env: Environment,
        source: str, now: datetime, *, reference: str = "",
    ) -> Entered | WrongLogin | LoginLocked | LoginStopped | TooManyTries:  # fmt: skip
        """Judge a login ID with its password, and the risk of letting in (RET-09, RET-14)."""
        raise NotImplementedError

    async def begin_session(  # noqa: PLR0913 -- each is of another kind
        self, tx: Tx, institution: Institution, contract: Contract, *, how: tuple[str, ...],
        env: Environment, assessment: Assessment, source: str, now: datetime, reference: str = "",
    ) -> Began | LoginStopped:  # fmt: skip
        """Begin a session after all that the assessment asked for was proved (RET-12).

        `LoginStopped` where the contract was stopped since. The caller gives the browser
        `give_session(…, began.secret)` and `give_device(…, began.session.device_id)`.
        """
        raise NotImplementedError

    async def find_session(
        self, tx: Tx, institution: Institution, secret: str, now: datetime, *, touch: bool
    ) -> Session | SessionOver:
        """Return the live session of a cookie's secret; `touch` begins its idle time anew."""
        raise NotImplementedError

    async def renew_session(
        self, tx: Tx, session: Session, now: datetime, *, stage: Stage | None = None
    ) -> str:
        """Return a new secret for the session, raised to `stage` where given; the old one dies."""
        raise NotImplementedError

    async def end_session(self, tx: Tx, session: Session, why: Why, now: datetime) -> None:
        """End a session."""
        raise NotImplementedError

    async def end_all_sessions(self, tx: Tx, contract: Contract, why: Why, now: datetime) -> int:
        """End all sessions of a customer; return how many lived."""
        raise NotImplementedError

    async def last_logins(self, tx: Tx, contract: Contract, n: int) -> list[Login]:
        """Return the last `n` lines of the history of logins, the newest first."""
        raise NotImplementedError

    async def purge(self, tx: Tx, now: datetime) -> int:
        """Delete what nobody needs any more, of every institution; return how many rows."""
        raise NotImplementedError
