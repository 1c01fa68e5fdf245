"""Usual environments and decisions in PostgreSQL."""

from datetime import datetime

from msgspec import Struct

KNOWN = """
SELECT EXISTS (SELECT FROM risk_subject WHERE institution = $1 AND subject = $2)"""

USUAL = """
SELECT kind, value FROM risk_usual
WHERE institution = $1 AND subject = $2 AND last_seen > $3"""

TEACH = """
INSERT INTO risk_subject AS known (institution, subject, taught_at, learned_at)
VALUES ($1, $2, $3, $3)
ON CONFLICT (institution, subject) DO UPDATE
SET learned_at = greatest(known.learned_at, excluded.learned_at)"""
"""Also holds the subject, so that what two logins teach at once is learned one after the other."""

LEARN = """
INSERT INTO risk_usual AS usual (institution, subject, kind, value, last_seen)
VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (institution, subject, kind, value) DO UPDATE
SET last_seen = greatest(usual.last_seen, excluded.last_seen)"""

KEEP_THE_LATEST = """
DELETE FROM risk_usual AS usual USING (
    SELECT kind, value, row_number() OVER (PARTITION BY kind ORDER BY last_seen DESC, value) AS rank
    FROM risk_usual WHERE institution = $1 AND subject = $2
) AS ranked
WHERE usual.institution = $1 AND usual.subject = $2 AND usual.kind = ranked.kind
  AND usual.value = ranked.value AND ranked.rank > $3"""

RECORD = """
INSERT INTO risk_decision (institution, id, subject, at, decision, score, reasons, first,
    device_id, network, place, browser, language)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
ON CONFLICT (institution, id) DO NOTHING"""

DECISIONS = """
SELECT id, subject, at, decision, score, reasons, first, device_id, network, place, browser,
    language
FROM risk_decision
WHERE institution = $1 AND at >= $2 AND ($3::text IS NULL OR decision = $3)
  AND ($4::text IS NULL OR subject = $4)
ORDER BY at DESC, id
LIMIT $5"""

PURGE_USUAL = "DELETE FROM risk_usual WHERE last_seen <= $1"
PURGE_DECISIONS = "DELETE FROM risk_decision WHERE at < $1"


class UsualRow(Struct, frozen=True):
    """Something usual."""

    kind: str
    value: str


class DecisionRow(Struct, frozen=True):
    """A decision, flat."""

    id: str
    subject: str
    at: datetime
    decision: str
    score: int
    reasons: list[str]
    first: bool
    device_id: str
    network: str
    place: str
    browser: str
    language: str
