"""The only SQL of the institutions."""

from collections.abc import Mapping
from typing import Any

from msgspec import Struct

LOCK_PUBLISHING = "SELECT pg_advisory_xact_lock(hashtext('institutions_institution'))"

CURRENT_VERSION = "SELECT coalesce(max(version), 0) FROM institutions_institution"

CHANGED_SINCE = """
SELECT institution, documents, logo, logo_dark, version, withdrawn_at IS NOT NULL AS withdrawn
FROM institutions_institution
WHERE version > $1
ORDER BY version"""

STORED = """
SELECT institution, documents, logo, logo_dark, version, withdrawn_at IS NOT NULL AS withdrawn
FROM institutions_institution
WHERE institution = $1"""

TAKEN = """
SELECT institution, documents -> 'institution' ->> 'slug' AS slug,
       coalesce(documents -> 'institution' -> 'hosts', '[]'::jsonb) AS hosts
FROM institutions_institution
WHERE institution <> $1 AND withdrawn_at IS NULL
  AND (documents -> 'institution' ->> 'slug' = $2
       OR documents -> 'institution' -> 'hosts' ?| $3::text[])
ORDER BY institution"""

SAVE = """
INSERT INTO institutions_institution
    (institution, documents, logo, logo_dark, version, published_at)
VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (institution) DO UPDATE
SET documents = excluded.documents, logo = excluded.logo, logo_dark = excluded.logo_dark,
    version = excluded.version, published_at = excluded.published_at, withdrawn_at = NULL"""

WITHDRAW = """
UPDATE institutions_institution SET withdrawn_at = $2, version = $3
WHERE institution = $1 AND withdrawn_at IS NULL"""


class StoredInstitution(Struct, frozen=True):
    """A row of `institutions_institution`."""

    institution: str
    documents: Mapping[str, Mapping[str, Any]]
    logo: bytes
    logo_dark: bytes | None
    version: int
    withdrawn: bool


class Taken(Struct, frozen=True):
    """Another institution that holds a slug or host asked for."""

    institution: str
    slug: str
    hosts: list[str]
