"""The authorization server's rows."""

from datetime import datetime, timedelta
from typing import Any

import msgspec

from madoguchi.authorization_server.requests import (
    AuthorizationRequest,
    Parameters,
    parameters_from,
)
from madoguchi.plumbing.database import Tx

PUSH = """
INSERT INTO authorization_server_request
    (institution, id, reference_hash, client_id, parameters, pushed_at, expires_at)
VALUES ($1, $2, $3, $4, $5, $6, $7)"""

FIND_REQUEST = """
SELECT institution, id, client_id, parameters, consent_id, pushed_at, expires_at, finished_at,
    outcome
FROM authorization_server_request WHERE institution = $1"""
FIND_REQUEST_BY_REFERENCE = FIND_REQUEST + " AND reference_hash = $2 FOR UPDATE"
FIND_REQUEST_BY_ID = FIND_REQUEST + " AND id = $2 FOR UPDATE"

SET_CONSENT = """
UPDATE authorization_server_request SET consent_id = $3 WHERE institution = $1 AND id = $2"""

FINISH = """
UPDATE authorization_server_request SET finished_at = $3, outcome = $4
WHERE institution = $1 AND id = $2 AND finished_at IS NULL
RETURNING id"""

INSERT_CODE = """
INSERT INTO authorization_server_code
    (institution, hash, client_id, consent_id, redirect_uri, code_challenge, dpop_jkt, nonce,
     scopes, auth_time, issued_at, expires_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)"""

FIND_CODE = """
SELECT * FROM authorization_server_code WHERE institution = $1 AND hash = $2 FOR UPDATE"""

USE_CODE = """
UPDATE authorization_server_code SET used_at = $3
WHERE institution = $1 AND hash = $2 AND used_at IS NULL
RETURNING hash"""

ADD_ISSUED = """
INSERT INTO authorization_server_token
    (institution, hash, kind, id, client_id, consent_id, code_hash, jkt, scopes, auth_time,
     issued_at, expires_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)"""

FIND_ISSUED = "SELECT * FROM authorization_server_token WHERE institution = $1 AND hash = $2"

REVOKE_ISSUED = """
UPDATE authorization_server_token SET revoked_at = $3
WHERE institution = $1 AND hash = $2 AND revoked_at IS NULL"""

REVOKE_TOKENS_OF_CODE = """
UPDATE authorization_server_token SET revoked_at = $3
WHERE institution = $1 AND code_hash = $2 AND revoked_at IS NULL"""

# one that is kept no longer may be used again; one that is kept may not
SPEND = """
INSERT INTO authorization_server_single_use AS known (institution, kind, hash, kept_until)
VALUES ($1, $2, $3, $4)
ON CONFLICT (institution, kind, hash) DO UPDATE SET kept_until = excluded.kept_until
    WHERE known.kept_until < $5
RETURNING hash"""

LIST_KEYS = """
SELECT * FROM authorization_server_signing_key WHERE institution = $1 ORDER BY created_at, id"""
LIST_KEYS_LOCKED = LIST_KEYS + " FOR UPDATE"

INSERT_KEY = """
INSERT INTO authorization_server_signing_key
    (institution, id, algorithm, state, public_jwk, sealed_private_jwk, created_at, active_from)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
ON CONFLICT DO NOTHING"""

RETIRE_KEY = """
UPDATE authorization_server_signing_key SET state = 'retired', retired_until = $3
WHERE institution = $1 AND id = $2 AND state = 'active'"""

ACTIVATE_KEY = """
UPDATE authorization_server_signing_key SET state = 'active'
WHERE institution = $1 AND id = $2 AND state = 'pending'"""

DELETE_KEY = "DELETE FROM authorization_server_signing_key WHERE institution = $1 AND id = $2"

PURGE_REQUESTS = "DELETE FROM authorization_server_request WHERE pushed_at < $1"
PURGE_CODES = "DELETE FROM authorization_server_code WHERE expires_at < $1"
PURGE_ACCESS_TOKENS = """
DELETE FROM authorization_server_token old
WHERE old.kind = 'access' AND old.expires_at < $1 AND EXISTS (
    SELECT FROM authorization_server_token newer
    WHERE newer.institution = old.institution AND newer.consent_id = old.consent_id
        AND newer.kind = 'access' AND newer.issued_at > old.issued_at)"""
PURGE_TOKENS = "DELETE FROM authorization_server_token WHERE expires_at < $1"
PURGE_SINGLE_USE = "DELETE FROM authorization_server_single_use WHERE kept_until < $1"


class Code(msgspec.Struct, frozen=True):
    """An authorization code's row."""

    institution: str
    hash: bytes
    client_id: str
    consent_id: str
    redirect_uri: str
    code_challenge: str
    dpop_jkt: str
    nonce: str
    scopes: list[str]
    auth_time: datetime
    issued_at: datetime
    expires_at: datetime
    used_at: datetime | None = None


class Token(msgspec.Struct, frozen=True):
    """An access or refresh token's row."""

    institution: str
    hash: bytes
    kind: str
    id: str
    client_id: str
    consent_id: str
    code_hash: bytes
    jkt: str
    scopes: list[str]
    auth_time: datetime
    issued_at: datetime
    expires_at: datetime
    revoked_at: datetime | None = None


class SigningKeyRow(msgspec.Struct, frozen=True):
    """A signing key's row."""

    institution: str
    id: str
    algorithm: str
    state: str
    public_jwk: dict[str, Any]
    sealed_private_jwk: bytes
    created_at: datetime
    active_from: datetime
    retired_until: datetime | None = None


class _RequestRow(msgspec.Struct):
    institution: str
    id: str
    client_id: str
    parameters: dict[str, Any]
    consent_id: str | None
    pushed_at: datetime
    expires_at: datetime
    finished_at: datetime | None
    outcome: str


async def push(
    tx: Tx,
    institution: str,
    request_id: str,
    reference_hash: bytes,
    client_id: str,
    parameters: Parameters,
    now: datetime,
    lives: timedelta,
) -> None:
    """Keep a pushed request."""
    plain = msgspec.to_builtins(parameters)
    times = (now, now + lives)
    await tx.execute(PUSH, institution, request_id, reference_hash, client_id, plain, *times)


async def find_request_by_reference(
    tx: Tx, institution: str, reference_hash: bytes
) -> AuthorizationRequest | None:
    """Return the request behind a `request_uri`, held until the transaction ends."""
    return _request(
        await tx.maybe(_RequestRow, FIND_REQUEST_BY_REFERENCE, institution, reference_hash)
    )


async def find_request(tx: Tx, institution: str, request_id: str) -> AuthorizationRequest | None:
    """Return the request of that id, held until the transaction ends."""
    return _request(await tx.maybe(_RequestRow, FIND_REQUEST_BY_ID, institution, request_id))


async def set_consent(tx: Tx, request: AuthorizationRequest, consent_id: str) -> None:
    """Note which consent awaits for this request."""
    await tx.execute(SET_CONSENT, request.institution, request.id, consent_id)


async def finish(tx: Tx, request: AuthorizationRequest, outcome: str, now: datetime) -> bool:
    """Use the request up; False where it was used up before."""
    return await tx.value(FINISH, request.institution, request.id, now, outcome) is not None


async def insert_code(tx: Tx, code: Code) -> None:
    """Keep a code."""
    await tx.execute(INSERT_CODE, *msgspec.structs.astuple(code)[:-1])


async def find_code(tx: Tx, institution: str, code_hash: bytes) -> Code | None:
    """Return a code, held until the transaction ends."""
    return await tx.maybe(Code, FIND_CODE, institution, code_hash)


async def use_code(tx: Tx, code: Code, now: datetime) -> bool:
    """Use the code up; False where it was used up before."""
    return await tx.value(USE_CODE, code.institution, code.hash, now) is not None


async def insert_token(tx: Tx, token: Token) -> None:
    """Keep a token."""
    await tx.execute(ADD_ISSUED, *msgspec.structs.astuple(token)[:-1])


async def find_token(tx: Tx, institution: str, token_hash: bytes) -> Token | None:
    """Return a token, or None."""
    return await tx.maybe(Token, FIND_ISSUED, institution, token_hash)


async def revoke_token(tx: Tx, token: Token, now: datetime) -> None:
    """Revoke one token."""
    await tx.execute(REVOKE_ISSUED, token.institution, token.hash, now)


async def revoke_tokens_of_code(tx: Tx, institution: str, code_hash: bytes, now: datetime) -> int:
    """Revoke all tokens that a code gave, directly or by refreshing; return how many."""
    return await tx.execute(REVOKE_TOKENS_OF_CODE, institution, code_hash, now)


async def spend(
    tx: Tx, institution: str, kind: str, value_hash: bytes, kept_until: datetime, now: datetime
) -> bool:
    """Use up a single-use value; False where it was used before. Two at once: one is told True."""
    spent = await tx.value(SPEND, institution, kind, value_hash, kept_until, now)
    return spent is not None


async def list_keys(tx: Tx, institution: str, *, locked: bool = False) -> list[SigningKeyRow]:
    """Return the institution's signing keys, oldest first."""
    return await tx.many(SigningKeyRow, LIST_KEYS_LOCKED if locked else LIST_KEYS, institution)


async def insert_key(tx: Tx, key: SigningKeyRow) -> None:
    """Keep a signing key, unless there is one of its algorithm in its state."""
    await tx.execute(INSERT_KEY, *msgspec.structs.astuple(key)[:-1])


async def retire_key(tx: Tx, key: SigningKeyRow, until: datetime) -> None:
    """Let a key sign no more; it is published until `until`."""
    await tx.execute(RETIRE_KEY, key.institution, key.id, until)


async def activate_key(tx: Tx, key: SigningKeyRow) -> None:
    """Let a published key sign."""
    await tx.execute(ACTIVATE_KEY, key.institution, key.id)


async def delete_key(tx: Tx, key: SigningKeyRow) -> None:
    """Forget a key."""
    await tx.execute(DELETE_KEY, key.institution, key.id)


def _request(row: _RequestRow | None) -> AuthorizationRequest | None:
    if row is None:
        return None
    fields = {name: getattr(row, name) for name in _RequestRow.__struct_fields__}
    fields["parameters"] = parameters_from(row.parameters)
    return AuthorizationRequest(**fields)
