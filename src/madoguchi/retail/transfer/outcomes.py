"""Where the screens that move money lead beside onward."""

from dataclasses import dataclass
from typing import TypeVar

from madoguchi.kernel.journey import Detour

V = TypeVar("V")


@dataclass(frozen=True, slots=True)
class Back(Detour[V]):
    """戻る or 修正する was pressed."""


@dataclass(frozen=True, slots=True)
class BackToParties(Detour[V]):
    """戻る was pressed where bank, branch and account were not asked for."""


@dataclass(frozen=True, slots=True)
class Searched(Detour[V]):
    """A search was begun: its results stand on the same screen."""


@dataclass(frozen=True, slots=True)
class PayeeKnown(Detour[V]):
    """The payee is known in full: no bank, branch, account or name is left to ask for."""


@dataclass(frozen=True, slots=True)
class CodeSentAgain(Detour[V]):
    """A new one-time password is under way; the one before it is void."""


@dataclass(frozen=True, slots=True)
class Changed(Detour[V]):
    """What would be confirmed is no longer what was shown: it is shown again (RET-18)."""


@dataclass(frozen=True, slots=True)
class Locked(Detour[V]):
    """The confirmation password is locked."""
