"""The resources of the account API (API-01 to API-03, API-05)."""

import msgspec

from madoguchi import consents
from madoguchi.account_api import problems
from madoguchi.account_api.ports import Reading
from madoguchi.account_api.problems import Refused
from madoguchi.account_api.query import TooEarly, Unreadable, read_range
from madoguchi.account_api.representation import (
    AccountsView,
    TransactionsView,
    account_view,
    balance_view,
    consent_view,
    transaction_view,
)
from madoguchi.consents import ConsentedAccount, EndedBy
from madoguchi.core_bank.port import AccountStatus, BadCursor
from madoguchi.kernel.clock import japan_day

Outcome = msgspec.Struct | Refused | None
"""What a resource answers: a view, a refusal, or nothing more to say (204)."""


async def accounts(reading: Reading) -> Outcome:
    """GET /accounts: the accounts of the consent, and how each stands.

    Where none is open any more, the problem says what became of them (LINK-02).
    """
    call, holder_id = reading.core_call(), reading.consent.holder_id
    held = await reading.core.accounts_of(call, holder_id)
    holder = await reading.core.holder(call, holder_id)
    status_of = {account.id: account.status for account in held}
    views = [
        account_view(
            account,
            status_of.get(account.account_id, AccountStatus.CLOSED),
            reading.institution,
            holder.name_kana if holder else "",
        )
        for account in reading.consent.accounts
    ]
    found = {view.status for view in views}
    if AccountStatus.OPEN in found:
        return AccountsView(views)
    return _ended(AccountStatus.MOVED if AccountStatus.MOVED in found else AccountStatus.CLOSED)


async def balance(reading: Reading) -> Outcome:
    """GET /accounts/{id}/balance: what is in the account now."""
    account = _account(reading)
    if account is None:
        return Refused(problems.ACCOUNT_NOT_FOUND)
    found = await reading.core.balances(reading.core_call(), account.account_id)
    if found is None:
        return Refused(problems.ACCOUNT_CLOSED)
    return _ended(found.status) or balance_view(account.public_id, found)


async def transactions(reading: Reading) -> Outcome:
    """GET /accounts/{id}/transactions: a page of booked lines, newest first."""
    account = _account(reading)
    if account is None:
        return Refused(problems.ACCOUNT_NOT_FOUND)
    asked = read_range(
        reading.query.multi_items(), reading.institution.account_api, japan_day(reading.now)
    )
    if isinstance(asked, Unreadable):
        return _unreadable(asked)
    if isinstance(asked, TooEarly):
        earliest = asked.earliest.isoformat()
        detail = f"The earliest day is {earliest}."
        members = {"parameter": "from", "earliest": earliest, "detail": detail}
        return Refused(problems.OUT_OF_RANGE, members)
    page = await reading.core.transactions(
        reading.core_call(),
        account.account_id,
        asked.from_day,
        asked.to_day,
        cursor=asked.cursor,
        limit=asked.limit,
    )
    if page is None:
        return Refused(problems.ACCOUNT_CLOSED)
    if isinstance(page, BadCursor):
        return _unreadable(Unreadable("cursor", "`cursor` was not given out for this account."))
    lines = [transaction_view(line) for line in page.transactions]
    return _ended(page.status) or TransactionsView(lines, page.next_cursor)


async def read_consent(reading: Reading) -> Outcome:
    """GET /consent: what was agreed and until when."""
    return consent_view(reading.consent)


async def revoke_consent(reading: Reading) -> Outcome:
    """DELETE /consent: the app ends the consent; its tokens are dead from the next request on."""
    async with reading.ports.database.transaction() as tx:
        await consents.revoke(
            tx,
            reading.ports.log,
            reading.institution.code,
            reading.consent.id,
            by=EndedBy.APP,
            actor=reading.grant.client_id,
            now=reading.now,
        )
    return None


def _account(reading: Reading) -> ConsentedAccount | None:
    wanted = reading.account_id
    return next((each for each in reading.consent.accounts if each.public_id == wanted), None)


def _ended(status: AccountStatus) -> Refused | None:
    match status:
        case AccountStatus.MOVED:
            return Refused(problems.ACCOUNT_MOVED)
        case AccountStatus.CLOSED:
            return Refused(problems.ACCOUNT_CLOSED)
        case AccountStatus.OPEN:
            return None


def _unreadable(found: Unreadable) -> Refused:
    members = {"parameter": found.parameter, "detail": found.detail}
    return Refused(problems.INVALID_REQUEST, members)
