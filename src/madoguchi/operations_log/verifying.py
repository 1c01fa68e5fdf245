"""Verifying the operations log."""

import hmac
from dataclasses import dataclass

from madoguchi.operations_log import store
from madoguchi.operations_log.chain import (
    LANES,
    START,
    Anchor,
    Head,
    head_signature,
    key_by_id,
    row_hash,
)
from madoguchi.operations_log.entry import Row
from madoguchi.plumbing.database import Tx
from madoguchi.plumbing.keys import Keys


@dataclass(frozen=True, slots=True)
class Verified:
    """Every row is as it was written, and none is missing."""

    institution: str
    rows: int


@dataclass(frozen=True, slots=True)
class Broken:
    """The first thing found wrong: in which lane, at which row number (0.

    Not at one row), and what.
    """

    institution: str
    lane: int
    number: int
    what: str


async def verify(
    tx: Tx, institution: str, *, keys: Keys, anchor: Anchor | None = None
) -> Verified | Broken:
    """Check every row of the institution; rows appended meanwhile are left for the next time.

    With `anchor`, check also that every row the anchor knew of is still there. Nothing is locked.
    """
    heads = await tx.many(Head, store.HEADS, institution)
    if len(heads) not in (0, LANES):
        return Broken(institution, 0, 0, "the head of a lane is missing")
    lanes = [head.lane for head in heads]
    if await tx.value(store.ROWS_WITHOUT_A_LANE, institution, lanes):
        return Broken(institution, 0, 0, "there are rows in a lane that does not exist")
    if anchor and (gone := await _compare(tx, institution, heads, anchor)):
        return gone
    for head in heads:
        if broken := _check_head(head, keys) or await _check_rows(tx, head, keys):
            return broken
    if await tx.value(store.ROWS_BEYOND_A_HEAD, institution):
        return Broken(institution, 0, 0, "there are rows after the end of a lane")
    return Verified(institution, sum(head.count for head in heads))


def _check_head(head: Head, keys: Keys) -> Broken | None:
    key = key_by_id(keys, head.key_id)
    if key is None:
        return Broken(head.institution, head.lane, 0, f"no key {head.key_id} for the head")
    signature = head_signature(key, head.institution, head.lane, head.count, head.hash)
    if not hmac.compare_digest(signature, head.signature):
        return Broken(head.institution, head.lane, 0, "the head was changed")
    return None


async def _check_rows(tx: Tx, head: Head, keys: Keys) -> Broken | None:
    before, number = START, 0
    while number < head.count:
        rows = await tx.many(Row, store.ROWS_AFTER, head.institution, head.lane, number, head.count)
        for row in rows:
            number += 1
            if wrong := _wrong(row, number, before, keys):
                return Broken(head.institution, head.lane, number, wrong)
            before = row.hash
        if not rows:
            return Broken(head.institution, head.lane, number + 1, "rows are missing at the end")
    if before != head.hash:
        return Broken(
            head.institution, head.lane, number, "the last row is not the one that was signed"
        )
    return None


def _wrong(row: Row, number: int, before: bytes, keys: Keys) -> str | None:
    if row.number != number:
        return "a row is missing"
    key = key_by_id(keys, row.key_id)
    if key is None:
        return f"no key {row.key_id}"
    if not hmac.compare_digest(row_hash(key, row, before), row.hash):
        return "the row was changed, moved or put in"
    return None


async def _compare(tx: Tx, institution: str, heads: list[Head], anchor: Anchor) -> Broken | None:
    if anchor.institution != institution:
        return Broken(institution, 0, 0, "the anchor is another institution's")
    for lane, (count, last) in enumerate(anchor.lanes):
        if count == 0:
            continue
        if lane >= len(heads) or heads[lane].count < count:
            return Broken(institution, lane, count, "rows that the anchor knew of are gone")
        found: bytes | None = await tx.value(store.ROW_HASH, institution, lane, count)
        if found is None or found.hex() != last:
            return Broken(institution, lane, count, "the row that the anchor knew of is another")
    return None
