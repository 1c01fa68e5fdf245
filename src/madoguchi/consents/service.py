"""What happens to consents."""

from datetime import datetime, timedelta

from madoguchi.consents import store
from madoguchi.consents.events import ConsentEvent
from madoguchi.consents.outcomes import ConsentNotActive, ConsentNotAwaiting, NoSuchConsent
from madoguchi.consents.rules import (
    Agreement,
    Consent,
    ConsentStatus,
    EndedBy,
    same_accounts,
    use_is_worth_noting,
)
from madoguchi.kernel.entropy import Entropy, new_id
from madoguchi.kernel.errors import BrokenInvariant, must
from madoguchi.operations_log import Entry, OperationsLog
from madoguchi.plumbing.database import Tx

UNANSWERED_KEPT = timedelta(days=2)

find = store.find
list_for_holder = store.list_for_holder
list_for_client = store.list_for_client
list_for_account = store.list_for_account


async def ask(
    tx: Tx,
    institution: str,
    client_id: str,
    scopes: tuple[str, ...],
    *,
    entropy: Entropy,
    now: datetime,
) -> Consent:
    """Open an awaiting consent: a client asks, and nobody has answered yet."""
    consent_id = new_id(entropy)
    await store.ask(tx, institution, consent_id, client_id, scopes, now)
    return must(await store.find(tx, institution, consent_id, now))


async def authorise(
    tx: Tx,
    log: OperationsLog,
    institution: str,
    consent_id: str,
    agreement: Agreement,
    *,
    now: datetime,
) -> Consent | ConsentNotAwaiting:
    """Record that the holder agreed; exactly one of several at once succeeds.

    An active consent of the same holder to the same client about the same accounts is superseded:
    the app has linked again, and what it held before is to die. Consents about other accounts stay.
    """
    asked = await store.find_locked(tx, institution, consent_id, now)
    if asked is None or asked.status is not ConsentStatus.AWAITING:
        return ConsentNotAwaiting(consent_id)
    _must_be_agreeable(asked, agreement, now)
    await store.lock_pair(tx, institution, asked.client_id, agreement.holder_id)
    if not await store.authorise(tx, institution, consent_id, agreement, now):
        return ConsentNotAwaiting(consent_id)
    consent = must(await store.find(tx, institution, consent_id, now))
    _record(tx, log, ConsentEvent.AUTHORISED, consent, actor=agreement.holder_id)
    for older in await store.list_authorised(tx, asked, agreement.holder_id, now):
        if same_accounts(older.accounts, agreement.accounts):
            await store.supersede(tx, institution, older.id, consent_id, now)
            _record(tx, log, ConsentEvent.SUPERSEDED, older, agreement.holder_id, reason=consent_id)
    return consent


async def revoke(
    tx: Tx,
    log: OperationsLog,
    institution: str,
    consent_id: str,
    *,
    by: EndedBy,
    actor: str,
    reason: str = "",
    now: datetime,
) -> Consent | NoSuchConsent | ConsentNotActive:
    """End a consent; its tokens are refused from the next request on, in every process.

    An awaiting consent can be revoked too: the holder, or whoever waits no longer, said no.
    `actor` names who did it (a staff id, a client id, a holder id).
    """
    consent = await store.find_locked(tx, institution, consent_id, now)
    if consent is None:
        return NoSuchConsent(consent_id)
    if consent.status not in (ConsentStatus.AWAITING, ConsentStatus.AUTHORISED):
        return ConsentNotActive(consent_id, consent.status)
    await store.revoke(tx, institution, consent_id, by, reason, now)
    _record(tx, log, ConsentEvent.REVOKED, consent, actor, reason=reason or by.value)
    return must(await store.find(tx, institution, consent_id, now))


async def touch(tx: Tx, consent: Consent, now: datetime) -> None:
    """Note that the app read something under this consent; written at most once in ten minutes."""
    if use_is_worth_noting(consent.last_used_at, now):
        await store.touch(tx, consent.institution, consent.id, now)


async def purge(tx: Tx, now: datetime) -> int:
    """Delete what was asked two days ago and never answered; return how many.

    Consents that were given are kept: they are evidence.
    """
    return await store.purge(tx, now - UNANSWERED_KEPT)


def _must_be_agreeable(asked: Consent, agreement: Agreement, now: datetime) -> None:
    if not set(agreement.scopes) <= set(asked.scopes):
        raise BrokenInvariant("a consent to more than was asked for")
    if agreement.expires_at <= now or not agreement.holder_id:
        raise BrokenInvariant("a consent without a holder, or that has ended before it began")


def _record(
    tx: Tx, log: OperationsLog, event: ConsentEvent, consent: Consent, actor: str, reason: str = ""
) -> None:
    log.append(
        tx,
        Entry(
            institution=consent.institution,
            event=event,
            result="done",
            actor=actor,
            subject=consent.id,
            reason=reason,
            detail={"client": consent.client_id, "holder": consent.holder_id},
        ),
    )
