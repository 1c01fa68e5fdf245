"""What is typed to keep a payee (RET-23)."""

from dataclasses import dataclass

from madoguchi.plumbing.web import typed
from madoguchi.retail.transfer import Leaving, button, forward, nickname


@dataclass(frozen=True, slots=True)
class NicknameForm(Leaving):
    """BTR026: the name that the customer gives the payee."""

    nickname: str = forward(nickname)
    back: str = button()


@dataclass(frozen=True, slots=True)
class RenameForm:
    """BTR029: another name for a payee."""

    nickname: str = typed(nickname)
