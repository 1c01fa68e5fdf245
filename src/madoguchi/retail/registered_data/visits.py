"""What the visits hold in which registered data are changed."""

from dataclasses import dataclass, field, replace

from madoguchi.retail.transfer import CodeSent


@dataclass(frozen=True, slots=True, kw_only=True)
class MailVisit:
    """A mail address on its way to be proved the customer's.

    `was` and `was_confirmed` are the registered one when the visit went on from it; `code` is the
    one-time password that the screen asks for, `told` what the screen says of itself: `code-sent`.
    """

    was: str = field(default="", repr=False)
    was_confirmed: bool = False
    email: str = field(default="", repr=False)
    code: CodeSent | None = None
    told: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PasswordVisit:
    """A change of passwords: nothing is kept of what is typed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class QuestionVisit:
    """Three questions on their way: key and answer each, in their order."""

    answers: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    code: CodeSent | None = None
    told: str = ""

    def without_secrets(self) -> "QuestionVisit":
        """Return what stays once the visit has ended."""
        return replace(self, answers=())


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactVisit:
    """A change of contact phone, DM and language."""
