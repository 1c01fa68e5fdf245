"""What a password and an answer may be (RET-06, RET-07). Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from madoguchi.institutions import RetailSettings


@dataclass(frozen=True, slots=True)
class PersonalFacts:
    """What others know of a customer, and a password must therefore not hold."""

    login_id: str | None = None
    birth_date: date | None = None
    phones: tuple[str, ...] = ()
    account_numbers: tuple[str, ...] = ()


def password_problem(
    settings: RetailSettings, new: str, *, others: Sequence[str], known: PersonalFacts
) -> str | None:
    """Return the catalogue's key of what is wrong with a new password, or None (RET-07).

    `others` are the passwords that it must differ from: the former one, the other one.
    """
    raise NotImplementedError
