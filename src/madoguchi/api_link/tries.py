"""Tries at ② and ⑤: limited by rate, counted before the comparison, locked at the limit (LINK-14 to LINK-18, LINK-27)."""

from collections.abc import Awaitable, Callable

from madoguchi import lockout, rate_limits
from madoguchi.api_link.events import LinkEvent
from madoguchi.api_link.linkable import Linkable
from madoguchi.api_link.outcomes import LOCKED_BEFORE, Locked
from madoguchi.api_link.services import LinkServices
from madoguchi.core_bank.port import CoreUnavailable
from madoguchi.institutions import Institution
from madoguchi.kernel.journey import Again
from madoguchi.operations_log import Entry

WRONG = "link.message.wrong"
"""The one text for whatever was wrong (LINK-14)."""


def policy(institution: Institution) -> lockout.Policy:
    """Return the lockout of the API link: for one account, within one Japan day, both screens together (LINK-15)."""
    return lockout.Policy(
        what="api-link",
        limit=institution.api_link.failures_limit,
        window="day",
        lock_until="next_midnight",
    )
