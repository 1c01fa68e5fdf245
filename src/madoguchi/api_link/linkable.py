"""Which accounts can be linked (LINK-01, LINK-02)."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Literal

from madoguchi.api_link.services import LinkServices
from madoguchi.api_link.visit import ChosenAccount
from madoguchi.core_bank.port import Account, AccountKind, AccountStatus, Holder, HolderKind

WhyNot = Literal["holder", "moved", "closed", "kind", "no-card"]
"""Why an account cannot be linked, as the texts `link.why-not.…` say it to its holder."""
KINDS = frozenset({AccountKind.ORDINARY, AccountKind.SAVINGS})


@dataclass(frozen=True, slots=True)
class Linkable:
    """An account that may be linked, with its holder."""

    account: Account
    holder: Holder


@dataclass(frozen=True, slots=True)
class SortedAccounts:
    """Accounts that may be linked, and those that may not, each with the reason."""

    linkable: tuple[Account, ...]
    others: tuple[tuple[Account, WhyNot], ...]


async def linkable_account(services: LinkServices, chosen: ChosenAccount) -> Linkable | None:
    """Ask the core for the account chosen; None where there is none or it may not be linked.

    Raises `CoreUnavailable`.
    """
    call = services.core_call()
    account = await services.core.find_account(call, chosen.branch_code, chosen.kind, chosen.number)
    if account is None:
        return None
    holder = await services.core.holder(call, account.holder_id)
    return Linkable(account, holder) if holder and may_be_linked(account, holder) else None


async def sorted_accounts(
    services: LinkServices, holder_id: str, among: Collection[str]
) -> SortedAccounts:
    """Sort the holder's accounts with an id `among` those given by whether they may be linked.

    Raises `CoreUnavailable`.
    """
    call = services.core_call()
    holder = await services.core.holder(call, holder_id)
    if holder is None:
        return SortedAccounts((), ())
    found = [each for each in await services.core.accounts_of(call, holder_id) if each.id in among]
    reasons = [(each, why_not(each, holder)) for each in found]
    return SortedAccounts(
        tuple(each for each, why in reasons if why is None),
        tuple((each, why) for each, why in reasons if why is not None),
    )


def may_be_linked(account: Account, holder: Holder) -> bool:
    """Tell whether nothing stands against linking the account."""
    return why_not(account, holder) is None


def why_not(account: Account, holder: Holder) -> WhyNot | None:
    """Return why it is not a person's open ordinary or savings account with a cash card issued.

    A moved account is not open: it can be linked under its new number only. Whether the passbook
    alone can draw money makes no difference.
    """
    if holder.kind is not HolderKind.PERSON:
        return "holder"
    if account.status is not AccountStatus.OPEN:
        return "moved" if account.status is AccountStatus.MOVED else "closed"
    if account.kind not in KINDS:
        return "kind"
    return None if account.has_card else "no-card"
