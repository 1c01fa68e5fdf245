"""What a mailed code looks like, and what a code that cannot be tried any more is called. Pure."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from msgspec import Struct

from madoguchi.kernel.digits import normal_digits
from madoguchi.kernel.entropy import Entropy
from madoguchi.one_time_passwords.port import Asked, CodeExpired, CodeLocked, NoCode

DIGITS = 6
WINDOW = timedelta(hours=1)
"""What `per_hour` counts over."""


class StoredCode(Struct, frozen=True):
    """The last code of an owner and purpose, as it stands."""

    expires_at: datetime
    failures_limit: int
    attempts: int
    spent_at: datetime | None


def draw_code(entropy: Entropy) -> str:
    """Return a new code: six digits, each as likely as the other."""
    return "".join(entropy.draw("0123456789") for _ in range(DIGITS))


def code_typed(typed: str) -> str:
    """Return the code that was typed, full-width digits and spaces allowed; "" where it is none."""
    digits = normal_digits(typed) or ""
    return digits if len(digits) == DIGITS else ""


def parts_to_hash(asked: Asked, code: str) -> tuple[str, ...]:
    """Return what the hash of a code is made of: all that the code is good for, and the code.

    Read back there is one way only: the number of facts stands before them, and the hash puts each
    part's length before the part.
    """
    facts = [text for fact in asked.facts for text in fact]
    scope = (asked.institution, asked.owner, asked.purpose, asked.bound_to)
    return ("one-time-password", *scope, str(len(asked.facts)), *facts, code)


def why_not_tried(stored: StoredCode | None, now: datetime) -> NoCode | CodeExpired | CodeLocked:
    """Return why nothing was compared; what was typed plays no part in it."""
    if stored is None or stored.spent_at is not None:
        return NoCode()
    if stored.expires_at <= now:
        return CodeExpired()
    # a code that can be tried now was sent in this very moment: what was typed is not it
    return CodeLocked() if stored.attempts >= stored.failures_limit else NoCode()


def again_at(sent_at: Sequence[datetime], per_hour: int) -> datetime | None:
    """Return when the next code may be sent, given the sendings within the window; None for now."""
    if len(sent_at) < per_hour:
        return None
    return sorted(sent_at)[-per_hour] + WINDOW


def masked_address(address: str) -> str:
    """Return a mail address as screens show it: `t***@example.jp`."""
    local, _, domain = address.rpartition("@")
    return f"{local[:1] if len(local) > 1 else ''}***@{domain}"
