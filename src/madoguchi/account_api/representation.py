"""What the account API answers, field by field (API-01 to API-05).

The fields follow the meaning of the Japanese bankers' association's message standard for open APIs;
each description begins with the Japanese name of the item. Amounts are whole yen; days are Japan
days; instants carry Japan's offset.
"""

from typing import Annotated

from msgspec import Meta, Struct
from msgspec.structs import replace

from madoguchi.consents import Consent, ConsentedAccount
from madoguchi.core_bank.port import (
    AccountKind,
    AccountStatus,
    Balances,
    Direction,
    Transaction,
    TransactionKind,
)
from madoguchi.institutions import Institution
from madoguchi.kernel.clock import in_japan
from madoguchi.kernel.kana import to_readable

AccountId = Annotated[
    str, Meta(description="口座識別子: an opaque id, the same for as long as the consent lives")
]
BranchCode = Annotated[str, Meta(description="店番: 3 digits", pattern="^[0-9]{3}$")]
Day = Annotated[str, Meta(description="年月日: YYYY-MM-DD", extra_json_schema={"format": "date"})]
Instant = Annotated[
    str, Meta(description="日時: RFC 3339", extra_json_schema={"format": "date-time"})
]


class AccountView(Struct, frozen=True):
    """口座: one account of the consent."""

    id: AccountId
    branch_code: BranchCode
    branch_name: Annotated[str, Meta(description="支店名")]
    account_kind: Annotated[
        AccountKind, Meta(description="科目: ordinary 普通, savings 貯蓄, current 当座")
    ]
    account_number_masked: Annotated[
        str, Meta(description="口座番号: all but the last three digits masked")
    ]
    account_name_kana: Annotated[str, Meta(description="口座名義（カナ）: half-width kana")]
    status: Annotated[
        AccountStatus,
        Meta(description="口座状態: open; moved to another branch, to be linked anew; closed"),
    ]
    currency_code: Annotated[str, Meta(description="通貨コード: always JPY")] = "JPY"


class AccountsView(Struct, frozen=True):
    """口座一覧: the accounts of the consent."""

    accounts: list[AccountView]


class BalanceView(Struct, frozen=True):
    """残高照会: what is in the account."""

    account_id: AccountId
    current_balance: Annotated[int, Meta(description="現在高: yen; below zero where overdrawn")]
    available_balance: Annotated[int, Meta(description="支払可能残高: yen that can be drawn now")]
    as_of: Annotated[Instant, Meta(description="基準日時: as of when, RFC 3339")]
    currency_code: Annotated[str, Meta(description="通貨コード: always JPY")] = "JPY"


class TransactionView(Struct, frozen=True):
    """入出金明細: one booked line."""

    id: Annotated[str, Meta(description="明細識別子: stable for ever")]
    date: Annotated[Day, Meta(description="取引日")]
    value_date: Annotated[Day, Meta(description="起算日")]
    direction: Annotated[Direction, Meta(description="入出金区分: in or out")]
    amount: Annotated[int, Meta(description="取引金額: yen, always above zero", ge=1)]
    balance_after: Annotated[int, Meta(description="取引後残高: yen")]
    kind: Annotated[TransactionKind, Meta(description="取引区分: what moved the money")]
    remarks: Annotated[str, Meta(description="摘要: half-width kana")]
    remarks_readable: Annotated[str, Meta(description="摘要（全角）: the same, easier to read")]


class TransactionsView(Struct, frozen=True):
    """入出金明細照会: a page, newest first."""

    transactions: list[TransactionView]
    next_cursor: Annotated[
        str | None, Meta(description="次頁: gives the older ones; null where these were the last")
    ]


class ConsentView(Struct, frozen=True):
    """同意: what was agreed, and until when."""

    id: Annotated[
        str, Meta(description="同意識別子: also the `grant_id` of the authorization server")
    ]
    status: Annotated[
        str, Meta(description="状態: always `authorised`; an ended consent is a problem")
    ]
    scopes: Annotated[list[str], Meta(description="範囲")]
    account_ids: Annotated[list[AccountId], Meta(description="口座識別子")]
    authorised_at: Annotated[Instant, Meta(description="同意日時")]
    expires_at: Annotated[Instant, Meta(description="認可期限")]
    terms_version: Annotated[str, Meta(description="API利用規定の版")]


def account_view(
    account: ConsentedAccount, status: AccountStatus, institution: Institution, name_kana: str
) -> AccountView:
    """Return an account as the app sees it."""
    branch = institution.branch(account.branch_code)
    return AccountView(
        id=account.public_id,
        branch_code=account.branch_code,
        branch_name=branch.name if branch else "",
        account_kind=AccountKind(account.account_kind),
        account_number_masked="*" * 4 + account.account_number[-3:],
        account_name_kana=name_kana,
        status=status,
    )


def balance_view(public_id: str, balances: Balances) -> BalanceView:
    """Return the balances as the app sees them."""
    return BalanceView(
        public_id, balances.ledger, balances.available, in_japan(balances.as_of).isoformat()
    )


def transaction_view(transaction: Transaction) -> TransactionView:
    """Return one line as the app sees it."""
    return TransactionView(
        id=transaction.id,
        date=transaction.posted_on.isoformat(),
        value_date=transaction.value_date.isoformat(),
        direction=transaction.direction,
        amount=transaction.amount,
        balance_after=transaction.balance_after,
        kind=transaction.kind,
        remarks=transaction.remarks,
        remarks_readable=to_readable(transaction.remarks),
    )


def consent_view(consent: Consent) -> ConsentView:
    """Return a consent in force as the app sees it."""
    return ConsentView(
        id=consent.id,
        status=consent.status.value,
        scopes=list(consent.scopes),
        account_ids=[account.public_id for account in consent.accounts],
        authorised_at=in_japan(consent.authorised_at or consent.requested_at).isoformat(),
        expires_at=in_japan(consent.expires_at or consent.requested_at).isoformat(),
        terms_version=consent.terms_version,
    )


def lasting(view: Struct) -> Struct:
    """Return what of a view makes it another one: the same balance a second later does not."""
    return replace(view, as_of="") if isinstance(view, BalanceView) else view
