"""A core bank in memory, for tests of what stands on the port. It passes the port's contract suite.

`core.down = CoreFailure.LINK_FAILED`: every read raises, every write answers `Unknown` undone;
`core.silent = True` does writes but answers `Unknown`, as a core that is too slow. Other banks are
reached through `core.network`, whose switches see `FakeInterbank`; `None`: there is no network.
"""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

import msgspec

from madoguchi.core_bank import (
    Account,
    AccountKind,
    AccountStatus,
    AddressChange,
    AddressChangeAccepted,
    BadCursor,
    Balances,
    Call,
    Capability,
    CoreEvent,
    CoreFailure,
    CoreUnavailable,
    Direction,
    EventKind,
    EventPage,
    Held,
    Holder,
    HolderKind,
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
from madoguchi.core_bank.interbank import NoAnswer, Order, RefusedByNetwork
from madoguchi.kernel.clock import Clock, japan_day
from madoguchi.kernel.errors import must
from madoguchi.kernel.money import Yen
from tests.support.fake_core_refusals import amount_refusal, payee_refusal, payer_refusal
from tests.support.fake_interbank import FakeInterbank


def call_to_core(institution: str = "9901", key: str | None = None) -> Call:
    """Return a `Call` whose deadline is far away."""
    return Call(
        institution=institution,
        correlation_id="reference-1",
        deadline=datetime(2100, 1, 1, tzinfo=UTC),
        idempotency_key=key,
    )


def sample_person(holder_id: str = "holder-1") -> Holder:
    """Return an invented person with two phones."""
    return Holder(
        id=holder_id,
        kind=HolderKind.PERSON,
        name_kana="ﾐﾎﾝ ﾀﾛｳ",
        name="見本太郎",
        birth_date=date(1980, 4, 1),
        phones=("+819000001111", "+81300001111"),
        email="taro@example.jp",
        member=False,
    )


@dataclass
class Pending:
    """A hold, and how it ended. `out`: it was sent to the network."""

    transfer: Transfer
    ended: Refusal | None = None
    out: bool = False
    returned: bool = False


@dataclass
class Institution:
    """Everything the fake core has of one institution."""

    holders: dict[str, Holder] = field(default_factory=dict)
    accounts: dict[str, Account] = field(default_factory=dict)
    pins: dict[str, str] = field(default_factory=dict)
    lines: dict[str, list[Transaction]] = field(default_factory=dict)
    time_deposits: list[TimeDeposit] = field(default_factory=list)
    holds: dict[str, Pending] = field(default_factory=dict)
    answers: dict[str, tuple[object, WriteAnswer | None]] = field(default_factory=dict)
    """Contents and answers by key; no answer yet where the transfer is out with the network."""
    return_cursor: str | None = None
    events: list[CoreEvent] = field(default_factory=list)


class FakeCoreBank:
    """A `CoreBank` of dictionaries."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.down: CoreFailure | None = None
        self.silent = False
        self.offers: frozenset[Capability] = frozenset(Capability)
        self.network: FakeInterbank | None = FakeInterbank(clock)
        self._institutions: dict[str, Institution] = {}
        self._numbers = 0

    # What tests set up --------------------------------------------------------------------------

    def of(self, institution: str) -> Institution:
        """Return what the core has of an institution."""
        return self._institutions.setdefault(institution, Institution())

    def add_account(
        self,
        institution: str = "9901",
        *,
        holder: Holder | None = None,
        branch_code: str = "001",
        kind: AccountKind = AccountKind.ORDINARY,
        number: str = "1234567",
        pin: str | None = "1234",
        balance: int = 0,
    ) -> Account:
        """Open an account (its holder too, where not there yet); no card where `pin` is None."""
        books, holder = self.of(institution), holder or sample_person()
        books.holders[holder.id] = holder
        account = Account(
            id=self._new("account"),
            branch_code=branch_code,
            kind=kind,
            number=number,
            status=AccountStatus.OPEN,
            moved_to=None,
            holder_id=holder.id,
            has_card=pin is not None,
            passbook_withdrawal=False,
            opened_on=date(2020, 4, 1),
        )
        books.accounts[account.id] = account
        books.lines[account.id] = []
        if pin is not None:
            books.pins[account.id] = pin
        if balance:
            self.add_line(institution, account.id, balance)
        return account

    def add_line(
        self,
        institution: str,
        account_id: str,
        amount: int,
        *,
        kind: TransactionKind = TransactionKind.CASH,
        remarks: str = "ｹﾞﾝｷﾝ",
        day: date | None = None,
    ) -> Transaction:
        """Book `amount` yen (below zero: out) on the account."""
        lines = self.of(institution).lines[account_id]
        day = day or japan_day(self.clock.now())
        line = Transaction(
            id=self._new("line"),
            posted_on=day,
            value_date=day,
            direction=Direction.IN if amount > 0 else Direction.OUT,
            amount=Yen(abs(amount)),
            balance_after=Yen(_balance(lines) + amount),
            kind=kind,
            remarks=remarks,
        )
        lines.append(line)
        return line

    def move_account(
        self, institution: str, account_id: str, branch_code: str, number: str
    ) -> Account:
        """Move an account, with its money and card, to another branch and number."""
        books = self.of(institution)
        old, balance = books.accounts[account_id], _balance(books.lines[account_id])
        new = msgspec.structs.replace(
            old, id=self._new("account"), branch_code=branch_code, number=number
        )
        books.accounts[new.id], books.lines[new.id] = new, []
        if account_id in books.pins:
            books.pins[new.id] = books.pins.pop(account_id)
        if balance:
            self.add_line(institution, account_id, -balance, remarks="ｲｶﾝ")
            self.add_line(institution, new.id, balance, remarks="ｲｶﾝ")
        books.accounts[account_id] = msgspec.structs.replace(
            old, status=AccountStatus.MOVED, moved_to=new.id, has_card=False
        )
        self._add_event(books, EventKind.ACCOUNT_MOVED, account_id, new.id)
        return new

    def close_account(self, institution: str, account_id: str) -> None:
        """End an account; what is in it is paid out."""
        books = self.of(institution)
        balance = _balance(books.lines[account_id])
        if balance:
            self.add_line(institution, account_id, -balance, remarks="ｶｲﾔｸ")
        books.accounts[account_id] = msgspec.structs.replace(
            books.accounts[account_id], status=AccountStatus.CLOSED
        )
        self._add_event(books, EventKind.ACCOUNT_CLOSED, account_id, None)

    def lose_card(self, institution: str, account_id: str) -> None:
        """Block the account's card."""
        books = self.of(institution)
        del books.pins[account_id]
        books.accounts[account_id] = msgspec.structs.replace(
            books.accounts[account_id], has_card=False
        )
        self._add_event(books, EventKind.CARD_LOST, account_id, None)

    # The port -----------------------------------------------------------------------------------

    async def capabilities(self, call: Call) -> frozenset[Capability]:
        """Return what `offers` says."""
        self._read(call)
        return self.offers

    async def business_date(self, call: Call) -> date:
        """Return the day it is in Japan."""
        self._read(call)
        return japan_day(self.clock.now())

    async def find_account(
        self, call: Call, branch_code: str, kind: AccountKind, number: str
    ) -> Account | None:
        """Return the account with these numbers."""
        wanted = (branch_code, kind, number)
        accounts = self._read(call).accounts.values()
        return next((a for a in accounts if (a.branch_code, a.kind, a.number) == wanted), None)

    async def account(self, call: Call, account_id: str) -> Account | None:
        """Return the account with this id."""
        return self._read(call).accounts.get(account_id)

    async def holder(self, call: Call, holder_id: str) -> Holder | None:
        """Return the customer with this id."""
        return self._read(call).holders.get(holder_id)

    async def accounts_of(self, call: Call, holder_id: str) -> Sequence[Account]:
        """Return all accounts of a holder."""
        accounts = [a for a in self._read(call).accounts.values() if a.holder_id == holder_id]
        return sorted(accounts, key=lambda a: (a.branch_code, a.kind, a.number))

    async def verify_card_pin(
        self, call: Call, account_id: str, pin: str
    ) -> PinRight | PinWrong | NoCard:
        """Compare the PIN."""
        right = self._read(call).pins.get(account_id)
        if right is None:
            return NoCard()
        return PinRight() if right == pin else PinWrong()

    async def balances(self, call: Call, account_id: str) -> Balances | None:
        """Return what is in the account."""
        books = self._read(call)
        account = books.accounts.get(account_id)
        if account is None:
            return None
        ledger = _balance(books.lines[account_id])
        return Balances(
            account_id=account_id,
            status=account.status,
            moved_to=account.moved_to,
            ledger=Yen(ledger),
            available=Yen(ledger - _held(books, account_id)),
            as_of=self.clock.now(),
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
        """Return a page; the cursor is the number of lines that are older."""
        books = self._read(call)
        account = books.accounts.get(account_id)
        if account is None:
            return None
        prefix = f"{account_id}:"
        if cursor is not None and not cursor.startswith(prefix):
            return BadCursor()
        older = int(cursor.removeprefix(prefix)) if cursor else None
        lines = list(enumerate(books.lines[account_id]))[:older]
        found = [(n, line) for n, line in reversed(lines) if from_day <= line.posted_on <= to_day]
        page = found[:limit]
        return TransactionPage(
            account_id=account_id,
            status=account.status,
            moved_to=account.moved_to,
            transactions=tuple(line for _, line in page),
            next_cursor=f"{prefix}{page[-1][0]}" if len(found) > limit else None,
        )

    async def time_deposits(self, call: Call, holder_id: str) -> Sequence[TimeDeposit]:
        """Return the holder's time deposits."""
        books = self._read(call)
        return [
            d for d in books.time_deposits if books.accounts[d.account_id].holder_id == holder_id
        ]

    async def payee_name(
        self, call: Call, bank_code: str, branch_code: str, kind: AccountKind, number: str
    ) -> PayeeName | NoSuchPayee | PayeeNotOffered:
        """Look up whose account this is; at other banks through the network."""
        if bank_code != call.institution:
            return await self._name_elsewhere(bank_code, branch_code, kind, number)
        account = await self.find_account(call, branch_code, kind, number)
        if account is None or account.status != "open" or account.kind == "time_deposit":
            return NoSuchPayee()
        return PayeeName(self.of(bank_code).holders[account.holder_id].name_kana)

    async def hold(self, call: Call, transfer: Transfer) -> Held | Refused | Unknown:
        """Set the transfer's amount and fee aside."""
        answer = self._write(call, ("hold", transfer), lambda b: self._hold(b, transfer))
        assert isinstance(answer, Held | Refused | Unknown)
        return answer

    async def settle(self, call: Call, hold_id: str) -> Settled | Refused | Unknown:
        """Move the money of a pending hold."""
        content = ("settle", hold_id)
        answer = self._write(call, content, lambda b: self._settle(call.institution, b, hold_id))
        if answer is None:
            answer = await self._from_the_network(call.institution, must(call.idempotency_key))
        assert isinstance(answer, Settled | Refused | Unknown)
        return answer

    async def transfer_many(
        self, call: Call, transfers: Sequence[KeyedTransfer]
    ) -> Sequence[Settled | Refused | Unknown]:
        """Hold and settle each."""
        return [await self._transfer(call, each) for each in transfers]

    async def release(
        self, call: Call, hold_id: str, reason: ReleaseReason
    ) -> Released | Refused | Unknown:
        """End a pending hold without moving money."""
        content = ("release", hold_id, reason)
        answer = self._write(call, content, lambda b: self._release(b, hold_id, reason))
        assert isinstance(answer, Released | Refused | Unknown)
        return answer

    async def inquire(self, call: Call, idempotency_key: str) -> WriteAnswer | NeverSeen | Unknown:
        """Return the first answer to the write with this key."""
        if self.down:
            return Unknown(idempotency_key)
        kept = self.of(call.institution).answers.get(idempotency_key)
        if kept is None:
            return NeverSeen()
        return kept[1] or await self._from_the_network(call.institution, idempotency_key)

    async def request_address_change(
        self, call: Call, change: AddressChange
    ) -> AddressChangeAccepted | Refused | Unknown:
        """Note a change of address."""

        def accept(books: Institution) -> WriteAnswer:
            if change.holder_id not in books.holders:
                return Refused(Refusal.NO_SUCH_HOLDER)
            return AddressChangeAccepted(self._new("address-change"))

        answer = self._write(call, ("address_change", change), accept)
        assert isinstance(answer, AddressChangeAccepted | Refused | Unknown)
        return answer

    async def events(
        self, call: Call, since: str | None = None, limit: int = 100
    ) -> EventPage | BadCursor:
        """Return what happened after the cursor."""
        if since is not None and not since.isdecimal():
            return BadCursor()
        events = tuple(self._read(call).events[int(since or 0) :][:limit])
        return EventPage(events=events, next_cursor=events[-1].id if events else since or "0")

    async def catch_up(self, institution: str) -> None:
        """Credit what the network returned."""
        books, network = self.of(institution), must(self.network)
        while page := await network.returns(institution, books.return_cursor):
            if isinstance(page, NoAnswer):
                return
            for returned in page:
                books.return_cursor = returned.cursor
                self._take_back(institution, books, returned.order_id)

    # How it is done -----------------------------------------------------------------------------

    def _read(self, call: Call) -> Institution:
        if self.down or self.silent:
            raise CoreUnavailable(self.down or CoreFailure.LINK_FAILED)
        return self.of(call.institution)

    def _write(
        self, call: Call, content: object, action: Callable[[Institution], WriteAnswer | None]
    ) -> WriteAnswer | Unknown | None:
        key = must(call.idempotency_key)
        if self.down:
            return Unknown(key)
        books = self.of(call.institution)
        if key not in books.answers:
            books.answers[key] = (content, action(books))
        first_content, answer = books.answers[key]
        if first_content != content:
            answer = Refused(Refusal.KEY_USED_FOR_OTHER_CONTENT)
        return Unknown(key) if self.silent else answer

    async def _transfer(self, call: Call, each: KeyedTransfer) -> Settled | Refused | Unknown:
        holding = msgspec.structs.replace(call, idempotency_key=each.hold_key)
        settling = msgspec.structs.replace(call, idempotency_key=each.settle_key)
        if not isinstance(held := await self.hold(holding, each.transfer), Held):
            return held
        settled = await self.settle(settling, held.hold_id)
        return settled if isinstance(settled, Settled) else Unknown(each.hold_key)

    def _hold(self, books: Institution, transfer: Transfer) -> WriteAnswer:
        payer = books.accounts.get(transfer.from_account)
        own = transfer.payee.account_id if isinstance(transfer.payee, OwnPayee) else None
        refusal = amount_refusal(transfer)
        if isinstance(transfer.payee, OtherBankPayee) and self.network is None:
            refusal = Refusal.NOT_OFFERED
        if not refusal and own == transfer.from_account:
            refusal = Refusal.SAME_ACCOUNT
        refusal = refusal or payer_refusal(payer)
        if not refusal and own is not None:
            refusal = payee_refusal(books.accounts.get(own))
        total = transfer.amount + transfer.fee
        account_id = transfer.from_account
        if not refusal and _balance(books.lines[account_id]) - _held(books, account_id) < total:
            refusal = Refusal.NOT_ENOUGH_FUNDS
        if refusal:
            return Refused(refusal)
        hold_id = self._new("hold")
        books.holds[hold_id] = Pending(transfer)
        return Held(hold_id, Yen(total))

    def _settle(self, institution: str, books: Institution, hold_id: str) -> WriteAnswer | None:
        hold = books.holds.get(hold_id)
        refusal = _hold_refusal(hold)
        if refusal or hold is None:
            return Refused(refusal or Refusal.NO_SUCH_HOLD)
        transfer = hold.transfer
        refusal = Refusal.HOLD_EXPIRED if self.clock.now() >= transfer.expires_at else None
        if not refusal and isinstance(transfer.payee, OwnPayee):
            refusal = payee_refusal(books.accounts[transfer.payee.account_id])
        if refusal:
            return Refused(refusal)
        if isinstance(transfer.payee, OtherBankPayee):
            hold.out = True
            return None
        return self._book(institution, hold_id, hold)

    def _book(self, institution: str, hold_id: str, hold: Pending) -> WriteAnswer:
        transfer = hold.transfer
        hold.ended = Refusal.ALREADY_SETTLED
        kind, payer = TransactionKind.TRANSFER, transfer.from_account
        line = self.add_line(
            institution, payer, -transfer.amount, kind=kind, remarks=transfer.remarks
        )
        if isinstance(transfer.payee, OwnPayee):
            payee = transfer.payee.account_id
            self.add_line(
                institution, payee, transfer.amount, kind=kind, remarks=transfer.payee_remarks
            )
        if transfer.fee:
            fee = TransactionKind.FEE
            self.add_line(institution, payer, -transfer.fee, kind=fee, remarks="ﾌﾘｺﾐﾃｽｳﾘﾖｳ")
        return Settled(hold_id, line.id, self._new("acceptance"), line.posted_on)

    async def _from_the_network(self, institution: str, key: str) -> WriteAnswer | Unknown:
        books = self.of(institution)
        content = books.answers[key][0]
        assert isinstance(content, tuple)
        hold_id: str = content[1]
        hold = books.holds[hold_id]
        said = await must(self.network).send(_order(institution, hold_id, hold.transfer))
        answer = books.answers[key][1]
        if answer is None and not isinstance(said, NoAnswer):
            if isinstance(said, RefusedByNetwork):
                hold.ended, answer = Refusal.ALREADY_REFUSED, Refused(Refusal.PAYEE_REFUSED)
            else:
                answer = self._book(institution, hold_id, hold)
            books.answers[key] = (content, answer)
        return answer or Unknown(key)

    async def _name_elsewhere(
        self, bank_code: str, branch_code: str, kind: AccountKind, number: str
    ) -> PayeeName | NoSuchPayee | PayeeNotOffered:
        if self.network is None:
            return PayeeNotOffered()
        said = await self.network.payee_name(bank_code, branch_code, kind, number)
        if isinstance(said, NoAnswer):
            raise CoreUnavailable(CoreFailure.LINK_FAILED)
        return said

    def _take_back(self, institution: str, books: Institution, hold_id: str) -> None:
        hold = books.holds[hold_id]
        if hold.returned:
            return
        hold.returned = True
        account = books.accounts[hold.transfer.from_account]
        while account.moved_to:
            account = books.accounts[account.moved_to]
        amount = hold.transfer.amount
        for share in (amount,) if account.status == AccountStatus.OPEN else (amount, -amount):
            kind, remarks = TransactionKind.TRANSFER, "ﾌﾘｺﾐ ﾍﾝｷﾔｸ"
            self.add_line(institution, account.id, share, kind=kind, remarks=remarks)
        returned = EventKind.TRANSFER_RETURNED
        self._add_event(books, returned, account.id, None, hold_id=hold_id, amount=amount)

    def _release(self, books: Institution, hold_id: str, reason: ReleaseReason) -> WriteAnswer:
        hold = books.holds.get(hold_id)
        refusal = _hold_refusal(hold)
        if refusal or hold is None:
            return Refused(refusal or Refusal.NO_SUCH_HOLD)
        if reason == ReleaseReason.EXPIRED and self.clock.now() < hold.transfer.expires_at:
            return Refused(Refusal.HOLD_NOT_EXPIRED)
        hold.ended = Refusal[f"ALREADY_{reason.upper()}"]
        return Released(hold_id, reason)

    def _add_event(
        self,
        books: Institution,
        kind: EventKind,
        account_id: str,
        moved_to: str | None,
        *,
        hold_id: str | None = None,
        amount: Yen | None = None,
    ) -> None:
        event = CoreEvent(
            id=str(len(books.events) + 1),
            kind=kind,
            account_id=account_id,
            moved_to=moved_to,
            happened_at=self.clock.now(),
            hold_id=hold_id,
            amount=amount,
        )
        books.events.append(event)

    def _new(self, what: str) -> str:
        self._numbers += 1
        return f"{what}-{hashlib.sha256(f'{what}{self._numbers}'.encode()).hexdigest()[:12]}"


def in_an_hour(clock: Clock) -> datetime:
    """Return a usual end of a hold."""
    return clock.now() + timedelta(hours=1)


def _balance(lines: list[Transaction]) -> int:
    return lines[-1].balance_after if lines else 0


def _held(books: Institution, account_id: str) -> int:
    pending = [h.transfer for h in books.holds.values() if not h.ended]
    return sum(t.amount + t.fee for t in pending if t.from_account == account_id)


def _order(institution: str, hold_id: str, transfer: Transfer) -> Order:
    assert isinstance(transfer.payee, OtherBankPayee)
    return Order(
        institution=institution,
        id=hold_id,
        payee=transfer.payee,
        amount=transfer.amount,
        payer_name=transfer.payee_remarks,
    )


def _hold_refusal(hold: Pending | None) -> Refusal | None:
    if hold is None:
        return Refusal.NO_SUCH_HOLD
    return hold.ended or (Refusal.SETTLE_IN_FLIGHT if hold.out else None)
