"""Contracts of internet banking, as the branch and the first login leave them."""

from collections.abc import Sequence
from typing import Any

from bench.support.bank import DriverFailed
from madoguchi.app import Runtime
from madoguchi.core_bank import NewAccount
from madoguchi.customers import ContactData, Contract, ContractAccount, NewContract
from madoguchi.sign_in import Secret

PASSWORDS = {Secret.LOGIN_PASSWORD: "Keisoku1In", Secret.CONFIRMATION_PASSWORD: "Keisoku2Ok"}


async def make_contracts(
    runtime: Runtime, institution: str, accounts: Sequence[NewAccount]
) -> list[dict[str, Any]]:
    """Give each account's holder a contract that is in use; return what each customer knows."""
    return [await _make(runtime, institution, account) for account in accounts]


async def _make(runtime: Runtime, institution: str, account: NewAccount) -> dict[str, Any]:
    customers, sign_in = runtime.banking.customers, runtime.banking.sign_in
    now, login_id = runtime.clock.now(), f"keisoku{account.number[-4:]}"
    async with runtime.database.transaction() as tx:
        made = await customers.make(tx, institution, _new(account), by="bench", now=now)
        if not isinstance(made, Contract):
            raise DriverFailed(f"{made}")
        for secret, text in PASSWORDS.items():
            await sign_in.set_secret(tx, made, secret, text, provisional_until=None, now=now)
        chosen = await customers.choose_login_id(tx, made, login_id, now)
        if not isinstance(chosen, Contract):
            raise DriverFailed(f"{chosen}")
        for step in ("questions", "passwords"):
            chosen = await customers.note_step(tx, chosen, step, now)
        data = ContactData(f"{login_id}@example.jp", "09000000000", dm_wanted=False)
        await customers.finish_first_login(tx, chosen, data, now)
    return {
        "contract_id": made.id,
        "login_id": login_id,
        "password": PASSWORDS[Secret.LOGIN_PASSWORD],
        "confirmation_password": PASSWORDS[Secret.CONFIRMATION_PASSWORD],
        "branch": account.branch_code,
        "number": account.number,
    }


def _new(account: NewAccount) -> NewContract:
    own = ContractAccount(account.id, account.branch_code, account.kind, account.number)
    return NewContract(
        holder_id=account.holder_id,
        branch_code=account.branch_code,
        account_kind=account.kind,
        account_number=account.number,
        accounts=(own,),
    )
