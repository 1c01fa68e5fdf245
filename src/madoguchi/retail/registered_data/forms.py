"""The forms of registered data: what is typed, and how it is read (RET-28)."""

from dataclasses import dataclass
from typing import ClassVar

from madoguchi.kernel.journey import FieldError
from madoguchi.plumbing.web import Invalid, typed
from madoguchi.retail import readers
from madoguchi.retail.transfer import Leaving, button, forward
from madoguchi.retail.transfer.readers import code as one_time_code

LANGUAGES = ("ja", "en")


def _language(text: str) -> str | Invalid:
    return text if text in LANGUAGES else Invalid("choose")


@dataclass(frozen=True)
class MailForm:
    """BRG011: the new address twice, and who asks."""

    email: str = typed(readers.email)
    email_again: str = typed(readers.email)
    confirmation_password: str = typed(readers.password, secret=True)

    def problems(self) -> tuple[FieldError, ...]:
        """Return that the two mail addresses are not the same."""
        if self.email == self.email_again:
            return ()
        return (FieldError("email_again", "email-differs"),)

    def __repr__(self) -> str:
        return "MailForm(…)"


@dataclass(frozen=True, repr=False)
class CodeForm(Leaving):
    """BRG012, BRG013 and BRG022: the one-time password that was mailed."""

    buttons: ClassVar = ("back", "resend")
    code: str = forward(one_time_code, secret=True)
    resend: str = button()
    back: str = button()

    def __repr__(self) -> str:
        return "CodeForm(…)"


@dataclass(frozen=True)
class PasswordForm:
    """BRG031: both current passwords, and the new ones of which one may be left out."""

    current_login: str = typed(readers.password, secret=True)
    current_confirmation: str = typed(readers.password, secret=True)
    new_login: str = typed(readers.password, required=False, secret=True)
    new_login_again: str = typed(readers.password, required=False, secret=True)
    new_confirmation: str = typed(readers.password, required=False, secret=True)
    new_confirmation_again: str = typed(readers.password, required=False, secret=True)

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
        return "PasswordForm(…)"


@dataclass(frozen=True)
class ContactForm:
    """BRG051: contact phone, DM, the language of mails, and who asks."""

    contact_phone: str = typed(readers.phone, required=False)
    dm_wanted: str = typed(readers.yes_or_no)
    language: str = typed(_language)
    confirmation_password: str = typed(readers.password, secret=True)

    def __repr__(self) -> str:
        return "ContactForm(…)"
