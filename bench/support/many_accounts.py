"""Accounts to transfer between, opened at the core's own terminals; every holder is invented."""

from datetime import date

from madoguchi.app import Runtime
from madoguchi.core_bank import (
    AccountKind,
    BankAccount,
    Holder,
    HolderKind,
    Journal,
    NewAccount,
    Posting,
    TransactionKind,
)
from madoguchi.kernel.clock import japan_day
from madoguchi.kernel.money import Yen
from madoguchi.transfers import Payee, Payer

BRANCHES = ("001", "002")
FIRST_NUMBER = 5_000_000
BALANCE = 1_000_000_000
PHONE = "+819000000000"
NAME_KANA = "ｹｲｿｸ ﾀﾛｳ"


async def open_accounts(runtime: Runtime, institution: str, count: int) -> list[NewAccount]:
    """Open so many accounts of a holder each, with a billion yen in each."""
    administration = runtime.core_administration()
    accounts = [_account(place) for place in range(count)]
    for account in accounts:
        await administration.open_holder(institution, _holder(account.holder_id))
        await administration.open_account(institution, account)
    day = japan_day(runtime.clock.now())
    await administration.post(institution, *(_deposit(each.id, day) for each in accounts))
    return accounts


def payer_of(account: NewAccount) -> Payer:
    """Return the account as one that pays, under a contract of its own."""
    return Payer(
        contract_id=f"contract-{account.number}",
        holder_id=account.holder_id,
        account_id=account.id,
        branch_code=account.branch_code,
        kind=account.kind,
        number=account.number,
        name_kana=NAME_KANA,
        member=False,
    )


def payee_of(institution: str, account: NewAccount) -> Payee:
    """Return the account as one that is paid."""
    return Payee(
        bank_code=institution,
        bank_name="サンプル信用組合",
        branch_code=account.branch_code,
        branch_name=f"{account.branch_code}店",
        kind=account.kind,
        number=account.number,
        name_kana=NAME_KANA,
        name_checked=True,
        account_id=account.id,
        holder_id=account.holder_id,
    )


def _account(place: int) -> NewAccount:
    number = f"{FIRST_NUMBER + place:07}"
    return NewAccount(
        id=f"bench-{number}",
        holder_id=f"holder-{number}",
        branch_code=BRANCHES[place % len(BRANCHES)],
        kind=AccountKind.ORDINARY,
        number=number,
        opened_on=date(2020, 4, 1),
    )


def _holder(holder_id: str) -> Holder:
    return Holder(
        id=holder_id,
        kind=HolderKind.PERSON,
        name_kana=NAME_KANA,
        name="計測太郎",
        birth_date=date(1980, 1, 1),
        phones=(PHONE,),
        email=f"{holder_id}@example.jp",
        member=False,
    )


def _deposit(account_id: str, day: date) -> Journal:
    cash, remarks, yen = TransactionKind.CASH, "ｹﾞﾝｷﾝ", Yen(BALANCE)
    taken = Posting(account=account_id, amount=yen, kind=cash, remarks=remarks)
    booked = Posting(bank=BankAccount.CASH, amount=-yen, kind=cash, remarks=remarks)
    return Journal(day=day, postings=(taken, booked))
