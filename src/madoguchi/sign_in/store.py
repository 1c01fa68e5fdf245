"""The only SQL of signing in."""

from datetime import datetime

from msgspec import Struct

from madoguchi.sign_in.model import LoginResult, Stage, Why

PUT_RECORD = """
INSERT INTO sign_in_secret (institution, contract_id, kind, record, provisional_until, set_at)
VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (institution, contract_id, kind) DO UPDATE
SET record = excluded.record, provisional_until = excluded.provisional_until,
    set_at = excluded.set_at"""

HAS_RECORD = """
SELECT EXISTS (SELECT FROM sign_in_secret
               WHERE institution = $1 AND contract_id = $2 AND kind = $3)"""

FIND_RECORD = """
SELECT record, provisional_until, set_at FROM sign_in_secret
WHERE institution = $1 AND contract_id = $2 AND kind = $3"""

UPGRADE_RECORD = """
UPDATE sign_in_secret SET record = $5
WHERE institution = $1 AND contract_id = $2 AND kind = $3 AND record = $4"""

DROP_ANSWERS = "DELETE FROM sign_in_answer WHERE institution = $1 AND contract_id = $2"

ADD_ANSWER = """
INSERT INTO sign_in_answer (institution, contract_id, question_key, position, record, set_at)
VALUES ($1, $2, $3, $4, $5, $6)"""

QUESTION_KEYS = """
SELECT array_agg(question_key ORDER BY position) FROM sign_in_answer
WHERE institution = $1 AND contract_id = $2"""

FIND_ANSWER = """
SELECT record FROM sign_in_answer
WHERE institution = $1 AND contract_id = $2 AND question_key = $3"""

UPGRADE_ANSWER = """
UPDATE sign_in_answer SET record = $5
WHERE institution = $1 AND contract_id = $2 AND question_key = $3 AND record = $4"""


END_ALL = """
UPDATE sign_in_session
SET ended_at = $3::timestamptz,
    ended_why = CASE WHEN ends_at <= $3 THEN 'absolute' WHEN idle_ends_at <= $3 THEN 'idle'
                ELSE $4::text END
WHERE institution = $1 AND contract_id = $2 AND ended_at IS NULL
RETURNING id, ended_why"""

END_OTHERS = """
UPDATE sign_in_session
SET ended_at = $3::timestamptz,
    ended_why = CASE WHEN ends_at <= $3 THEN 'absolute' WHEN idle_ends_at <= $3 THEN 'idle'
                ELSE $4::text END
WHERE institution = $1 AND contract_id = $2 AND ended_at IS NULL AND id <> $5
RETURNING id, ended_why"""

INSERT_SESSION = """
INSERT INTO sign_in_session
    (institution, id, contract_id, secret_hash, stage, how, device_id, known_device, notice,
     only_one, started_at, idle_ends_at, ends_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)"""

TOUCH = """
UPDATE sign_in_session SET idle_ends_at = least(ends_at, greatest(idle_ends_at, $4))
WHERE institution = $1 AND secret_hash = $2
  AND ended_at IS NULL AND idle_ends_at > $3 AND ends_at > $3
RETURNING institution, id, contract_id, stage, how, device_id, known_device, started_at,
          idle_ends_at, ends_at, notice"""

FIND_SESSION = """
SELECT institution, id, contract_id, stage, how, device_id, known_device, started_at,
       idle_ends_at, ends_at, notice
FROM sign_in_session
WHERE institution = $1 AND secret_hash = $2
  AND ended_at IS NULL AND idle_ends_at > $3 AND ends_at > $3"""

WHY_OVER = """
SELECT coalesce(ended_why, CASE WHEN ends_at <= $3 THEN 'absolute' ELSE 'idle' END)
FROM sign_in_session WHERE institution = $1 AND secret_hash = $2"""

RENEW = """
UPDATE sign_in_session SET secret_hash = $4, stage = coalesce($5, stage)
WHERE institution = $1 AND id = $2
  AND ended_at IS NULL AND idle_ends_at > $3 AND ends_at > $3
RETURNING id"""

TOLD = "UPDATE sign_in_session SET notice = '' WHERE institution = $1 AND id = $2"

END = """
UPDATE sign_in_session SET ended_at = $3, ended_why = $4
WHERE institution = $1 AND id = $2 AND ended_at IS NULL
RETURNING id"""

PURGE_SESSIONS = "DELETE FROM sign_in_session WHERE ends_at <= $1"

# the same statement where there is nobody to note it for: it takes as long
NOTE_LOGIN = """
INSERT INTO sign_in_login
    (institution, id, contract_id, at, how, origin, device, result)
SELECT $1::text, $2::text, $3::text, $4::timestamptz, $5::text[], $6::text, $7::text, $8::text
WHERE $3 <> ''"""

LAST_LOGINS = """
SELECT at, how, origin, device, result FROM sign_in_login
WHERE institution = $1 AND contract_id = $2
ORDER BY at DESC, id
LIMIT $3"""

PURGE_LOGINS = "DELETE FROM sign_in_login WHERE at <= $1"


class StoredSecret(Struct, frozen=True):
    """A password's record, and until when it can be used where it went by post."""

    record: str
    provisional_until: datetime | None
    set_at: datetime


class SessionRow(Struct, frozen=True):
    """A live session as it stands."""

    institution: str
    id: str
    contract_id: str
    stage: Stage
    how: list[str]
    device_id: str
    known_device: bool
    started_at: datetime
    idle_ends_at: datetime
    ends_at: datetime
    notice: str


class EndedSession(Struct, frozen=True):
    """A session just ended."""

    id: str
    ended_why: Why


class LoginRow(Struct, frozen=True):
    """A line of the history."""

    at: datetime
    how: list[str]
    origin: str
    device: str
    result: LoginResult
