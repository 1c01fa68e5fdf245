"""A bank with an embedded core, and customers who transfer: the tests' ground."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import count
from typing import Any, Literal, TypeVar

from msgspec.structs import replace

from madoguchi.core_bank import (
    AccountKind,
    BooksVerified,
    Call,
    Holder,
    HolderKind,
    KeyedTransfer,
    NewAccount,
    Unknown,
)
from madoguchi.core_bank.embedded import CoreAdministration, EmbeddedCore
from madoguchi.core_bank.port import Transfer as Movement
from madoguchi.core_bank.simulated_interbank import SimulatedInterbank
from madoguchi.institutions import Branch, Limits, TransfersSettings
from madoguchi.kernel.clock import JAPAN
from madoguchi.kernel.entropy import Entropy
from madoguchi.kernel.money import Yen
from madoguchi.notices import Notices
from madoguchi.operations_log import OperationsLog
from madoguchi.plumbing.database import Database, Tx
from madoguchi.plumbing.jobs import Worker
from madoguchi.transfers import (
    Accepted,
    Order,
    OrderRefused,
    Payee,
    Payer,
    Quote,
    QuoteChanged,
    Signs,
    Transfer,
    Transfers,
    TransfersPorts,
)
from tests.support.clock import SettableClock
from tests.support.entropy import SeededEntropy
from tests.support.institution_settings import card_institution
from tests.support.keys import FixedKeys

BANK = "9901"
T = TypeVar("T")
Fault = Literal["", "before", "after", "crash-before", "crash-after"]
SIGNS = Signs(
    known_device=True, source="192.0.2.1", reference="R-1", language="ja", email="taro@example.jp"
)
NO_REVIEW = TransfersSettings(review="never")
_numbers = count(1)


def at(text: str) -> datetime:
    """Return an instant of Japan time, `2026-11-20 15:00`."""
    return datetime.fromisoformat(text).replace(tzinfo=JAPAN)


class Crash(Exception):
    """The process died here."""


@dataclass
class ShakyCore:
    """A core in front of another: each write meets the next of `faults`.

    `before`: not done and no answer; `after`: done, but no answer; `crash-…`: the caller dies.
    `pause` lets others come in between. `many`: whether it moves many at once; that is one write.
    """

    core: EmbeddedCore
    faults: list[Fault] = field(default_factory=list)
    calls: list[str] = field(default_factory=list)
    pause: float = 0
    many: bool = True

    def __getattr__(self, name: str) -> Any:
        if name == "transfer_many":
            if not self.many:
                raise AttributeError(name)
            return self._transfer_many
        return getattr(self.core, name)

    async def hold(self, call: Call, transfer: Movement) -> Any:
        return await self._meet(call, lambda: self.core.hold(call, transfer))

    async def settle(self, call: Call, hold_id: str) -> Any:
        return await self._meet(call, lambda: self.core.settle(call, hold_id))

    async def release(self, call: Call, hold_id: str, reason: Any) -> Any:
        return await self._meet(call, lambda: self.core.release(call, hold_id, reason))

    async def _transfer_many(self, call: Call, transfers: Sequence[KeyedTransfer]) -> Sequence[Any]:
        fault = await self._fault("many")
        nothing = [Unknown(each.hold_key) for each in transfers]
        answers = nothing if fault == "before" else await self.core.transfer_many(call, transfers)
        if fault == "crash-after":
            raise Crash
        return nothing if fault == "after" else answers

    async def _meet(self, call: Call, action: Callable[[], Awaitable[Any]]) -> Any:
        key = call.idempotency_key or ""
        fault = await self._fault(key.rsplit(":", 1)[-1])
        answer = Unknown(key) if fault == "before" else await action()
        if fault == "crash-after":
            raise Crash
        return Unknown(key) if fault == "after" else answer

    async def _fault(self, call: str) -> Fault:
        self.calls.append(call)
        fault = self.faults.pop(0) if self.faults else ""
        if self.pause:
            await asyncio.sleep(self.pause)
        if fault == "crash-before":
            raise Crash
        return fault


class World:
    """One institution, its core, and `Transfers` as the web has it."""

    def __init__(
        self, database: Database, clock: SettableClock, entropy: Entropy | None = None
    ) -> None:
        keys, self.entropy = FixedKeys(), entropy or SeededEntropy(next(_numbers))
        self.database, self.clock = database, clock
        self.own_database = Database(database._pool, database.url)
        network = SimulatedInterbank(database, clock)
        core = EmbeddedCore(database, keys, clock, self.entropy, network)
        self.embedded = core
        self.administration = CoreAdministration(database, keys, clock, self.entropy)
        self.core = ShakyCore(core)
        self.institution = replace(
            card_institution(),
            branches=tuple(Branch(code=c, name=c, kana="ﾃﾝ") for c in ("001", "002")),
            transfers=NO_REVIEW,
        )
        log = OperationsLog(keys, clock)
        self.ports = TransfersPorts(
            database=self.own_database,
            core_of=lambda _: self.core,
            institution_of=lambda code: self.institution if code == BANK else None,
            notices=Notices(keys, clock, log),
            log=log,
            keys=keys,
            entropy=self.entropy,
            clock=clock,
            payer_refusal=self._payer_refusal,
        )
        self.refusal = ""
        self.transfers = Transfers(self.ports)
        self._holders: set[str] = set()

    async def _payer_refusal(self, _tx: Tx, institution: str, payer: Payer) -> str:
        assert (institution, payer.contract_id) == (BANK, "contract")
        return self.refusal

    def set(self, **settings: Any) -> None:
        """Change the institution's settings of transfers."""
        changed = replace(self.institution.transfers, **settings)
        self.institution = replace(self.institution, transfers=changed)

    async def account(
        self, balance: int = 0, *, holder: str = "taro", branch: str = "001",
        kind: AccountKind = AccountKind.ORDINARY,
    ) -> Payee:  # fmt: skip
        """Open an account and return it as somebody to pay."""
        if holder not in self._holders:
            await self.administration.open_holder(BANK, _holder(holder))
            self._holders.add(holder)
        number = f"{next(_numbers):07}"
        account = NewAccount(
            id=f"{branch}-{kind}-{number}", holder_id=holder, branch_code=branch, kind=kind,
            number=number, opened_on=date(2020, 4, 1),
        )  # fmt: skip
        await self.administration.open_account(BANK, account)
        if balance:
            await self.administration.deposit_cash(BANK, account.id, Yen(balance))
        return Payee(
            bank_code=BANK, bank_name="サンプル信用組合", branch_code=branch,
            branch_name=f"{branch}店", kind=kind, number=number, name_kana="ﾐﾎﾝ ﾊﾅｺ",
            name_checked=True, account_id=account.id, holder_id=holder,
        )  # fmt: skip

    async def balance(self, account: Payee) -> tuple[int, int]:
        """Return what is booked, and what is available."""
        found = await self.core.balances(self.call(), account.account_id)
        return found.ledger, found.available

    def call(self, key: str | None = None) -> Call:
        """Return the frame of a call to the core."""
        deadline = self.clock.now() + timedelta(seconds=30)
        return Call(institution=BANK, correlation_id="t", deadline=deadline, idempotency_key=key)

    async def books_are_right(self) -> None:
        """The core's books verify."""
        books = await self.administration.verify_books(BANK)
        assert isinstance(books, BooksVerified), books

    async def in_tx(self, action: Callable[[Tx], Awaitable[T]]) -> T:
        """Do something in a transaction of its own."""
        async with self.database.transaction() as tx:
            return await action(tx)

    async def quote(self, order: Order) -> Quote | OrderRefused:
        """Return the quote."""
        return await self.in_tx(
            lambda tx: self.transfers.quote(tx, self.institution, order, self.clock.now())
        )

    async def accept(
        self, order: Order, once: str = "", *, quote: Quote | None = None, signs: Signs = SIGNS
    ) -> Accepted | OrderRefused | QuoteChanged:
        """Quote where none is given, and confirm."""
        shown = quote or await self.quote(order)
        if isinstance(shown, OrderRefused):
            return shown
        return await self.in_tx(
            lambda tx: self.transfers.accept(
                tx,
                self.institution,
                order,
                shown,
                once=once or f"once-{next(_numbers)}",
                signs=signs,
                now=self.clock.now(),
            )
        )

    async def accepted(self, order: Order, once: str = "", *, signs: Signs = SIGNS) -> Transfer:
        """Return the transfer that was accepted."""
        answer = await self.accept(order, once, signs=signs)
        assert isinstance(answer, Accepted), answer
        return answer.transfer

    async def execute(self, transfer: Transfer) -> Transfer:
        """Execute it, as the web does after its commit."""
        return await self.transfers.execute(BANK, transfer.id)

    async def cancel(self, transfer: Transfer) -> object:
        """Cancel it, as the customer does."""
        contract = transfer.order.payer.contract_id
        return await self.in_tx(
            lambda tx: self.transfers.cancel(
                tx, self.institution, contract, transfer.id, signs=SIGNS, now=self.clock.now()
            )
        )

    async def find(self, transfer: Transfer) -> Transfer:
        """Return how it stands."""
        contract = transfer.order.payer.contract_id
        found = await self.in_tx(
            lambda tx: self.transfers.find(tx, self.institution, contract, transfer.id)
        )
        assert found
        return found

    async def every(self, contract: str = "contract") -> list[Transfer]:
        """Return all transfers of a contract."""
        return await self.in_tx(
            lambda tx: self.transfers.list_of(tx, self.institution, contract, limit=1000)
        )

    async def rescue(self) -> None:
        """Run the schedules once."""
        for schedule in self.transfers.schedules():
            await schedule.action(self.clock.now())

    def worker(self) -> Worker:
        """Return a worker for transfers alone."""
        return Worker(
            self.database, self.clock, self.entropy, kinds=self.transfers.kinds(), concurrency=4
        )

    async def mails(self) -> list[str]:
        """Return the templates of all mails, in order."""
        rows = await self.in_tx(
            lambda tx: tx.many(dict, "SELECT template FROM notices_outbox ORDER BY queued_at")
        )
        return [row["template"] for row in rows]

    async def events(self) -> list[str]:
        """Return the events of the log, sorted."""
        rows = await self.in_tx(
            lambda tx: tx.many(dict, "SELECT event FROM operations_log_entries")
        )
        return sorted(row["event"] for row in rows)


def payer(account: Payee, contract: str = "contract", *, member: bool = False) -> Payer:
    """Return the account as one that pays."""
    return Payer(
        contract_id=contract, holder_id=account.holder_id, account_id=account.account_id or "",
        branch_code=account.branch_code, kind=account.kind, number=account.number,
        name_kana="ﾐﾎﾝ ﾀﾛｳ", member=member,
    )  # fmt: skip


def order(source: Payee, to: Payee, amount: Any = 1_000, on: date | None = None) -> Order:
    """Return an order of the contract `contract`."""
    return Order(payer=payer(source), payee=to, amount=amount, on=on, payer_name="ﾐﾎﾝ ﾀﾛｳ")


def other_bank(number: str = "7654321") -> Payee:
    """Return somebody to pay at another bank."""
    return Payee(
        bank_code="0001", bank_name="見本銀行", branch_code="111", branch_name="丸の内",
        kind="ordinary", number=number, name_kana="ﾐﾎﾝ ｼﾞﾛｳ", name_checked=False,
    )  # fmt: skip


def limits(per_transfer: int, per_day: int, per_month: int) -> Limits:
    """Return limits."""
    return Limits(per_transfer, per_day, per_month)


def _holder(holder_id: str) -> Holder:
    return Holder(
        id=holder_id, kind=HolderKind.PERSON, name_kana="ﾐﾎﾝ ﾀﾛｳ", name="見本太郎",
        birth_date=date(1980, 1, 1), phones=("+819012345678",), email="taro@example.jp",
        member=False,
    )  # fmt: skip
