"""The forms by which people sign in, wherever they do: what is typed, and how it is read."""

import unicodedata
from dataclasses import dataclass

from madoguchi.plumbing.web import Invalid, typed

LONGEST_LOGIN_ID = 64
LONGEST_PASSWORD = 64
"""The longest that any setting allows: whatever is longer is read no further."""
LONGEST_ANSWER = 100


def _login_id(text: str) -> str | Invalid:
    if len(text) > LONGEST_LOGIN_ID:
        return Invalid("too-long", {"most": str(LONGEST_LOGIN_ID)})
    return unicodedata.normalize("NFKC", text)


def _password(text: str) -> str | Invalid:
    if len(text) > LONGEST_PASSWORD:
        return Invalid("too-long", {"most": str(LONGEST_PASSWORD)})
    return text


def _answer(text: str) -> str | Invalid:
    if len(text) > LONGEST_ANSWER:
        return Invalid("too-long", {"most": str(LONGEST_ANSWER)})
    return text


@dataclass(frozen=True)
class LoginForm:
    """Login ID and password. The password is in no representation of the form."""

    login_id: str = typed(_login_id)
    login_password: str = typed(_password, secret=True)

    def __repr__(self) -> str:
        return "LoginForm(…)"


@dataclass(frozen=True)
class QuestionForm:
    """The answer to the question that is asked."""

    answer: str = typed(_answer, secret=True)

    def __repr__(self) -> str:
        return "QuestionForm(…)"
