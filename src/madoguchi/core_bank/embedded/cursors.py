"""Cursors of a statement: the place of the last line seen. Lines before it never change."""

import hashlib
from dataclasses import dataclass
from datetime import date

NEWEST_LINE = 2**63 - 1
CHECK_LENGTH = 8


@dataclass(frozen=True)
class Place:
    """A place between an account's lines: everything older than it comes next."""

    day: date
    line: int


def cursor_of(institution: str, account_id: str, place: Place) -> str:
    """Return the cursor of `place`, with a check that ties it to the account."""
    plain = f"{place.day:%Y%m%d}{place.line}"
    return f"{plain}-{_check(institution, account_id, plain)}"


def place_of(institution: str, account_id: str, cursor: str) -> Place | None:
    """Return the place that `cursor` stands for, or None where it is none of this account."""
    plain, _, check = cursor.partition("-")
    if check != _check(institution, account_id, plain):
        return None
    day = date(int(plain[:4]), int(plain[4:6]), int(plain[6:8]))
    return Place(day, int(plain[8:]))


def _check(institution: str, account_id: str, plain: str) -> str:
    text = f"{institution}\n{account_id}\n{plain}"
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:CHECK_LENGTH]
