"""Keeping and checking passwords (RET-07, SEC-02)."""

from datetime import datetime
from typing import assert_never

from madoguchi import lockout
from madoguchi.customers import Contract
from madoguchi.institutions import Institution
from madoguchi.operations_log import Entry
from madoguchi.plumbing.database import Tx
from madoguchi.sign_in import locks, store
from madoguchi.sign_in.events import SignInEvent
from madoguchi.sign_in.model import Secret
from madoguchi.sign_in.outcomes import SecretLocked, SecretRight, SecretWrong
from madoguchi.sign_in.ports import SignInPorts

EVENTS = {
    Secret.LOGIN_PASSWORD: SignInEvent.PASSWORD,
    Secret.CONFIRMATION_PASSWORD: SignInEvent.CONFIRMATION,
}


async def set_secret(
    ports: SignInPorts, tx: Tx, contract: Contract, secret: Secret, text: str,
    provisional_until: datetime | None, now: datetime,
) -> None:  # fmt: skip
    """Keep a new password, hashed."""
    owner = (contract.institution, contract.id, secret.value)
    record = await ports.hasher.hash(text, owner)
    await tx.execute(store.PUT_RECORD, *owner, record, provisional_until, now)
    detail = {"kind": secret.value, "provisional": "yes" if provisional_until else "no"}
    entry = Entry(
        contract.institution, SignInEvent.SECRET_SET, "done", subject=contract.id, detail=detail
    )
    ports.log.append(tx, entry)


async def matches(
    ports: SignInPorts, tx: Tx, institution: str, contract_id: str, secret: Secret, typed: str,
    now: datetime,
) -> bool:  # fmt: skip
    """Compare without counting; with "" for the contract it takes as long, and is False."""
    return await compare(ports, tx, institution, contract_id, secret, typed, now) is not None


async def compare(
    ports: SignInPorts, tx: Tx, institution: str, contract_id: str, secret: Secret, typed: str,
    now: datetime,
) -> datetime | None:  # fmt: skip
    """Return when the secret was set that was typed rightly, None where it was typed wrongly.

    What went by post and is too old is wrong, whatever is typed (RET-01).
    """
    owner = (institution, contract_id, secret.value)
    kept = await tx.maybe(store.StoredSecret, store.FIND_RECORD, *owner)
    checked = await ports.hasher.check(kept.record if kept else None, typed, owner)
    if kept is None or not checked.right:
        return None
    if kept.provisional_until is not None and kept.provisional_until <= now:
        return None
    if checked.upgraded is not None:
        await tx.execute(store.UPGRADE_RECORD, *owner, kept.record, checked.upgraded)
    return kept.set_at


async def is_still_set(tx: Tx, contract: Contract, secret: Secret, set_at: datetime) -> bool:
    """Tell whether the secret is still the one that was set at `set_at`."""
    owner = (contract.institution, contract.id, secret.value)
    kept = await tx.maybe(store.StoredSecret, store.FIND_RECORD, *owner)
    return kept is not None and kept.set_at == set_at


async def check(
    ports: SignInPorts, tx: Tx, institution: Institution, contract: Contract, secret: Secret,
    typed: str, now: datetime,
) -> SecretRight | SecretWrong | SecretLocked:  # fmt: skip
    """Count a try, then compare."""
    tried = locks.tried_by(contract, locks.lock_of(secret))
    counted = await locks.count(ports, tx, institution, tried, now)
    if isinstance(counted, lockout.Locked):
        _log(ports, tx, contract, secret, "locked")
        return SecretLocked(counted.until)
    comparison = matches(ports, tx, institution.code, contract.id, secret, typed, now)
    if await locks.compared(ports, counted, comparison):
        await locks.was_right(ports, counted, now)
        _log(ports, tx, contract, secret, "")
        return SecretRight()
    _log(ports, tx, contract, secret, "wrong")
    match await locks.was_wrong(ports, tx, institution, tried, counted, now):
        case lockout.NowLocked(until):
            return SecretLocked(until)
        case lockout.StillAllowed():
            return SecretWrong()
        case never:
            assert_never(never)


def _log(ports: SignInPorts, tx: Tx, contract: Contract, secret: Secret, refusal: str) -> None:
    entry = Entry(
        contract.institution, EVENTS[secret], "refused" if refusal else "done",
        subject=contract.id, reason=refusal,
    )  # fmt: skip
    ports.log.append(tx, entry)
