"""What staff do about the API link's lock: release it, and tell the customer (LOCK-03)."""

from dataclasses import dataclass
from datetime import datetime

from madoguchi import lockout
from madoguchi.api_link.events import LinkEvent
from madoguchi.api_link.services import CORE_PATIENCE, LinkPorts
from madoguchi.api_link.tries import WHAT
from madoguchi.core_bank.port import Account, Call
from madoguchi.institutions import Institution
from madoguchi.notices import Notice, sender_of
from madoguchi.operations_log import Entry
from madoguchi.plumbing.database import Tx
from madoguchi.plumbing.templates.formats import format_moment


@dataclass(frozen=True, slots=True)
class LockReleased:
    """The account can be linked again; `mailed` is False where the bank knows no mail address."""

    mailed: bool


@dataclass(frozen=True, slots=True)
class NotLocked:
    """There is no lock to release."""


@dataclass(frozen=True, slots=True)
class Release:
    """Who releases, why, and under which reference number."""

    actor: str
    reason: str
    reference: str


async def release_lock(
    ports: LinkPorts,
    tx: Tx,
    institution: Institution,
    account: Account,
    release: Release,
    now: datetime,
) -> LockReleased | NotLocked:
    """Release the lock of an account, log it, and mail the holder at the bank's address for him.

    Raises `CoreUnavailable`, and then nothing is released: the customer is told, or it is not done.
    """
    if not await lockout.release(tx, institution.code, WHAT, account.id, now):
        return NotLocked()
    call = Call(
        institution=institution.code,
        correlation_id=release.reference,
        deadline=now + CORE_PATIENCE,
    )
    holder = await ports.core_of(institution).holder(call, account.holder_id)
    address = holder.email if holder else None
    if address:
        await ports.notices.send(tx, _notice(ports, institution, account, address, now))
    ports.log.append(
        tx,
        Entry(
            institution=institution.code,
            event=LinkEvent.RELEASED,
            result="done",
            actor=release.actor,
            subject=account.id,
            reason=release.reason,
            reference=release.reference,
            detail={"mailed": "yes" if address else "no"},
        ),
    )
    return LockReleased(mailed=bool(address))


def _notice(
    ports: LinkPorts, institution: Institution, account: Account, to: str, now: datetime
) -> Notice:
    language = institution.languages[0]
    return Notice(
        sender=sender_of(institution),
        event_key=f"lock-released:{WHAT}:{account.id}:{now.isoformat()}",
        template="lock-released",
        language=language,
        to=to,
        values={
            "what": ports.texts("link.mail.what-locked", language=language),
            "at": format_moment(now, language),
        },
    )
