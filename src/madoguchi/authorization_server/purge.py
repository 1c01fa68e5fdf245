"""Deleting what is over, so that no table grows for ever."""

from datetime import datetime, timedelta

from madoguchi.authorization_server import store
from madoguchi.authorization_server.requests import LIVES_AT_MOST
from madoguchi.plumbing.database import Tx

REQUESTS_KEPT = LIVES_AT_MOST + timedelta(days=1)
CODES_KEPT = timedelta(days=1)
"""A second use of a code is noticed for a day after its minute."""

ACCESS_TOKENS_KEPT = timedelta(days=1)
LAST_TOKENS_KEPT = timedelta(days=400)
"""Of each consent the refresh token and the last access token: an app that comes back long after
the consent's end is still told that this is why."""


async def purge(tx: Tx, now: datetime) -> dict[str, int]:
    """Delete requests, codes, tokens and single-use values that are over; return how many of each.

    Of all institutions. To be run every few minutes; several at once do no harm.
    """
    return {
        "requests": await tx.execute(store.PURGE_REQUESTS, now - REQUESTS_KEPT),
        "codes": await tx.execute(store.PURGE_CODES, now - CODES_KEPT),
        "access_tokens": await tx.execute(store.PURGE_ACCESS_TOKENS, now - ACCESS_TOKENS_KEPT),
        "last_tokens": await tx.execute(store.PURGE_TOKENS, now - LAST_TOKENS_KEPT),
        "single_use": await tx.execute(store.PURGE_SINGLE_USE, now),
    }
