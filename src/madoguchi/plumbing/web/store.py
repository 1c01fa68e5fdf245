"""The SQL of visits."""

from datetime import datetime

import msgspec


class VisitRow(msgspec.Struct, frozen=True):
    """A row of web_visit; `proved`, `shown` and, in hexadecimal, `return_url` are sealed."""

    institution: str
    id: str
    place: str
    version: int
    secret_hash: bytes
    proved: bytes
    shown: bytes
    return_url: bytes | None
    expires_at: datetime
    ended_at: datetime | None


INSERT_VISIT = """
INSERT INTO web_visit (institution, id, journey, place, secret_hash, proved, shown, started_at,
expires_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)"""

FIND_VISIT = """
SELECT institution, id, place, version, secret_hash, proved, shown, return_url, expires_at, ended_at
FROM web_visit WHERE institution = $1 AND journey = $2 AND id = $3"""

LOCK_VISIT = FIND_VISIT + " FOR UPDATE"

UPDATE_VISIT = """
UPDATE web_visit
SET place = $3, version = $4, proved = $5, shown = $6, return_url = $7, expires_at = $8,
    ended_at = $9, secret_hash = coalesce($10, secret_hash)
WHERE institution = $1 AND id = $2"""

PURGE_VISITS = "DELETE FROM web_visit WHERE expires_at < $1"
