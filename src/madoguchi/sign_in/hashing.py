"""Hashing passwords and answers: slow on purpose, and never more than the server bears (SEC-02).

A record is like a PHC string, with the id of the pepper's key among its parameters:
`$argon2id$v=19$m=19456,t=2,p=1,keyid=…$salt$hash`. What it was made for (institution, contract,
kind) goes into the hash, so that a record moved elsewhere is worth nothing there.
"""

import asyncio
import base64
import hmac
import os
import re
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

from madoguchi.kernel.errors import BrokenInvariant
from madoguchi.plumbing.keys import Key, Keys, KeyUnavailable

PEPPER = "password-pepper"
SALT_BYTES = 16
HASH_BYTES = 32
RECORD = re.compile(
    r"\$argon2id\$v=19\$m=(\d{1,8}),t=(\d{1,3}),p=(\d{1,2}),keyid=([0-9a-z]{1,32})"
    r"\$([A-Za-z0-9+/]+)\$([A-Za-z0-9+/]+)"
)


@dataclass(frozen=True, slots=True)
class Cost:
    """What one hash costs: memory in KiB, passes over it, lanes."""

    memory_kib: int = 19 * 1024
    passes: int = 2
    lanes: int = 1


@dataclass(frozen=True, slots=True)
class Checked:
    """Whether the text was right; if so, and its record is out of date, what to keep instead."""

    right: bool
    upgraded: str | None = None


@dataclass(frozen=True, slots=True)
class _Record:
    cost: Cost
    key_id: str
    salt: bytes
    hash: bytes


class Hasher:
    """Argon2id with a pepper, `threads` at a time in a pool of its own; built once in `app`.

    The others wait, and hold their connection to the database meanwhile: whoever serves people
    that nobody knows yet asks `is_busy` before, and turns them away (`most_waiting` under way).
    """

    def __init__(
        self, keys: Keys, *, threads: int = 1, most_waiting: int = 8, cost: Cost | None = None
    ) -> None:
        self._keys = keys
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="hashing")
        self._most_waiting = most_waiting
        self._cost = cost or Cost()
        self._under_way = 0

    @property
    def is_busy(self) -> bool:
        """Whether as many hashes are under way or waiting as may be."""
        return self._under_way >= self._most_waiting

    async def hash(self, text: str, made_for: Sequence[str]) -> str:
        """Return a record of `text` for what `made_for` names."""
        salt, pepper = os.urandom(SALT_BYTES), self._keys.current(PEPPER)
        hashed = await self._derive(text, made_for, salt, self._cost, pepper)
        return _written(_Record(self._cost, pepper.id, salt, hashed))

    async def check(self, record: str | None, text: str, made_for: Sequence[str]) -> Checked:
        """Tell whether `text` is what `record` was made of; without a record it takes as long.

        Raises `KeyUnavailable` where the pepper's key is gone.
        """
        if record is None:
            current = self._keys.current(PEPPER)
            await self._derive(text, made_for, bytes(SALT_BYTES), self._cost, current)
            return Checked(right=False)
        kept = _read(record)
        pepper = self._pepper(kept.key_id)
        hashed = await self._derive(text, made_for, kept.salt, kept.cost, pepper)
        if not hmac.compare_digest(hashed, kept.hash):
            return Checked(right=False)
        if kept.cost == self._cost and kept.key_id == self._keys.current(PEPPER).id:
            return Checked(right=True)
        return Checked(right=True, upgraded=await self.hash(text, made_for))

    def close(self) -> None:
        """End the threads; what waits is given up."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    async def _derive(
        self, text: str, made_for: Sequence[str], salt: bytes, cost: Cost, pepper: Key
    ) -> bytes:
        algorithm = Argon2id(
            salt=salt,
            length=HASH_BYTES,
            iterations=cost.passes,
            lanes=cost.lanes,
            memory_cost=cost.memory_kib,
            ad=b"".join(len(part.encode()).to_bytes(2, "big") + part.encode() for part in made_for),
            secret=pepper.secret,
        )
        secret = text.encode("utf-8", "surrogatepass")
        self._under_way += 1
        try:
            loop = asyncio.get_running_loop()
            return await loop.run_in_executor(self._pool, algorithm.derive, secret)
        finally:
            self._under_way -= 1

    def _pepper(self, key_id: str) -> Key:
        for key in self._keys.every(PEPPER):
            if key.id == key_id:
                return key
        raise KeyUnavailable(f"no {PEPPER} of the id {key_id}")


def _written(record: _Record) -> str:
    cost = record.cost
    parameters = f"m={cost.memory_kib},t={cost.passes},p={cost.lanes},keyid={record.key_id}"
    return f"$argon2id$v=19${parameters}${_encoded(record.salt)}${_encoded(record.hash)}"


def _read(record: str) -> _Record:
    found = RECORD.fullmatch(record)
    if found is None:
        raise BrokenInvariant("a record of a password that is none")
    memory, passes, lanes, key_id, salt, hashed = found.groups()
    cost = Cost(int(memory), int(passes), int(lanes))
    return _Record(cost, key_id, _decoded(salt), _decoded(hashed))


def _encoded(raw: bytes) -> str:
    return base64.b64encode(raw).rstrip(b"=").decode()


def _decoded(text: str) -> bytes:
    return base64.b64decode(text + "=" * (-len(text) % 4))
