"""What the visits hold that keep, rename or forget a payee."""

from dataclasses import dataclass

from madoguchi.retail.transfer import CodeSent, FindsPayee


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisterVisit(FindsPayee):
    """A payee on his way into the list. `found` tells that he was looked for on the screens."""

    nickname: str = ""
    found: bool = False
    code: CodeSent | None = None
    told: str = ""


@dataclass(frozen=True, slots=True)
class KeptVisit:
    """A registered payee that is renamed or forgotten."""

    payee_id: str
