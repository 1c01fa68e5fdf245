"""What the pages show of a link: accounts with balances, movements by day, or why not."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

from madoguchi.demo.sample_app.configuration import Bank
from madoguchi.demo.sample_app.oauth import Client, Refused
from madoguchi.demo.sample_app.store import Link

PAGE = 20
ENDED = frozenset({"consent_expired", "consent_revoked", "link_ended", "invalid_token"})


@dataclass(frozen=True, slots=True)
class Failure:
    """Why something cannot be shown; `advice` is what the bank itself says, by language."""

    code: str
    advice: Mapping[str, str] = field(default_factory=dict)
    retry_after: int | None = None
    next_opening: str | None = None

    @property
    def ends_link(self) -> bool:
        """Whether the link is over for good."""
        return self.code in ENDED


@dataclass(frozen=True, slots=True)
class AccountShown:
    """One account: what the API says of it, with its balance or why there is none."""

    told: Mapping[str, Any]
    balance: Mapping[str, Any] | None
    failure: Failure | None


@dataclass(frozen=True, slots=True)
class LinkShown:
    """One link."""

    link: Link
    bank: Bank
    accounts: tuple[AccountShown, ...] = ()
    expires_at: str | None = None
    failure: Failure | None = None


@dataclass(frozen=True, slots=True)
class Movements:
    """A page of movements, by day, the newest first."""

    days: tuple[tuple[str, tuple[Mapping[str, Any], ...]], ...]
    next_cursor: str | None


def failure_of(refused: Refused) -> Failure:
    """Return what a page says of a refusal."""
    told = refused.told
    advice = {
        language: told[language] for language in ("ja", "en") if isinstance(told.get(language), str)
    }
    retry_after = told.get("retry_after")
    opening = told.get("next_opening")
    return Failure(
        refused.code,
        advice,
        retry_after if isinstance(retry_after, int) else None,
        opening if isinstance(opening, str) else None,
    )


async def read_link(client: Client, link: Link, bank: Bank) -> LinkShown:
    """Read the consent, the accounts and their balances."""
    try:
        consent, listed = await asyncio.gather(
            client.call(link, "/consent"), client.call(link, "/accounts")
        )
    except Refused as refused:
        return LinkShown(link, bank, failure=failure_of(refused))
    accounts = await asyncio.gather(
        *(_read_account(client, link, account) for account in listed["accounts"])
    )
    return LinkShown(link, bank, tuple(accounts), consent.get("expires_at"))


async def read_movements(
    client: Client, link: Link, account_id: str, cursor: str
) -> Movements | Failure:
    """Read a page of an account's movements; an empty cursor is the newest page."""
    query = {"limit": str(PAGE), **({"cursor": cursor} if cursor else {})}
    try:
        page = await client.call(link, f"/accounts/{account_id}/transactions", query=query)
    except Refused as refused:
        return failure_of(refused)
    days = groupby(page["transactions"], key=lambda movement: str(movement["date"]))
    return Movements(
        tuple((day, tuple(movements)) for day, movements in days), page.get("next_cursor")
    )


async def _read_account(client: Client, link: Link, account: Mapping[str, Any]) -> AccountShown:
    try:
        balance = await client.call(link, f"/accounts/{account['id']}/balance")
    except Refused as refused:
        return AccountShown(account, None, failure_of(refused))
    return AccountShown(account, balance, None)
