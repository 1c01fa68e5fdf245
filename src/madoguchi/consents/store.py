"""Consents' rows."""

from datetime import datetime
from typing import Any

import msgspec

from madoguchi.consents.rules import (
    Agreement,
    Consent,
    ConsentedAccount,
    ConsentStatus,
    EndedBy,
    status_at,
)
from madoguchi.plumbing.database import Tx

SELECT = """
SELECT consent.*, coalesce((
    SELECT jsonb_agg(jsonb_build_object(
        'account_id', account.account_id, 'public_id', account.public_id,
        'branch_code', account.branch_code, 'account_kind', account.account_kind,
        'account_number', account.account_number) ORDER BY account.position)
    FROM consents_account account
    WHERE account.institution = consent.institution AND account.consent_id = consent.id
), '[]') AS accounts
FROM consents_consent consent
WHERE consent.institution = $1"""

FIND = SELECT + " AND consent.id = $2"
FIND_LOCKED = FIND + " FOR UPDATE OF consent"
NEWEST_FIRST = " ORDER BY requested_at DESC, id"
LIST_FOR_HOLDER = SELECT + " AND consent.holder_id = $2 AND consent.holder_id <> ''" + NEWEST_FIRST
LIST_FOR_CLIENT = SELECT + " AND consent.client_id = $2" + NEWEST_FIRST
UNDER_ACCOUNT = """ AND EXISTS (
    SELECT FROM consents_account mine
    WHERE mine.institution = $1 AND mine.consent_id = consent.id AND mine.account_id = $2
)"""
LIST_FOR_ACCOUNT = SELECT + UNDER_ACCOUNT + NEWEST_FIRST
OTHERS_AUTHORISED = """ AND consent.holder_id = $2 AND consent.client_id = $3
AND consent.id <> $4 AND consent.status = 'authorised' AND consent.expires_at > $5
ORDER BY requested_at, id FOR UPDATE OF consent"""
LIST_AUTHORISED = SELECT + OTHERS_AUTHORISED

ASK = """
INSERT INTO consents_consent (institution, id, client_id, status, scopes, requested_at)
VALUES ($1, $2, $3, 'awaiting', $4, $5)"""

AUTHORISE = """
UPDATE consents_consent SET
    status = 'authorised', holder_id = $3, scopes = $4, mode = $5, terms_version = $6,
    screen_version = $7, authorised_at = $8, expires_at = $9
WHERE institution = $1 AND id = $2 AND status = 'awaiting'
RETURNING id"""

ADD_ACCOUNT = """
INSERT INTO consents_account
    (institution, consent_id, public_id, account_id, branch_code, account_kind, account_number,
     position)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)"""

REVOKE = """
UPDATE consents_consent SET status = 'revoked', ended_at = $3, ended_by = $4, end_reason = $5
WHERE institution = $1 AND id = $2 AND status IN ('awaiting', 'authorised')
RETURNING id"""

SUPERSEDE = """
UPDATE consents_consent SET status = 'superseded', ended_at = $3, ended_by = 'newer_consent',
    superseded_by = $4
WHERE institution = $1 AND id = $2 AND status = 'authorised'"""

TOUCH = """
UPDATE consents_consent SET last_used_at = $3
WHERE institution = $1 AND id = $2 AND (last_used_at IS NULL OR last_used_at < $3)"""

# one authorisation at a time for one client and holder, so that two at once cannot both stand
LOCK_PAIR = "SELECT pg_advisory_xact_lock(hashtextextended($1 || ' ' || $2 || ' ' || $3, 7))"

PURGE = "DELETE FROM consents_consent WHERE status = 'awaiting' AND requested_at < $1"


class Row(msgspec.Struct):
    """A row of `consents_consent` with its accounts."""

    institution: str
    id: str
    client_id: str
    holder_id: str
    status: str
    scopes: list[str]
    mode: str
    terms_version: str
    screen_version: str
    requested_at: datetime
    authorised_at: datetime | None
    expires_at: datetime | None
    ended_at: datetime | None
    ended_by: str
    end_reason: str
    superseded_by: str | None
    last_used_at: datetime | None
    accounts: list[dict[str, Any]]


async def find(tx: Tx, institution: str, consent_id: str, now: datetime) -> Consent | None:
    """Return the consent as it stands at `now`, or None."""
    return _maybe(await tx.maybe(Row, FIND, institution, consent_id), now)


async def find_locked(tx: Tx, institution: str, consent_id: str, now: datetime) -> Consent | None:
    """Return the consent, held against changes until the transaction ends."""
    return _maybe(await tx.maybe(Row, FIND_LOCKED, institution, consent_id), now)


async def list_for_holder(tx: Tx, institution: str, holder_id: str, now: datetime) -> list[Consent]:
    """Return all consents of a holder, newest first."""
    rows = await tx.many(Row, LIST_FOR_HOLDER, institution, holder_id)
    return [_consent(row, now) for row in rows]


async def list_for_client(tx: Tx, institution: str, client_id: str, now: datetime) -> list[Consent]:
    """Return all consents to a client, newest first."""
    rows = await tx.many(Row, LIST_FOR_CLIENT, institution, client_id)
    return [_consent(row, now) for row in rows]


async def list_for_account(
    tx: Tx, institution: str, account_id: str, now: datetime
) -> list[Consent]:
    """Return all consents that an account is under, newest first."""
    rows = await tx.many(Row, LIST_FOR_ACCOUNT, institution, account_id)
    return [_consent(row, now) for row in rows]


async def list_authorised(tx: Tx, consent: Consent, holder_id: str, now: datetime) -> list[Consent]:
    """Return, locked, the other active consents of this holder to the same client."""
    rows = await tx.many(
        Row, LIST_AUTHORISED, consent.institution, holder_id, consent.client_id, consent.id, now
    )
    return [_consent(row, now) for row in rows]


async def lock_pair(tx: Tx, institution: str, client_id: str, holder_id: str) -> None:
    """Wait for other authorisations of this holder to this client, until the transaction ends."""
    await tx.execute(LOCK_PAIR, institution, client_id, holder_id)


async def ask(
    tx: Tx,
    institution: str,
    consent_id: str,
    client_id: str,
    scopes: tuple[str, ...],
    now: datetime,
) -> None:
    """Add an awaiting consent."""
    await tx.execute(ASK, institution, consent_id, client_id, list(scopes), now)


async def authorise(
    tx: Tx, institution: str, consent_id: str, agreement: Agreement, now: datetime
) -> bool:
    """Turn an awaiting consent into an authorised one; False where it is not awaiting."""
    done = await tx.value(
        AUTHORISE,
        institution,
        consent_id,
        agreement.holder_id,
        list(agreement.scopes),
        agreement.mode,
        agreement.terms_version,
        agreement.screen_version,
        now,
        agreement.expires_at,
    )
    if done is None:
        return False
    await tx.execute_many(
        ADD_ACCOUNT,
        [
            (
                institution,
                consent_id,
                account.public_id,
                account.account_id,
                account.branch_code,
                account.account_kind,
                account.account_number,
                position,
            )
            for position, account in enumerate(agreement.accounts)
        ],
    )
    return True


async def revoke(
    tx: Tx, institution: str, consent_id: str, by: EndedBy, reason: str, now: datetime
) -> None:
    """End a consent that stands or awaits."""
    await tx.execute(REVOKE, institution, consent_id, now, by, reason)


async def supersede(tx: Tx, institution: str, consent_id: str, newer: str, now: datetime) -> None:
    """End a consent in favour of a newer one."""
    await tx.execute(SUPERSEDE, institution, consent_id, now, newer)


async def touch(tx: Tx, institution: str, consent_id: str, now: datetime) -> None:
    """Note that the consent was used."""
    await tx.execute(TOUCH, institution, consent_id, now)


async def purge(tx: Tx, asked_before: datetime) -> int:
    """Delete what was asked before that time and never answered; return how many."""
    return await tx.execute(PURGE, asked_before)


def _maybe(row: Row | None, now: datetime) -> Consent | None:
    return None if row is None else _consent(row, now)


def _consent(row: Row, now: datetime) -> Consent:
    fields = {name: getattr(row, name) for name in Row.__struct_fields__}
    fields["status"] = status_at(ConsentStatus(row.status), row.expires_at, now)
    fields["scopes"] = tuple(row.scopes)
    fields["accounts"] = tuple(ConsentedAccount(**account) for account in row.accounts)
    return Consent(**fields)
