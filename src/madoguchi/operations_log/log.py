"""Appending to the operations log, and finding in it."""

import itertools
import weakref
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import msgspec

from madoguchi.kernel.clock import Clock
from madoguchi.kernel.errors import BrokenInvariant
from madoguchi.operations_log import store
from madoguchi.operations_log.chain import (
    KEY_NAME,
    LANES,
    START,
    Anchor,
    Head,
    anchor_of,
    head_of,
    row_hash,
)
from madoguchi.operations_log.entry import Entry, Event, Row, harmless
from madoguchi.operations_log.verifying import Broken, Verified, verify
from madoguchi.plumbing.database import Tx
from madoguchi.plumbing.keys import Key, Keys, seal, unseal

PERSONAL = "personal-data"
LONGEST_TEXT = 500


@dataclass(frozen=True, slots=True)
class _Waiting:
    entry: Entry
    at: datetime


_waiting: "weakref.WeakKeyDictionary[Tx, list[_Waiting]]" = weakref.WeakKeyDictionary()
"""What each open transaction will write when it commits; gone with the transaction."""

_turns = itertools.count()
"""Spreads those who must wait over the lanes."""


class OperationsLog:
    """The operations log with its keys and clock, made once in `app.py`."""

    def __init__(self, keys: Keys, clock: Clock) -> None:
        self._keys = keys
        self._clock = clock

    def append(self, tx: Tx, entry: Entry) -> None:
        """Have `entry` written, with the present time, just before `tx` commits."""
        append(tx, entry, keys=self._keys, now=self._clock.now())

    async def verify(
        self, tx: Tx, institution: str, anchor: Anchor | None = None
    ) -> Verified | Broken:
        """Check every row of the institution, and that nothing of what `anchor` saw is gone."""
        return await verify(tx, institution, keys=self._keys, anchor=anchor)

    async def anchor(self, tx: Tx, institution: str) -> Anchor:
        """Return where the institution's log stands now: to be kept outside the database."""
        return anchor_of(
            institution, self._clock.now(), await tx.many(Head, store.HEADS, institution)
        )

    async def search(  # noqa: PLR0913 - each is a field of the staff's search form
        self, tx: Tx, institution: str, *, actor: str | None = None, subject: str | None = None,
        journey: str | None = None, reference: str | None = None, event: Event | str | None = None,
        since: datetime | None = None, until: datetime | None = None, limit: int = 100,
    ) -> list[Row]:  # fmt: skip
        """Return the institution's rows that match all that is given, newest first.

        `until` itself is not in.
        """
        filters = (actor, subject, journey, reference, event and str(event), since, until)
        return await tx.many(Row, store.SEARCH, institution, *filters, limit)

    def reveal(self, row: Row) -> dict[str, str]:
        """Return the personal data of a row. Raises `SealBroken` where it was tampered with."""
        if not row.personal:
            return {}
        place = _place(row.institution, row.lane, row.number)
        opened = unseal(self._keys, PERSONAL, row.personal, place)
        return msgspec.json.decode(opened, type=dict[str, str])


def append(tx: Tx, entry: Entry, *, keys: Keys, now: datetime) -> None:
    """Have `entry` written with the time `now` just before `tx` commits."""
    waiting = _waiting.setdefault(tx, [])
    waiting.append(_Waiting(entry, now))
    if len(waiting) == 1:
        tx.before_commit(lambda tx: _write(tx, keys))


async def _write(tx: Tx, keys: Keys) -> None:
    """Write what waits, in the order of the institutions.

    So that no two transactions wait for each other.
    """
    waiting = _waiting.pop(tx)
    for institution in sorted({each.entry.institution for each in waiting}):
        mine = [each for each in waiting if each.entry.institution == institution]
        await _write_chained(tx, institution, mine, keys)


async def _write_chained(tx: Tx, institution: str, waiting: list[_Waiting], keys: Keys) -> None:
    key = keys.current(KEY_NAME)
    head = await _claim(tx, institution, key)
    rows = []
    before = head.hash
    for number, each in enumerate(waiting, start=head.count + 1):
        row = _row(each, head.lane, number, keys, key)
        row = msgspec.structs.replace(row, hash=row_hash(key, row, before))
        rows.append(row)
        before = row.hash
    await tx.execute_many(store.INSERT_ROW, [msgspec.structs.astuple(row) for row in rows])
    moved = head_of(key, institution, head.lane, head.count + len(rows), before)
    await tx.execute(store.MOVE_HEAD, *msgspec.structs.astuple(moved))


async def _claim(tx: Tx, institution: str, key: Key) -> Head:
    """Lock the head of a lane that no other transaction holds.

    Wait for one only where all are held.
    """
    head = await tx.maybe(Head, store.CLAIM_FREE_HEAD, institution)
    if head is None and not await tx.value(store.COUNT_HEADS, institution):
        first = [head_of(key, institution, lane, 0, START) for lane in range(LANES)]
        await tx.execute_many(store.INSERT_HEAD, [msgspec.structs.astuple(each) for each in first])
        head = await tx.maybe(Head, store.CLAIM_FREE_HEAD, institution)
    if head is None:
        return await tx.one(Head, store.CLAIM_HEAD, institution, next(_turns) % LANES)
    return head


def _row(waiting: _Waiting, lane: int, number: int, keys: Keys, key: Key) -> Row:
    entry = waiting.entry
    if waiting.at.tzinfo is None:
        raise BrokenInvariant("a time without a zone")
    return Row(
        institution=entry.institution,
        lane=lane,
        number=number,
        at=waiting.at,
        event=str(entry.event),
        result=entry.result,
        actor=_storable(entry.actor),
        subject=_storable(entry.subject),
        reason=_storable(entry.reason),
        source=_storable(entry.source),
        reference=_storable(entry.reference),
        journey=_storable(entry.journey),
        detail=_storable_pairs(entry.detail),
        personal=_sealed(entry, lane, number, keys),
        key_id=key.id,
        hash=START,
    )


def _sealed(entry: Entry, lane: int, number: int, keys: Keys) -> bytes:
    if not entry.personal:
        return b""
    plain = msgspec.json.encode(_storable_pairs(entry.personal))
    return seal(keys, PERSONAL, plain, _place(entry.institution, lane, number))


def _storable_pairs(pairs: Mapping[str, str]) -> dict[str, str]:
    return {_storable(name): _storable(value) for name, value in pairs.items()}


def _place(institution: str, lane: int, number: int) -> bytes:
    return f"operations-log|{institution}|{lane}|{number}".encode()


def _storable(text: str) -> str:
    """Return `text` harmless and cut to a length that every index takes."""
    return harmless(text)[:LONGEST_TEXT]
