"""The accounts under contract that money is paid from, and moved between."""

from collections.abc import Sequence
from dataclasses import dataclass

from madoguchi.core_bank.port import AccountStatus
from madoguchi.customers import ContractAccount
from madoguchi.institutions import Institution
from madoguchi.kernel.errors import must
from madoguchi.retail.ground import RetailServices
from madoguchi.retail.transfer.readers import PAYABLE_KINDS
from madoguchi.transfers import Payee, Payer


@dataclass(frozen=True, slots=True)
class OwnAccount:
    """An open account under contract, as it is shown; `key` names it in a form."""

    account: ContractAccount
    branch_name: str
    available: int

    @property
    def key(self) -> str:
        """Return the account as forms name it: the core's own id is shown to nobody."""
        return key_of(self.account)


def key_of(account: ContractAccount) -> str:
    """Return `012-ordinary-1234567`."""
    return f"{account.branch_code}-{account.kind}-{account.number}"


def branch_name(institution: Institution, code: str) -> str:
    """Return the name of a branch; its code where the branch is gone."""
    return next((each.name for each in institution.branches if each.code == code), code)


async def own_accounts(services: RetailServices) -> list[OwnAccount]:
    """Return the open accounts that transfers go from and to, in the contract's order.

    Raises `CoreUnavailable`.
    """
    call, found = services.core_call(), []
    for account in services.contract.accounts:
        if account.kind not in PAYABLE_KINDS:
            continue
        balances = await services.core.balances(call, account.account_id)
        if balances is not None and balances.status is AccountStatus.OPEN:
            name = branch_name(services.institution, account.branch_code)
            found.append(OwnAccount(account, name, balances.available))
    return found


def named(accounts: Sequence[OwnAccount], key: str) -> OwnAccount | None:
    """Return the account that a form names."""
    return next((each for each in accounts if each.key == key), None)


async def payer(services: RetailServices, key: str) -> Payer | None:
    """Return the account `key` as the one that pays; None where it is under contract no more.

    Raises `CoreUnavailable`.
    """
    contract = services.contract
    account = next((each for each in contract.accounts if key_of(each) == key), None)
    if account is None:
        return None
    holder = must(await services.core.holder(services.core_call(), contract.holder_id))
    return Payer(
        contract_id=contract.id,
        holder_id=contract.holder_id,
        account_id=account.account_id,
        branch_code=account.branch_code,
        kind=account.kind,
        number=account.number,
        name_kana=holder.name_kana,
        member=holder.member,
    )


async def own_payee(services: RetailServices, account: OwnAccount) -> Payee:
    """Return the customer's own account as the one that is paid. Raises `CoreUnavailable`."""
    institution, contract = services.institution, services.contract
    holder = must(await services.core.holder(services.core_call(), contract.holder_id))
    return Payee(
        bank_code=institution.code,
        bank_name=institution.name,
        branch_code=account.account.branch_code,
        branch_name=account.branch_name,
        kind=account.account.kind,
        number=account.account.number,
        name_kana=holder.name_kana,
        name_checked=True,
        account_id=account.account.account_id,
        holder_id=contract.holder_id,
    )
