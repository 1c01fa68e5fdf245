"""Codes sent by mail: six digits, kept as keyed hash only, good once (RET-18, RET-19).

A try is counted, compared and, where right, used up by one statement in a transaction of its own.
So two that submit one code at once cannot both be right, a request that fails afterwards gives
neither the try nor the code back, and a code that was accepted once is never accepted again. The
price: after a fault behind a right code the customer has a new one sent.
"""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

from madoguchi.kernel.entropy import Entropy, new_id
from madoguchi.one_time_passwords import store
from madoguchi.one_time_passwords.port import (
    Asked,
    Begun,
    CodeLocked,
    CodeRight,
    CodeWrong,
    Judged,
    TooManyCodes,
)
from madoguchi.one_time_passwords.rules import (
    WINDOW,
    StoredCode,
    again_at,
    code_typed,
    draw_code,
    masked_address,
    parts_to_hash,
    why_not_tried,
)
from madoguchi.plumbing.database import Database, Tx
from madoguchi.plumbing.keys import Keys, keyed_hash, keyed_hashes

Tell = Callable[[Tx, Asked, str, datetime], Awaitable[None]]
"""Sends the code (third) with what it is good for and until when (fourth), if `tx` commits."""

KIND = "mailed-code"


class MailedCodes:
    """The `OneTimePassword` by mail; made once in `app`.

    `counters` is the pool for what commits by itself.
    """

    def __init__(self, keys: Keys, entropy: Entropy, counters: Database, tell: Tell) -> None:
        self._keys = keys
        self._entropy = entropy
        self._counters = counters
        self._tell = tell

    async def begin(self, tx: Tx, asked: Asked, now: datetime) -> Begun | TooManyCodes:
        """Send a new code; the one before it, of the same owner and purpose, is dead."""
        await tx.execute(store.LOCK_OWNER, asked.institution, asked.owner)
        sent = await tx.many(
            store.Sending, store.SENT_SINCE, asked.institution, asked.owner, now - WINDOW
        )
        later = again_at([each.sent_at for each in sent], asked.per_hour)
        if later is not None:
            return TooManyCodes(later)
        code = draw_code(self._entropy)
        expires_at = now + timedelta(minutes=asked.minutes)
        sending = new_id(self._entropy)
        await tx.execute(store.NOTE_SENDING, asked.institution, asked.owner, sending, now)
        hashed = keyed_hash(self._keys, "index", *parts_to_hash(asked, code))
        await tx.execute(store.REPLACE, *_key(asked), hashed, expires_at, asked.failures_limit)
        await self._tell(tx, asked, code, expires_at)
        return Begun(KIND, masked_address(asked.to), expires_at)

    async def judge(self, tx: Tx, asked: Asked, typed: str, now: datetime) -> Judged:
        """Judge what was typed: right once, only for exactly what was asked.

        Commits by itself. Whatever is typed counts, also what cannot be a code.
        """
        del tx  # what it holds must not decide whether a code is used up
        parts = parts_to_hash(asked, code_typed(typed))
        hashes = list(keyed_hashes(self._keys, "index", *parts))
        async with self._counters.statements() as own:
            tried = await own.maybe(store.Tried, store.TRY, *_key(asked), hashes, now)
            if tried is None:
                found = await own.maybe(StoredCode, store.FIND, *_key(asked))
                return why_not_tried(found, now)
        if tried.was_right:
            return CodeRight()
        return CodeWrong(tried.left_over) if tried.left_over else CodeLocked(just_now=True)

    async def purge(self, tx: Tx, before: datetime) -> int:
        """Delete codes that ended and sendings made before `before`; return how many rows.

        Keep two hours at least, for the limit of an hour.
        """
        codes = await tx.execute(store.PURGE_CODES, before)
        return codes + await tx.execute(store.PURGE_SENDINGS, before)


def _key(asked: Asked) -> tuple[str, str, str]:
    return asked.institution, asked.owner, asked.purpose
