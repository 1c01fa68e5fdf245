"""A bank with a customer's account, and billers."""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

import pytest

from madoguchi.bill_payments import (
    Bill,
    BillerNetwork,
    BillerSimulator,
    BillNumbers,
    BillOrder,
    BillPayer,
    BillPayment,
    BillPaymentPorts,
    BillPayments,
    BillSigns,
    PaymentAccepted,
)
from madoguchi.core_bank import AccountKind, BooksVerified, NewAccount
from madoguchi.core_bank.embedded import CoreAdministration, EmbeddedCore
from madoguchi.core_bank.port import CoreBank
from madoguchi.institutions import Institution
from madoguchi.kernel.money import Yen
from madoguchi.notices import Notices
from madoguchi.operations_log import OperationsLog
from madoguchi.plumbing.database import Database, Tx
from madoguchi.plumbing.jobs import Worker
from tests.support.clock import SettableClock
from tests.support.entropy import SeededEntropy
from tests.support.fake_core_bank import call_to_core, sample_person
from tests.support.institution_settings import card_institution
from tests.support.keys import FixedKeys

BANK = "9901"
BALANCE = 500_000


def numbers(
    ending: str = "00", *, biller: str = "99001", start: str = "12345678901234"
) -> BillNumbers:
    """Return the numbers of an invented bill; the ending says how it behaves."""
    return BillNumbers(
        biller_code=biller,
        payment_number=f"{start}{ending}",
        confirmation_number="123456",
        category="01",
    )


@dataclass
class BillWorld:
    """Everything of one test."""

    database: Database
    clock: SettableClock
    institution: Institution
    core: CoreBank
    administration: CoreAdministration
    network: BillerNetwork | None
    payer: BillPayer
    keys: FixedKeys = field(default_factory=FixedKeys)
    entropy: SeededEntropy = field(default_factory=SeededEntropy)

    def bills(self, **other: object) -> BillPayments:
        """Return the use case, with other ports where given."""
        log = OperationsLog(self.keys, self.clock)
        ports = {
            "database": self.database,
            "core_of": lambda _institution: self.core,
            "institution_of": lambda _code: self.institution,
            "network": self.network,
            "notices": Notices(self.keys, self.clock, log),
            "log": log,
            "texts": lambda key, **_values: key,
            "keys": self.keys,
            "entropy": self.entropy,
            "clock": self.clock,
            "day_limit": self._day_limit,
        }
        return BillPayments(BillPaymentPorts(**(ports | other)))  # type: ignore[arg-type]

    async def _day_limit(
        self, _tx: Tx, institution: Institution, contract_id: str, _now: datetime
    ) -> Yen:
        assert contract_id == self.payer.contract_id
        return Yen(institution.transfers.limits.per_day)

    def worker(self, bills: BillPayments) -> Worker:
        """Return a worker for the payments."""
        return Worker(self.database, self.clock, self.entropy, kinds=bills.kinds())

    async def bill(self, wanted: BillNumbers) -> Bill:
        """Return the bill as the biller states it now."""
        found = await self.bills().look_up(self.institution, wanted, self.clock.now())
        assert isinstance(found, Bill), found
        return found

    async def order(self, wanted: BillNumbers) -> BillOrder:
        """Return an order for the bill as it stands now."""
        return BillOrder(payer=self.payer, numbers=wanted, bill=await self.bill(wanted))

    async def accept(
        self, order: BillOrder, *, once: str = "visit-1", email: str = "taro@example.jp"
    ) -> object:
        """Confirm an order, in a transaction."""
        signs = BillSigns(source="192.0.2.1", reference="R-1", language="ja", email=email)
        async with self.database.transaction() as tx:
            return await self.bills().accept(
                tx, self.institution, order, once=once, signs=signs, now=self.clock.now()
            )

    async def accepted(self, wanted: BillNumbers, *, once: str = "visit-1") -> BillPayment:
        """Confirm the bill as it stands, and return the payment."""
        outcome = await self.accept(await self.order(wanted), once=once)
        assert isinstance(outcome, PaymentAccepted), outcome
        return outcome.payment

    async def pay(self, wanted: BillNumbers, *, once: str = "visit-1") -> BillPayment:
        """Confirm and execute."""
        payment = await self.accepted(wanted, once=once)
        return await self.bills().execute(BANK, payment.id)

    async def balance(self) -> tuple[int, int]:
        """Return the payer's ledger and available balance."""
        found = await self.core.balances(call_to_core(), self.payer.account_id)
        assert found
        return found.ledger, found.available

    async def mails(self) -> list[str]:
        """Return the templates of the mails queued."""
        async with self.database.transaction() as tx:
            rows = await tx.many(dict, "SELECT template FROM notices_outbox ORDER BY queued_at")
        return [row["template"] for row in rows]

    async def events(self) -> list[str]:
        """Return what the operations log says of bills."""
        async with self.database.transaction() as tx:
            rows = await tx.many(
                dict,
                "SELECT event FROM operations_log_entries WHERE event LIKE 'bill:%' ORDER BY at",
            )
        return [row["event"] for row in rows]

    async def verify_books(self) -> None:
        """Assert that the core's books are in order."""
        verified = await self.administration.verify_books(BANK)
        assert isinstance(verified, BooksVerified), verified

    def later(self, by: timedelta) -> datetime:
        """Let time pass."""
        return self.clock.advance(by.total_seconds())


@pytest.fixture
async def world(database: Database, clock: SettableClock) -> BillWorld:
    """A customer with 500,000 yen, and the simulated billers."""
    return await bill_world(database, clock)


async def bill_world(database: Database, clock: SettableClock) -> BillWorld:
    """Return a customer with 500,000 yen, and the simulated billers."""
    keys, entropy = FixedKeys(), SeededEntropy()
    administration = CoreAdministration(database, keys, clock, entropy)
    core = EmbeddedCore(database, keys, clock, entropy)
    account = NewAccount(
        id="account-1",
        holder_id="holder-1",
        branch_code="001",
        kind=AccountKind.ORDINARY,
        number="1234567",
        opened_on=date(2020, 4, 1),
    )
    await administration.open_holder(BANK, sample_person())
    await administration.open_account(BANK, account)
    await administration.deposit_cash(BANK, account.id, Yen(BALANCE))
    payer = BillPayer(
        contract_id="contract-1",
        account_id=account.id,
        branch_code=account.branch_code,
        kind=account.kind,
        number=account.number,
    )
    network = BillerSimulator(database, clock)
    return BillWorld(
        database, clock, card_institution(), core, administration, network, payer, entropy=entropy
    )
