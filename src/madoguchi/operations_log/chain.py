"""The chain: what is hashed, and how (pure).

The hash of a row is an HMAC-SHA256 over all of its columns, each with its length before it, and the
hash of the row before it in its lane. The head of a lane signs how many rows there are and the last
one's hash.
"""

from collections.abc import Sequence
from datetime import UTC, datetime

import msgspec

from madoguchi.kernel.errors import Fault
from madoguchi.operations_log.entry import Row
from madoguchi.plumbing.keys import Key, Keys, mac

LANES = 8
KEY_NAME = "operations-log"
START = b""
"""What stands for the hash of the row before the first."""


class Head(msgspec.Struct, frozen=True):
    """The end of one lane: how many rows it has, and the hash of the last."""

    institution: str
    lane: int
    count: int
    hash: bytes
    key_id: str
    signature: bytes


class AnchorUnreadable(Fault):
    """A text is not an anchor as `str(anchor)` prints it."""


class Anchor(msgspec.Struct, frozen=True):
    """Where an institution's log stood at some time: per lane, how many rows and the last hash.

    Kept outside the database (on paper, on a write-once disk), it lets `verify` notice that an
    older copy of the whole log was put back.
    """

    institution: str
    at: datetime
    lanes: tuple[tuple[int, str], ...]

    def __str__(self) -> str:
        return msgspec.json.encode(self).decode()

    @classmethod
    def parse(cls, text: str) -> "Anchor":
        """Return the anchor that was printed. Raises `AnchorUnreadable`."""
        try:
            return msgspec.json.decode(text, type=cls)
        except msgspec.MsgspecError as error:
            raise AnchorUnreadable(str(error)) from None


def row_hash(key: Key, row: Row, before: bytes) -> bytes:
    """Return the hash of `row`, whose own `hash` does not count, after one with hash `before`."""
    at = row.at.astimezone(UTC).isoformat(timespec="microseconds")
    place = (row.institution, str(row.lane), str(row.number), at, row.key_id)
    what = (row.event, row.result, row.reason, row.reference, row.journey)
    texts = (*place, *what, row.actor, row.subject, row.source)
    details = [text for pair in sorted(row.detail.items()) for text in pair]
    encoded = [text.encode() for text in (*texts, str(len(row.detail)), *details)]
    return mac(key, "operations-log row", *encoded, row.personal, before)


def head_signature(key: Key, institution: str, lane: int, count: int, last: bytes) -> bytes:
    """Return the signature of a lane's head."""
    parts = (institution.encode(), str(lane).encode(), str(count).encode(), last)
    return mac(key, "operations-log head", *parts)


def head_of(key: Key, institution: str, lane: int, count: int, last: bytes) -> Head:
    """Return the signed head of a lane."""
    signature = head_signature(key, institution, lane, count, last)
    return Head(institution, lane, count, last, key.id, signature)


def key_by_id(keys: Keys, key_id: str) -> Key | None:
    """Return the version of the log's key with that id."""
    return next((key for key in keys.every(KEY_NAME) if key.id == key_id), None)


def anchor_of(institution: str, at: datetime, heads: Sequence[Head]) -> Anchor:
    """Return the anchor of these heads, which must be in the order of their lanes."""
    return Anchor(institution, at, tuple((head.count, head.hash.hex()) for head in heads))
