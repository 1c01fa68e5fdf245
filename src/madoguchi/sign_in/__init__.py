"""Who is there: passwords, questions, the risk of a login, sessions (RET-06 to RET-14).

`enter_password` judges the ID and password; `check_answer` the question that it may ask;
`begin_session` lets in, and `find_session` knows the customer again. Whoever asks for a password
anywhere asks `check_secret`: a lock holds on every way in. What the branch does with contracts is
in `Contracts`.
"""

from madoguchi.sign_in.contracts import Contracts
from madoguchi.sign_in.cookies import (
    drop_session,
    give_device,
    give_session,
    read_device,
    read_session,
)
from madoguchi.sign_in.forms import LoginForm, QuestionForm
from madoguchi.sign_in.hashing import Cost, Hasher
from madoguchi.sign_in.locks import Locks
from madoguchi.sign_in.model import (
    ENDED_OTHER,
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
    ContractNotStopped,
    ContractStopped,
    LoginLocked,
    LoginStopped,
    Made,
    NoSuchAccount,
    NoSuchContract,
    NotEligible,
    NotHis,
    PasswordChanged,
    SecretLocked,
    SecretRight,
    SecretWrong,
    SessionOver,
    TooManyTries,
    WrongLogin,
)
from madoguchi.sign_in.ports import SignInPorts
from madoguchi.sign_in.rules import PersonalFacts, answer_problem, password_problem
from madoguchi.sign_in.service import SignIn

__all__ = [
    "ENDED_OTHER",
    "AnswerLocked",
    "AnswerRight",
    "AnswerWrong",
    "Began",
    "ContractNotStopped",
    "ContractStopped",
    "Contracts",
    "Cost",
    "Entered",
    "Hasher",
    "Locks",
    "Login",
    "LoginForm",
    "LoginLocked",
    "LoginStopped",
    "Made",
    "NoSuchAccount",
    "NoSuchContract",
    "NotEligible",
    "NotHis",
    "PasswordChanged",
    "PersonalFacts",
    "QuestionAnswer",
    "QuestionForm",
    "Secret",
    "SecretLocked",
    "SecretRight",
    "SecretWrong",
    "Session",
    "SessionOver",
    "SignIn",
    "SignInPorts",
    "Stage",
    "TooManyTries",
    "Why",
    "WrongLogin",
    "answer_problem",
    "drop_session",
    "give_device",
    "give_session",
    "password_problem",
    "read_device",
    "read_session",
]
