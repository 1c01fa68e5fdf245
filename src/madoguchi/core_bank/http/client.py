"""The port, asked over HTTP (CORE-03)."""

from collections.abc import Sequence
from datetime import date
from typing import Any, TypeVar

import msgspec

from madoguchi.core_bank.http import messages as m
from madoguchi.core_bank.http import operations, rules
from madoguchi.core_bank.http.answers import answer_of
from madoguchi.core_bank.http.link import CoreAddress, Link
from madoguchi.core_bank.http.operations import Operation
from madoguchi.core_bank.port import (
    LARGEST_AMOUNT,
    LARGEST_PAGE,
    Account,
    AccountKind,
    AddressChange,
    AddressChangeAccepted,
    BadCursor,
    Balances,
    Call,
    Capability,
    CoreFailure,
    CoreUnavailable,
    EventPage,
    Held,
    Holder,
    NeverSeen,
    NoCard,
    NoSuchPayee,
    PayeeName,
    PayeeNotOffered,
    PinRight,
    PinWrong,
    Refused,
    Released,
    ReleaseReason,
    Settled,
    TimeDeposit,
    TransactionPage,
    Transfer,
    Unknown,
    WriteAnswer,
)
from madoguchi.kernel.clock import Clock
from madoguchi.kernel.errors import BrokenInvariant, must
from madoguchi.kernel.money import Yen
from madoguchi.plumbing.observability import get_logger

Q = TypeVar("Q")
A = TypeVar("A")
log = get_logger("core")


class HttpCore:
    """A `CoreBank` behind a bank's gateway. One for each core and process; close it at the end.

    An answer that does not belong to the question is not taken for one. Raises
    `KeyReferenceError`, `OSError` where token or certificates cannot be read.
    """

    def __init__(
        self, address: CoreAddress, clock: Clock, patience: rules.Patience | None = None
    ) -> None:
        self._link = Link(address, clock, patience)

    async def close(self) -> None:
        """Close the connections."""
        await self._link.close()

    async def capabilities(self, call: Call) -> frozenset[Capability]:
        """Return what the core offers to this institution."""
        answer = await self._read(call, operations.CAPABILITIES, m.Nothing())
        return frozenset(each for each in Capability if each in answer.capabilities)

    async def business_date(self, call: Call) -> date:
        """Return the day that the core books on now."""
        return (await self._read(call, operations.BUSINESS_DATE, m.Nothing())).business_date

    async def find_account(
        self, call: Call, branch_code: str, kind: AccountKind, number: str
    ) -> Account | None:
        """Return the account with these 3 and 7 digits, whatever its status."""
        asked = m.AccountNumber(branch_code=branch_code, kind=kind, number=number)
        found = (await self._read(call, operations.FIND_ACCOUNT, asked)).account
        if found is not None:
            same = (found.branch_code, found.kind, found.number) == (branch_code, kind, number)
            _right(same, call, operations.FIND_ACCOUNT)
        return found

    async def account(self, call: Call, account_id: str) -> Account | None:
        """Return the account with this id, whatever its status."""
        asked = m.AccountId(account_id=account_id)
        found = (await self._read(call, operations.ACCOUNT, asked)).account
        _right(found is None or found.id == account_id, call, operations.ACCOUNT)
        return found

    async def holder(self, call: Call, holder_id: str) -> Holder | None:
        """Return the customer with this id."""
        asked = m.HolderId(holder_id=holder_id)
        found = (await self._read(call, operations.HOLDER, asked)).holder
        _right(found is None or found.id == holder_id, call, operations.HOLDER)
        return found

    async def accounts_of(self, call: Call, holder_id: str) -> Sequence[Account]:
        """Return all accounts of a holder, whatever their status, by branch, kind and number."""
        asked = m.HolderId(holder_id=holder_id)
        found = (await self._read(call, operations.ACCOUNTS_OF, asked)).accounts
        own = all(account.holder_id == holder_id for account in found)
        _right(own, call, operations.ACCOUNTS_OF)
        return found

    async def verify_card_pin(
        self, call: Call, account_id: str, pin: str
    ) -> PinRight | PinWrong | NoCard:
        """Compare a PIN with that of the account's card; not sent twice where it was received."""
        asked = m.TypedPin(account_id=account_id, pin=pin)
        match (await self._read(call, operations.VERIFY_CARD_PIN, asked)).result:
            case "right":
                return PinRight()
            case "wrong":
                return PinWrong()
            case "no_card":
                return NoCard()

    async def balances(self, call: Call, account_id: str) -> Balances | None:
        """Return what is in the account."""
        asked = m.AccountId(account_id=account_id)
        found = (await self._read(call, operations.BALANCES, asked)).balances
        _right(found is None or found.account_id == account_id, call, operations.BALANCES)
        return found

    async def transactions(
        self,
        call: Call,
        account_id: str,
        from_day: date,
        to_day: date,
        *,
        cursor: str | None = None,
        limit: int = 100,
    ) -> TransactionPage | BadCursor | None:
        """Return a page of transactions, newest first."""
        must(1 <= limit <= LARGEST_PAGE, f"a limit from 1 to {LARGEST_PAGE}")
        asked = m.TransactionRange(
            account_id=account_id, from_day=from_day, to_day=to_day, cursor=cursor, limit=limit
        )
        match await self._read(call, operations.TRANSACTIONS, asked):
            case m.NoSuchAccount():
                return None
            case m.CursorRejected():
                return BadCursor()
            case m.Page(page=page):
                within = all(from_day <= each.posted_on <= to_day for each in page.transactions)
                fits = page.account_id == account_id and len(page.transactions) <= limit
                _right(within and fits, call, operations.TRANSACTIONS)
                return page

    async def time_deposits(self, call: Call, holder_id: str) -> Sequence[TimeDeposit]:
        """Return the holder's time deposits, by account and deposit number."""
        asked = m.HolderId(holder_id=holder_id)
        return (await self._read(call, operations.TIME_DEPOSITS, asked)).time_deposits

    async def payee_name(
        self, call: Call, bank_code: str, branch_code: str, kind: AccountKind, number: str
    ) -> PayeeName | NoSuchPayee | PayeeNotOffered:
        """Look up whose account this is, so that the payer can check before paying."""
        asked = m.PayeeNumber(
            bank_code=bank_code, branch_code=branch_code, kind=kind, number=number
        )
        match await self._read(call, operations.PAYEE_NAME, asked):
            case m.NameFound(name_kana=name):
                return PayeeName(name)
            case m.NobodyFound():
                return NoSuchPayee()
            case m.NameNotOffered():
                return PayeeNotOffered()

    async def hold(self, call: Call, transfer: Transfer) -> Held | Refused | Unknown:
        """Set the transfer's amount and fee aside."""
        asked = _in_range(transfer)
        answer = await self._write(call, operations.HOLD, asked)
        if isinstance(answer, Held) and answer.held != asked.amount + asked.fee:
            return _doubtful(call, operations.HOLD)
        return _one_of(answer, Held)

    async def settle(self, call: Call, hold_id: str) -> Settled | Refused | Unknown:
        """Move the money of a pending hold: all of it, once."""
        answer = await self._write(call, operations.SETTLE, m.HoldId(hold_id=hold_id))
        if isinstance(answer, Settled) and answer.hold_id != hold_id:
            return _doubtful(call, operations.SETTLE)
        return _one_of(answer, Settled)

    async def release(
        self, call: Call, hold_id: str, reason: ReleaseReason
    ) -> Released | Refused | Unknown:
        """End a pending hold without moving money."""
        asked = m.Release(hold_id=hold_id, reason=reason)
        answer = await self._write(call, operations.RELEASE, asked)
        if isinstance(answer, Released) and answer != Released(hold_id, reason):
            return _doubtful(call, operations.RELEASE)
        return _one_of(answer, Released)

    async def inquire(self, call: Call, idempotency_key: str) -> WriteAnswer | NeverSeen | Unknown:
        """Return the first answer to the write with this key; `Unknown` means ask again."""
        asked = m.Inquiry(idempotency_key=idempotency_key)
        try:
            answer = await self._read(call, operations.INQUIRE, asked)
        except CoreUnavailable:
            return Unknown(idempotency_key)
        known = answer_of(answer, idempotency_key)
        if isinstance(answer, m.RefusedAnswer) and isinstance(known, Unknown):
            log.error("core refused by a number nobody knows", number=answer.number)
        return known

    async def request_address_change(
        self, call: Call, change: AddressChange
    ) -> AddressChangeAccepted | Refused | Unknown:
        """Hand a change of address to the bank."""
        answer = await self._write(call, operations.ADDRESS_CHANGE, change)
        return _one_of(answer, AddressChangeAccepted)

    async def events(
        self, call: Call, since: str | None = None, limit: int = 100
    ) -> EventPage | BadCursor:
        """Return what happened after the cursor `since` (None: from the start), oldest first."""
        asked = m.EventsSince(since=since, limit=limit)
        match await self._read(call, operations.EVENTS, asked):
            case m.CursorRejected():
                return BadCursor()
            case m.EventList(events=events, next_cursor=next_cursor):
                return EventPage(events=events, next_cursor=next_cursor)

    async def _read(self, call: Call, operation: Operation[Q, A], request: Q) -> A:
        answer = await self._link.ask(call, operation, request)
        if isinstance(answer, Refused):
            raise BrokenInvariant("a read cannot be refused")
        return answer

    async def _write(
        self, call: Call, operation: Operation[Q, Any], request: Q
    ) -> WriteAnswer | NeverSeen | Unknown:
        """Return a write's answer: `Unknown` wherever it is not certain, sent or not.

        The port's callers then inquire, and learn that it was never seen, or what it came to.
        """
        key = must(call.idempotency_key, "the idempotency key of a write")
        try:
            answer = await self._link.ask(call, operation, request)
        except CoreUnavailable:
            return Unknown(key)
        return answer if isinstance(answer, Refused) else answer_of(answer, key)


Done = TypeVar("Done", Held, Settled, Released, AddressChangeAccepted)


def _one_of(
    answer: WriteAnswer | NeverSeen | Unknown, kind: type[Done]
) -> Done | Refused | Unknown:
    if isinstance(answer, kind | Refused | Unknown):
        return answer
    raise BrokenInvariant(f"{type(answer).__name__} is not an answer to this write")


def _doubtful(call: Call, operation: Operation[Any, Any]) -> Unknown:
    """Return what a write came to whose answer is another question's."""
    _tell(call, operation)
    return Unknown(must(call.idempotency_key))


def _right(condition: bool, call: Call, operation: Operation[Any, Any]) -> None:
    """Raise `CoreUnavailable` where a read's answer is another question's."""
    if condition:
        return
    _tell(call, operation)
    raise CoreUnavailable(CoreFailure.CANNOT_HANDLE, "the answer to another question")


def _tell(call: Call, operation: Operation[Any, Any]) -> None:
    log.error(
        "core answered another question",
        operation=operation.name,
        institution=call.institution,
        correlation_id=call.correlation_id,
    )


def _in_range(transfer: Transfer) -> Transfer:
    """Return the transfer, an amount beyond the range as one just beyond it.

    A gateway's numbers may have 64 bits: it can read this one too, and refuse it by its number.
    """
    return msgspec.structs.replace(
        transfer, amount=_near_range(transfer.amount), fee=_near_range(transfer.fee)
    )


def _near_range(amount: Yen) -> Yen:
    return Yen(min(max(amount, -1), LARGEST_AMOUNT + 1))
