"""Which accounts can be linked (LINK-01, LINK-02)."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from madoguchi.api_link.services import LinkServices
from madoguchi.api_link.visit import ChosenAccount
from madoguchi.core_bank.port import Account, AccountKind, AccountStatus, Holder, HolderKind

KINDS = frozenset({AccountKind.ORDINARY, AccountKind.SAVINGS})


@dataclass(frozen=True, slots=True)
class Linkable:
    """An account that may be linked, with its holder."""

    account: Account
    holder: Holder


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


async def linkable_accounts(
    services: LinkServices, holder_id: str, among: Collection[str]
) -> Sequence[Account]:
    """Return the holder's accounts with an id `among` those given that may be linked.

    Raises `CoreUnavailable`.
    """
    call = services.core_call()
    holder = await services.core.holder(call, holder_id)
    if holder is None:
        return ()
    found = await services.core.accounts_of(call, holder_id)
    return [each for each in found if each.id in among and may_be_linked(each, holder)]


def may_be_linked(account: Account, holder: Holder) -> bool:
    """Tell whether it is a person's open ordinary or savings account with a cash card issued.

    A moved account is not open: it can be linked under its new number only. Whether the passbook
    alone can draw money makes no difference.
    """
    return (
        account.kind in KINDS
        and account.status is AccountStatus.OPEN
        and account.has_card
        and holder.kind is HolderKind.PERSON
    )
