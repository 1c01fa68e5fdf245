"""The embedded core behind the port (CORE-01, CORE-02)."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import date
from typing import Any

import msgspec

from madoguchi.core_bank.embedded import store
from madoguchi.core_bank.embedded.amounts import within_range
from madoguchi.core_bank.embedded.answers import Out, answer_of, content_of, only
from madoguchi.core_bank.embedded.batches import answer_to, columns_of, once_each
from madoguchi.core_bank.embedded.cards import pin_is_right
from madoguchi.core_bank.embedded.cursors import NEWEST_LINE, Place, cursor_of, place_of
from madoguchi.core_bank.embedded.orders import Orders
from madoguchi.core_bank.interbank import InterbankNetwork, NoAnswer
from madoguchi.core_bank.port import (
    LARGEST_PAGE,
    Account,
    AccountKind,
    AccountStatus,
    AddressChange,
    AddressChangeAccepted,
    BadCursor,
    Balances,
    BillPayee,
    Call,
    Capability,
    CoreEvent,
    CoreFailure,
    CoreUnavailable,
    Direction,
    EventPage,
    Held,
    Holder,
    KeyedTransfer,
    NeverSeen,
    NoCard,
    NoSuchPayee,
    OtherBankPayee,
    OwnPayee,
    PayeeName,
    PayeeNotOffered,
    PinRight,
    PinWrong,
    Refusal,
    Refused,
    Released,
    ReleaseReason,
    Settled,
    TimeDeposit,
    Transaction,
    TransactionKind,
    TransactionPage,
    Transfer,
    Unknown,
    WriteAnswer,
)
from madoguchi.kernel.clock import Clock, japan_day
from madoguchi.kernel.entropy import Entropy, new_id
from madoguchi.kernel.errors import must
from madoguchi.kernel.money import Yen
from madoguchi.plumbing.database import Database, DatabaseUnavailable, Tx
from madoguchi.plumbing.keys import Keys

NOT_OFFERED = Refusal.NOT_OFFERED.name.lower()
NO_CARD = store.CardRow(id="", pin_verification_value=bytes(32))


class EmbeddedCore:
    """A `CoreBank` on PostgreSQL, in transactions of its own. It offers everything the port has.

    Transfers to other banks need a `network`; without one they are refused as not offered.
    """

    def __init__(
        self,
        database: Database,
        keys: Keys,
        clock: Clock,
        entropy: Entropy,
        network: InterbankNetwork | None = None,
    ) -> None:
        self._database = database
        self._keys = keys
        self._clock = clock
        self._entropy = entropy
        self._network = network
        self._orders = Orders(database, clock, network) if network else None

    async def capabilities(self, call: Call) -> frozenset[Capability]:  # noqa: ARG002 -- the port's
        """Return what the core offers: everything; other banks where there is a network."""
        offered = frozenset(Capability)
        return offered if self._network else offered - {Capability.INTERBANK}

    async def business_date(self, call: Call) -> date:  # noqa: ARG002 -- the port's
        """Return the day it is in Japan."""
        return japan_day(self._clock.now())

    async def find_account(
        self, call: Call, branch_code: str, kind: AccountKind, number: str
    ) -> Account | None:
        """Return the account with these 3 and 7 digits, whatever its status."""
        async with self._reading(call) as tx:
            row = await tx.maybe(
                dict, store.FIND_ACCOUNT, call.institution, branch_code, kind, number
            )
        return None if row is None else msgspec.convert(row, Account)

    async def account(self, call: Call, account_id: str) -> Account | None:
        """Return the account with this id, whatever its status."""
        async with self._reading(call) as tx:
            row = await tx.maybe(dict, store.ACCOUNT, call.institution, account_id)
        return None if row is None else msgspec.convert(row, Account)

    async def holder(self, call: Call, holder_id: str) -> Holder | None:
        """Return the customer with this id."""
        async with self._reading(call) as tx:
            row = await tx.maybe(dict, store.HOLDER, call.institution, holder_id)
        return None if row is None else msgspec.convert(row, Holder)

    async def accounts_of(self, call: Call, holder_id: str) -> Sequence[Account]:
        """Return all accounts of a holder, whatever their status, by branch, kind and number."""
        async with self._reading(call) as tx:
            rows = await tx.many(dict, store.ACCOUNTS_OF_HOLDER, call.institution, holder_id)
        return msgspec.convert(rows, list[Account])

    async def verify_card_pin(
        self, call: Call, account_id: str, pin: str
    ) -> PinRight | PinWrong | NoCard:
        """Compare a PIN with that of the card in use; as slow without a card as with one."""
        async with self._reading(call) as tx:
            card = await tx.maybe(store.CardRow, store.CARD_IN_USE, call.institution, account_id)
        tried = card or NO_CARD
        right = pin_is_right(
            self._keys, call.institution, tried.id, pin, tried.pin_verification_value
        )
        if card is None:
            return NoCard()
        return PinRight() if right else PinWrong()

    async def balances(self, call: Call, account_id: str) -> Balances | None:
        """Return what is in the account now."""
        async with self._reading(call) as tx:
            row = await tx.maybe(dict, store.BALANCES, call.institution, account_id)
        if row is None:
            return None
        return Balances(
            account_id=account_id,
            status=AccountStatus(row["status"]),
            moved_to=row["moved_to"],
            ledger=row["ledger"],
            available=row["available"],
            as_of=self._clock.now(),
        )

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
        """Return a page of transactions, newest first, with one query."""
        must(1 <= limit <= LARGEST_PAGE, f"a limit from 1 to {LARGEST_PAGE}")
        place = Place(to_day, NEWEST_LINE)
        if cursor is not None:
            found = place_of(call.institution, account_id, cursor)
            if found is None:
                return BadCursor()
            place = found
        async with self._reading(call) as tx:
            rows = await tx.many(
                store.LineRow,
                store.TRANSACTIONS,
                call.institution,
                account_id,
                from_day,
                to_day,
                place.day,
                place.line,
                limit + 1,
            )
        return _page(call.institution, account_id, rows, limit) if rows else None

    async def time_deposits(self, call: Call, holder_id: str) -> Sequence[TimeDeposit]:
        """Return the holder's time deposits, by account and deposit number."""
        async with self._reading(call) as tx:
            rows = await tx.many(dict, store.TIME_DEPOSITS, call.institution, holder_id)
        return msgspec.convert(rows, list[TimeDeposit])

    async def payee_name(
        self, call: Call, bank_code: str, branch_code: str, kind: AccountKind, number: str
    ) -> PayeeName | NoSuchPayee | PayeeNotOffered:
        """Look up whose account this is; at other banks through the network.

        Raises `CoreUnavailable` where the network does not answer.
        """
        if bank_code != call.institution:
            return await self._name_elsewhere(call, bank_code, branch_code, kind, number)
        async with self._reading(call) as tx:
            name = await tx.value(store.PAYEE_NAME, bank_code, branch_code, kind, number)
        return NoSuchPayee() if name is None else PayeeName(name_kana=name)

    async def hold(self, call: Call, transfer: Transfer) -> Held | Refused | Unknown:
        """Set the transfer's amount and fee aside."""
        payee, content = transfer.payee, content_of("hold", transfer)
        if isinstance(payee, OtherBankPayee) and self._network is None:
            return only(Held, await self._write(call, store.REFUSE, content, NOT_OFFERED))
        answer = await self._write(
            call,
            store.HOLD,
            content,
            new_id(self._entropy),
            transfer.from_account,
            within_range(transfer.amount, lowest=1),
            within_range(transfer.fee, lowest=0),
            payee.account_id if isinstance(payee, OwnPayee) else None,
            payee if isinstance(payee, OtherBankPayee) else None,
            payee if isinstance(payee, BillPayee) else None,
            transfer.remarks,
            transfer.payee_remarks,
            transfer.expires_at,
        )
        return only(Held, answer)

    async def settle(self, call: Call, hold_id: str) -> Settled | Refused | Unknown:
        """Move the money of a pending hold: all of it, once.

        To another bank: what the network is sent is committed before, and what it says after.
        """
        answer = await self._write(call, store.SETTLE, content_of("settle", hold_id), hold_id)
        return only(Settled, await self._from_the_network(call, must(call.idempotency_key), answer))

    async def transfer_many(
        self, call: Call, transfers: Sequence[KeyedTransfer]
    ) -> Sequence[Settled | Refused | Unknown]:
        """Hold and settle each, in one statement; a repeated one gets the answer of the first."""
        now = self._clock.now()
        unique = once_each(transfers)
        if not unique:
            return []
        given = columns_of(unique, [new_id(self._entropy) for _ in unique])
        try:
            async with self._in_time(call), self._database.statements() as one:
                kept = await one.value(store.TRANSFER_MANY, call.institution, now, *given)
        except (DatabaseUnavailable, TimeoutError):
            kept = [None] * len(unique)
        answers = dict(zip(unique, kept, strict=True))
        return [answer_to(each, answers.get(each)) for each in transfers]

    async def release(
        self, call: Call, hold_id: str, reason: ReleaseReason
    ) -> Released | Refused | Unknown:
        """End a pending hold without moving money."""
        content = content_of("release", hold_id, reason)
        answer = await self._write(call, store.RELEASE, content, hold_id, reason)
        return only(Released, answer)

    async def inquire(self, call: Call, idempotency_key: str) -> WriteAnswer | NeverSeen | Unknown:
        """Return the first answer to the write with this key; `Unknown` means ask again.

        Waits for a write under way with the same key, and asks the network about one that is out.
        """
        try:
            async with self._reading(call) as tx:
                kept = await tx.value(store.FIRST_ANSWER, call.institution, idempotency_key)
        except CoreUnavailable:
            return Unknown(idempotency_key)
        if kept is None:
            return NeverSeen()
        return await self._from_the_network(call, idempotency_key, answer_of(kept))

    async def request_address_change(
        self, call: Call, change: AddressChange
    ) -> AddressChangeAccepted | Refused | Unknown:
        """Hand a change of address to the bank."""
        answer = await self._write(
            call,
            store.ADDRESS_CHANGE,
            content_of("address_change", change),
            new_id(self._entropy),
            change.holder_id,
            change.postal_code,
            change.address,
            change.phone,
        )
        return only(AddressChangeAccepted, answer)

    async def events(
        self, call: Call, since: str | None = None, limit: int = 100
    ) -> EventPage | BadCursor:
        """Return what happened after the cursor `since`, oldest first."""
        if since is not None and not (since.isascii() and since.isdecimal() and len(since) < 19):
            return BadCursor()
        async with self._reading(call) as tx:
            rows = await tx.many(dict, store.EVENTS, call.institution, int(since or 0), limit)
        events = tuple(
            msgspec.convert({"id": str(row.pop("number")), **row}, CoreEvent) for row in rows
        )
        return EventPage(events=events, next_cursor=events[-1].id if events else since or "0")

    async def catch_up(self, institution: str) -> None:
        """Finish transfers that the network was late with, and credit what it returned.

        Each once, however many do this at once. For a schedule; does nothing without a network.
        """
        if self._orders:
            await self._orders.finish_late(institution)
            await self._orders.collect_returns(institution)

    async def _name_elsewhere(
        self, call: Call, bank_code: str, branch_code: str, kind: AccountKind, number: str
    ) -> PayeeName | NoSuchPayee | PayeeNotOffered:
        if self._network is None:
            return PayeeNotOffered()
        try:
            async with self._in_time(call):
                said = await self._network.payee_name(bank_code, branch_code, kind, number)
        except TimeoutError as error:
            raise CoreUnavailable(CoreFailure.LINK_FAILED, "interbank network") from error
        if isinstance(said, NoAnswer):
            raise CoreUnavailable(CoreFailure.LINK_FAILED, "interbank network")
        return said

    async def _from_the_network(
        self, call: Call, key: str, answer: WriteAnswer | Unknown | Out
    ) -> WriteAnswer | Unknown:
        """Return `answer`; of a transfer that is out, what the network says and is then booked."""
        if not isinstance(answer, Out):
            return answer
        if self._orders is None:
            return Unknown(key)
        try:
            async with self._in_time(call):
                return await self._orders.finish(answer) or Unknown(key)
        except (DatabaseUnavailable, TimeoutError):
            return Unknown(key)

    @asynccontextmanager
    async def _reading(self, call: Call) -> AsyncIterator[Tx]:
        try:
            async with self._in_time(call), self._database.statements() as tx:
                yield tx
        except (DatabaseUnavailable, TimeoutError) as error:
            raise CoreUnavailable(CoreFailure.LINK_FAILED, str(error)) from error

    async def _write(
        self, call: Call, sql: str, content: bytes, *args: object
    ) -> WriteAnswer | Unknown | Out:
        key = must(call.idempotency_key, "the idempotency key of a write")
        try:
            # one statement, which commits by itself: two round trips fewer
            async with self._in_time(call), self._database.statements() as one:
                kept: dict[str, Any] = await one.value(
                    sql, call.institution, self._clock.now(), key, content, *args
                )
        except (DatabaseUnavailable, TimeoutError):
            return Unknown(key)
        return answer_of(kept)

    def _in_time(self, call: Call) -> asyncio.Timeout:
        return asyncio.timeout((call.deadline - self._clock.now()).total_seconds())


def _page(
    institution: str, account_id: str, rows: list[store.LineRow], limit: int
) -> TransactionPage:
    lines = [row for row in rows[:limit] if row.line is not None]
    cursor = None
    if len(rows) > limit:
        oldest = lines[-1]
        place = Place(oldest.posted_day, must(oldest.line))
        cursor = cursor_of(institution, account_id, place)
    return TransactionPage(
        account_id=account_id,
        status=AccountStatus(rows[0].status),
        moved_to=rows[0].moved_to,
        transactions=tuple(_transaction(row) for row in lines),
        next_cursor=cursor,
    )


def _transaction(row: store.LineRow) -> Transaction:
    return Transaction(
        id=row.id,
        posted_on=row.posted_day,
        value_date=row.value_day,
        direction=Direction.IN if row.amount > 0 else Direction.OUT,
        amount=Yen(abs(row.amount)),
        balance_after=Yen(row.balance_after),
        kind=TransactionKind(row.kind),
        remarks=row.remarks,
    )
