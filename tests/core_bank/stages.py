"""The contract's stage on the fake and on the embedded core."""

from datetime import date

from madoguchi.core_bank import Account, AccountKind, Holder, NewAccount, NewCard
from madoguchi.core_bank.embedded import CoreAdministration, EmbeddedCore
from madoguchi.kernel.money import Yen
from tests.core_bank.contract import BANK, reading
from tests.support.clock import SettableClock
from tests.support.fake_core_bank import FakeCoreBank, sample_person
from tests.support.fake_interbank import FakeInterbank


class FakeStage:
    """The fake core."""

    def __init__(self, clock: SettableClock) -> None:
        self.clock = clock
        self.core = FakeCoreBank(clock)
        assert self.core.network
        self.network = self.core.network

    def the_holder(self) -> Holder:
        return sample_person()

    async def open_account(
        self,
        number: str = "1234567",
        *,
        institution: str = BANK,
        branch_code: str = "001",
        kind: AccountKind = AccountKind.ORDINARY,
        pin: str | None = "1234",
        balance: int = 0,
    ) -> Account:
        return self.core.add_account(
            institution,
            branch_code=branch_code,
            kind=kind,
            number=number,
            pin=pin,
            balance=balance,
        )

    async def pay_in(self, account_id: str, amount: int) -> None:
        self.core.add_line(BANK, account_id, amount)

    async def move(self, account_id: str, branch_code: str, number: str) -> str:
        return self.core.move_account(BANK, account_id, branch_code, number).id

    async def close(self, account_id: str) -> None:
        self.core.close_account(BANK, account_id)

    async def lose_card(self, account_id: str) -> None:
        self.core.lose_card(BANK, account_id)

    async def catch_up(self) -> None:
        await self.core.catch_up(BANK)


class EmbeddedStage:
    """The embedded core, with its administration."""

    def __init__(
        self,
        core: EmbeddedCore,
        administration: CoreAdministration,
        clock: SettableClock,
        network: FakeInterbank,
    ) -> None:
        self.core = core
        self.administration = administration
        self.clock = clock
        self.network = network
        self._holders: set[str] = set()

    def the_holder(self) -> Holder:
        return sample_person()

    async def open_account(
        self,
        number: str = "1234567",
        *,
        institution: str = BANK,
        branch_code: str = "001",
        kind: AccountKind = AccountKind.ORDINARY,
        pin: str | None = "1234",
        balance: int = 0,
        overdraft_limit: int = 0,
    ) -> Account:
        if institution not in self._holders:
            await self.administration.open_holder(institution, self.the_holder())
            self._holders.add(institution)
        account = NewAccount(
            id=f"{branch_code}-{kind}-{number}",
            holder_id=self.the_holder().id,
            branch_code=branch_code,
            kind=kind,
            number=number,
            opened_on=date(2020, 4, 1),
            overdraft_limit=Yen(overdraft_limit),
        )
        await self.administration.open_account(institution, account)
        if pin is not None:
            card = NewCard(id=f"card-{account.id}", account_id=account.id, pin=pin)
            await self.administration.issue_card(institution, card)
        if balance:
            await self.administration.deposit_cash(institution, account.id, Yen(balance))
        opened = await self.core.account(reading(self, institution), account.id)
        assert opened is not None
        return opened

    async def pay_in(self, account_id: str, amount: int) -> None:
        await self.administration.deposit_cash(BANK, account_id, Yen(amount))

    async def move(self, account_id: str, branch_code: str, number: str) -> str:
        return await self.administration.move_account(BANK, account_id, branch_code, number)

    async def close(self, account_id: str) -> None:
        await self.administration.close_account(BANK, account_id)

    async def lose_card(self, account_id: str) -> None:
        await self.administration.lose_card(BANK, account_id)

    async def catch_up(self) -> None:
        await self.core.catch_up(BANK)
