"""Tries at the data of a contract: limited by rate, counted before they are compared (RET-03).

Whether there is such a contract shows in nothing: not in the text, not in the lock, not in the time
(LOCK-02). The same is compared, against nothing, where there is none.
"""

from dataclasses import dataclass
from datetime import datetime

from madoguchi import lockout, rate_limits
from madoguchi.customers import Contract, ContractState
from madoguchi.institutions import Institution
from madoguchi.kernel.errors import must
from madoguchi.kernel.network import network_of
from madoguchi.plumbing.keys import Keys, keyed_hash
from madoguchi.retail.ground import RetailServices
from madoguchi.retail.registration.events import RegistrationEvent
from madoguchi.retail.registration.forms import CustomerDataForm
from madoguchi.retail.registration.telling import have_told
from madoguchi.sign_in import Secret

WHAT = "registration"
"""The lock's name: of the registration and nothing else."""
CHOICES = (20, 3600)
"""How many login IDs somebody may try in so many seconds, until one is free."""


@dataclass(frozen=True, slots=True)
class Right:
    """What was typed is the contract card's, with the passwords that went by post."""

    contract: Contract


@dataclass(frozen=True, slots=True)
class Wrong:
    """Something is wrong, or no such contract waits for its login ID: which, is not told."""


@dataclass(frozen=True, slots=True)
class TooOld:
    """All is right, but the passwords went by post too long ago."""


@dataclass(frozen=True, slots=True)
class Busy:
    """Too many wrong tries came from this address."""


@dataclass(frozen=True, slots=True)
class LockedNow:
    """Too many wrong tries for this account, whether or not it has a contract."""

    until: datetime | None


Judged = Right | Wrong | TooOld | Busy | LockedNow


def policy(institution: Institution) -> lockout.Policy:
    """Return the registration's lockout: an account, a Japan day."""
    return lockout.Policy(
        what=WHAT,
        limit=institution.retail.registration_failures_limit,
        window="day",
        lock_until="next_midnight",
    )


def lock_subject(keys: Keys, institution: str, branch: str, kind: str, number: str) -> str:
    """Return what the lock is kept under: of accounts that do not exist as of those that do.

    By it staff release the lock of the account that a customer names.
    """
    return keyed_hash(keys, "index", WHAT, institution, branch, kind, number).hex()


async def judge(services: RetailServices, form: CustomerDataForm) -> Judged:
    """Take a turn, count the try, then compare."""
    if not await _may_try(services):
        return Busy()
    institution, counters = services.institution, services.ports.counters
    account = (form.branch_code, form.account_kind, form.account_number)
    subject = lock_subject(services.ports.keys, institution.code, *account)
    counted = await lockout.attempt(
        counters, policy(institution), institution.code, subject, services.now
    )
    contract = await _contract(services, form)
    if isinstance(counted, lockout.Locked):
        untold = await lockout.claim_telling(
            services.tx, policy(institution), institution.code, subject, services.now
        )
        if untold is not None:
            await _tell_of_lock(services, contract, subject, untold.until)
        return LockedNow(counted.until)
    # as of when the contract was made nothing was too old yet: what is typed is judged by itself
    made_at = contract.made_at if contract else services.now
    if not await _matches(services, contract, form, made_at):
        match await lockout.failed(services.tx, counted, services.now):
            case lockout.NowLocked(until):
                await _tell_of_lock(services, contract, subject, until)
                return LockedNow(until)
            case lockout.StillAllowed():
                return Wrong()
    await lockout.succeeded(services.tx, counted)
    await _was_right(services)
    return await _in_time(services, must(contract), form)


async def may_choose(services: RetailServices, contract_id: str) -> bool:
    """Tell whether one more login ID may be tried: a contract is no key to the list of all IDs."""
    bucket = rate_limits.Bucket("registration:login-id", contract_id, *CHOICES)
    turn = await rate_limits.take(
        services.ports.counters, services.institution.code, (bucket,), services.now
    )
    return isinstance(turn, rate_limits.Allowed)


async def _contract(services: RetailServices, form: CustomerDataForm) -> Contract | None:
    """Return the contract that waits for its login ID; one that has it counts as none."""
    found = await services.ports.customers.find_by_account(
        services.tx,
        services.institution.code,
        form.branch_code,
        form.account_kind,
        form.account_number,
    )
    return found if found and found.state is ContractState.PROVISIONAL else None


async def _matches(
    services: RetailServices, contract: Contract | None, form: CustomerDataForm, at: datetime
) -> bool:
    """Compare both passwords as of `at`, whatever comes out of the first."""
    typed = (
        (Secret.LOGIN_PASSWORD, form.login_password),
        (Secret.CONFIRMATION_PASSWORD, form.confirmation_password),
    )
    right = [
        await services.ports.sign_in.matches_secret(
            services.tx, services.institution.code, contract, secret, text, at
        )
        for secret, text in typed
    ]
    return contract is not None and all(right)


async def _in_time(
    services: RetailServices, contract: Contract, form: CustomerDataForm
) -> Right | TooOld:
    """Tell whoever has the right passwords, and nobody else, that they went by post long ago."""
    if await _matches(services, contract, form, services.now):
        return Right(contract)
    services.log(RegistrationEvent.TOO_OLD, "refused", subject=contract.id)
    return TooOld()


async def _may_try(services: RetailServices) -> bool:
    turn = await rate_limits.take(
        services.ports.counters, services.institution.code, (_bucket(services),), services.now
    )
    return isinstance(turn, rate_limits.Allowed)


async def _was_right(services: RetailServices) -> None:
    """Give back the turn: only wrong tries are limited, for many customers share an address."""
    await rate_limits.give_back(
        services.ports.counters, services.institution.code, (_bucket(services),), services.now
    )


def _bucket(services: RetailServices) -> rate_limits.Bucket:
    """Return the count that registrations share with logins: of failures from one address."""
    limit, source = services.institution.retail.attempts_per_address, services.context.source
    return rate_limits.Bucket("sign-in:address", network_of(source), limit.limit, limit.per_seconds)


async def _tell_of_lock(
    services: RetailServices, contract: Contract | None, subject: str, until: datetime | None
) -> None:
    """Log the lock, and have the holder told where there is a contract (LOCK-03)."""
    detail = {"contract": contract.id} if contract else {}
    services.log(RegistrationEvent.LOCKED, "done", subject=subject, detail=detail)
    await have_told(services.tx, services.institution.code, contract, subject, until, services.now)
