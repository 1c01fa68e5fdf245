"""The life of a consent. Pure."""

from datetime import datetime, timedelta
from enum import StrEnum

import msgspec


class ConsentStatus(StrEnum):
    """Where in its life a consent is. The last three are ends: nothing leads out of them."""

    AWAITING = "awaiting"
    AUTHORISED = "authorised"
    EXPIRED = "expired"
    REVOKED = "revoked"
    SUPERSEDED = "superseded"


class EndedBy(StrEnum):
    """Who or what ended a consent before its time."""

    APP = "app"
    CUSTOMER = "customer"
    STAFF = "staff"
    ACCOUNT_MOVED = "account_moved"
    NEWER_CONSENT = "newer_consent"


class ConsentedAccount(msgspec.Struct, frozen=True):
    """An account under a consent. `public_id` is what the app sees; `account_id` is the core's."""

    account_id: str
    public_id: str
    branch_code: str
    account_kind: str
    account_number: str


class Agreement(msgspec.Struct, frozen=True, kw_only=True):
    """What a depositor said yes to. `scopes` may be fewer than were asked for, never more."""

    holder_id: str
    scopes: tuple[str, ...]
    accounts: tuple[ConsentedAccount, ...]
    expires_at: datetime
    terms_version: str
    screen_version: str
    mode: str


class Consent(msgspec.Struct, frozen=True, kw_only=True):
    """A consent as it stood when it was read: `status` has taken the time into account."""

    institution: str
    id: str
    client_id: str
    holder_id: str
    status: ConsentStatus
    scopes: tuple[str, ...]
    accounts: tuple[ConsentedAccount, ...]
    requested_at: datetime
    authorised_at: datetime | None
    expires_at: datetime | None
    terms_version: str
    screen_version: str
    mode: str
    ended_at: datetime | None
    ended_by: str
    end_reason: str
    superseded_by: str | None
    last_used_at: datetime | None


USED_NOTED_EVERY = timedelta(minutes=10)


def status_at(status: ConsentStatus, expires_at: datetime | None, now: datetime) -> ConsentStatus:
    """Return what a stored status means at `now`: an authorised consent is over at `expires_at`."""
    if status is ConsentStatus.AUTHORISED and expires_at is not None and now >= expires_at:
        return ConsentStatus.EXPIRED
    return status


def is_active(consent: Consent, now: datetime) -> bool:
    """Say whether the app may read under this consent now."""
    return status_at(consent.status, consent.expires_at, now) is ConsentStatus.AUTHORISED


def end_of_term(authorised_at: datetime, days: int) -> datetime:
    """Return when a consent of so many days (of 24 hours) ends (LINK-28)."""
    return authorised_at + timedelta(days=days)


def same_accounts(one: tuple[ConsentedAccount, ...], other: tuple[ConsentedAccount, ...]) -> bool:
    """Say whether two consents are about the same accounts, in whatever order."""
    return {account.account_id for account in one} == {account.account_id for account in other}


def use_is_worth_noting(last_used_at: datetime | None, now: datetime) -> bool:
    """Say whether the last use is to be written again: at most once in ten minutes."""
    return last_used_at is None or now - last_used_at >= USED_NOTED_EVERY
