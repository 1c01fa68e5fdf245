"""The forms of the first login: what is typed, and how it is read (RET-06, RET-07)."""

import unicodedata
from dataclasses import dataclass

from madoguchi.kernel.journey import FieldError
from madoguchi.plumbing.web import Invalid, typed
from madoguchi.retail import readers
from madoguchi.sign_in import QuestionAnswer, answer_problem


def _question(text: str) -> str:
    return text


def _answer(text: str) -> str | Invalid:
    text = " ".join(unicodedata.normalize("NFKC", text).split())
    problem = answer_problem(text)
    return Invalid(problem) if problem else text


def _ticked(_text: str) -> str:
    return "yes"


@dataclass(frozen=True)
class QuestionsForm:
    """追加認証登録: three different questions, an answer each, and a tick that they are noted."""

    question_1: str = typed(_question)
    answer_1: str = typed(_answer)
    question_2: str = typed(_question)
    answer_2: str = typed(_answer)
    question_3: str = typed(_question)
    answer_3: str = typed(_answer)
    noted: str = typed(_ticked)

    def problems(self) -> tuple[FieldError, ...]:
        """Return which questions were chosen before."""
        keys = [each.key for each in self.chosen()]
        return tuple(
            FieldError(f"question_{number}", "first-login.error.same-question")
            for number, key in enumerate(keys, 1)
            if key in keys[: number - 1]
        )

    def chosen(self) -> tuple[QuestionAnswer, ...]:
        """Return the three questions with their answers."""
        return (
            QuestionAnswer(self.question_1, self.answer_1),
            QuestionAnswer(self.question_2, self.answer_2),
            QuestionAnswer(self.question_3, self.answer_3),
        )

    def __repr__(self) -> str:
        return "QuestionsForm(…)"


@dataclass(frozen=True)
class PasswordsForm:
    """パスワード変更. The passwords are in no representation of the form."""

    current_login: str = typed(readers.password, secret=True)
    new_login: str = typed(readers.password, secret=True)
    new_login_again: str = typed(readers.password, secret=True)
    current_confirmation: str = typed(readers.password, secret=True)
    new_confirmation: str = typed(readers.password, secret=True)
    new_confirmation_again: str = typed(readers.password, secret=True)

    def problems(self) -> tuple[FieldError, ...]:
        """Return which of the new ones was not typed twice the same."""
        twice = (
            ("new_login_again", self.new_login, self.new_login_again),
            ("new_confirmation_again", self.new_confirmation, self.new_confirmation_again),
        )
        return tuple(
            FieldError(name, "first-login.error.password-differs")
            for name, new, again in twice
            if new != again
        )

    def __repr__(self) -> str:
        return "PasswordsForm(…)"


@dataclass(frozen=True, slots=True)
class DataForm:
    """お客様情報入力."""

    email: str = typed(readers.email)
    email_again: str = typed(readers.email)
    dm_wanted: str = typed(readers.yes_or_no)
    contact_phone: str = typed(readers.phone, required=False)

    def problems(self) -> tuple[FieldError, ...]:
        """Return that the two mail addresses are not the same."""
        if self.email == self.email_again:
            return ()
        return (FieldError("email_again", "email-differs"),)


@dataclass(frozen=True)
class CheckForm:
    """入力内容確認: 登録を確定する with the confirmation password, or 修正する."""

    confirmation_password: str = typed(readers.password, required=False, secret=True)
    correct: str = typed(_ticked, required=False)

    def __repr__(self) -> str:
        return "CheckForm(…)"
