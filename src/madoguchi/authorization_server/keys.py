"""Signing keys: pending (published), active (signing), retired (published while tokens live)."""

import asyncio
from datetime import datetime, timedelta
from typing import Any

import msgspec
from joserfc.jwk import ECKey, Key, RSAKey

from madoguchi.authorization_server import jose, store
from madoguchi.authorization_server.events import AuthorizationEvent
from madoguchi.authorization_server.store import SigningKeyRow
from madoguchi.kernel.entropy import Entropy, new_id
from madoguchi.kernel.errors import must
from madoguchi.operations_log import Entry, OperationsLog
from madoguchi.plumbing.database import Tx
from madoguchi.plumbing.keys import Keys, seal, unseal

ALGORITHMS = ("ES256", "PS256")
"""What our own tokens are signed with: one key of each at any time."""

KEY_NAME = "signing-keys"
PUBLISHED_BEFORE_IT_SIGNS = timedelta(days=2)
SIGNS_FOR = timedelta(days=90)
LONGEST_TOKEN = timedelta(hours=1)
STAYS_AFTER_LAST_TOKEN = timedelta(hours=1)
REMEMBERED_FOR = timedelta(seconds=30)


class SigningKeys:
    """The institutions' signing keys, in the database; private halves sealed.

    Which key signs is remembered for half a minute: a key that was retired meanwhile is published
    for longer than that, and a key is published for days before it signs.
    """

    def __init__(self, keys: Keys, entropy: Entropy, log: OperationsLog) -> None:
        self._keys = keys
        self._entropy = entropy
        self._log = log
        self._imported: dict[str, Key] = {}
        self._active: dict[tuple[str, str], tuple[datetime, str, Key]] = {}

    async def sign(
        self,
        tx: Tx,
        institution: str,
        algorithm: str,
        token_type: str,
        claims: dict[str, Any],
        now: datetime,
    ) -> str:
        """Return `claims` as a JWT of the given `typ`, signed with the active key."""
        kid, key = await self._signer(tx, institution, algorithm, now)
        return jose.signed({"alg": algorithm, "kid": kid, "typ": token_type}, claims, key)

    async def published(self, tx: Tx, institution: str, now: datetime) -> dict[str, Any]:
        """Return the institution's JWK set: every key that signs, will soon, or has signed."""
        rows = await self._ensured(tx, institution, now)
        return {"keys": [row.public_jwk for row in rows]}

    async def rotate(self, tx: Tx, institution: str, now: datetime) -> None:
        """Take the next step in the life of each key that is due. To be run every hour or so."""
        await self._ensured(tx, institution, now)
        rows = await store.list_keys(tx, institution, locked=True)
        for algorithm in ALGORITHMS:
            await self._rotate(tx, [row for row in rows if row.algorithm == algorithm], now)
        for row in rows:
            if row.retired_until is not None and row.retired_until <= now:
                await store.delete_key(tx, row)

    async def _rotate(self, tx: Tx, rows: list[SigningKeyRow], now: datetime) -> None:
        active = must(next((row for row in rows if row.state == "active"), None))
        pending = next((row for row in rows if row.state == "pending"), None)
        if pending is None:
            if now >= active.active_from + SIGNS_FOR - PUBLISHED_BEFORE_IT_SIGNS:
                from_then = now + PUBLISHED_BEFORE_IT_SIGNS
                await self._create(
                    tx, active.institution, active.algorithm, "pending", now, from_then
                )
        elif now >= pending.active_from:
            until = now + REMEMBERED_FOR + LONGEST_TOKEN + STAYS_AFTER_LAST_TOKEN
            await store.retire_key(tx, active, until)
            await store.activate_key(tx, pending)
            self._record(tx, pending)

    async def _signer(
        self, tx: Tx, institution: str, algorithm: str, now: datetime
    ) -> tuple[str, Key]:
        known = self._active.get((institution, algorithm))
        if known is not None and abs(now - known[0]) < REMEMBERED_FOR:
            return known[1], known[2]
        rows = await self._ensured(tx, institution, now)
        row = next(row for row in rows if row.algorithm == algorithm and row.state == "active")
        key = self._private(row)
        # only what is committed may be remembered: another may have made the first key meanwhile
        tx.after_commit(lambda: self._remember(institution, algorithm, now, row.id, key))
        return row.id, key

    def _remember(
        self, institution: str, algorithm: str, now: datetime, kid: str, key: Key
    ) -> None:
        self._active[institution, algorithm] = (now, kid, key)

    async def _ensured(self, tx: Tx, institution: str, now: datetime) -> list[SigningKeyRow]:
        rows = await store.list_keys(tx, institution)
        missing = set(ALGORITHMS) - {row.algorithm for row in rows if row.state == "active"}
        for algorithm in sorted(missing):
            await self._create(tx, institution, algorithm, "active", now, now)
        return await store.list_keys(tx, institution) if missing else rows

    async def _create(
        self,
        tx: Tx,
        institution: str,
        algorithm: str,
        state: str,
        now: datetime,
        active_from: datetime,
    ) -> None:
        kid = new_id(self._entropy)
        key = await asyncio.to_thread(_generated, algorithm, kid)
        private = msgspec.json.encode(key.as_dict(private=True))
        row = SigningKeyRow(
            institution=institution,
            id=kid,
            algorithm=algorithm,
            state=state,
            public_jwk=dict(key.as_dict(private=False)),
            sealed_private_jwk=seal(self._keys, KEY_NAME, private, _context(institution, kid)),
            created_at=now,
            active_from=active_from,
        )
        await store.insert_key(tx, row)

    def _private(self, row: SigningKeyRow) -> Key:
        if row.id not in self._imported:
            context = _context(row.institution, row.id)
            plain = unseal(self._keys, KEY_NAME, row.sealed_private_jwk, context)
            self._imported[row.id] = jose.private_key(msgspec.json.decode(plain))
        return self._imported[row.id]

    def _record(self, tx: Tx, row: SigningKeyRow) -> None:
        entry = Entry(
            institution=row.institution,
            event=AuthorizationEvent.KEY_ROTATED,
            result="done",
            subject=row.id,
            detail={"algorithm": row.algorithm},
        )
        self._log.append(tx, entry)


def _generated(algorithm: str, kid: str) -> Key:
    named: Any = {"kid": kid, "alg": algorithm, "use": "sig"}
    if algorithm == "ES256":
        return ECKey.generate_key("P-256", parameters=named)
    return RSAKey.generate_key(2048, parameters=named)


def _context(institution: str, kid: str) -> bytes:
    return f"{institution}|{kid}".encode()
