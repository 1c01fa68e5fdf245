"""Contracts from the branch to the first login, their changes, and who may see them."""

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from madoguchi.customers import (
    AlreadyContracted,
    CardAccountStays,
    ContactData,
    Contract,
    ContractAccount,
    ContractChanged,
    ContractState,
    Customers,
    LoginIdTaken,
    NewContract,
    NotProvisional,
    Search,
)
from madoguchi.kernel.errors import BrokenInvariant
from madoguchi.operations_log import OperationsLog
from madoguchi.plumbing.database import Database
from madoguchi.plumbing.keys import SealBroken
from tests.support.clock import SettableClock
from tests.support.entropy import SeededEntropy
from tests.support.keys import FixedKeys

CARD = ContractAccount("a-1", "001", "ordinary", "1234567")
SAVINGS = ContractAccount("a-2", "001", "savings", "0000012")
NEW = NewContract(
    holder_id="h-1", branch_code="001", account_kind="ordinary", account_number="1234567",
    accounts=(CARD,),
)  # fmt: skip
SECOND = NewContract(
    holder_id="h-2", branch_code="002", account_kind="ordinary", account_number="7654321",
    accounts=(ContractAccount("a-9", "002", "ordinary", "7654321"),),
)  # fmt: skip
DATA = ContactData("Taro.Mihon@example.jp", "090-0000-1111", dm_wanted=False)


@pytest.fixture
def customers(keys: FixedKeys, clock: SettableClock, entropy: SeededEntropy) -> Customers:
    """The contracts, with a log of their own."""
    return Customers(keys, entropy, OperationsLog(keys, clock))


class Bank:
    """The contracts with a database and a clock: each call in a transaction of its own."""

    def __init__(self, customers: Customers, database: Database, clock: SettableClock) -> None:
        self.customers, self.database, self.clock = customers, database, clock

    async def made(self, new: NewContract = NEW, institution: str = "9901") -> Contract:
        async with self.database.transaction() as tx:
            made = await self.customers.make(tx, institution, new, by="staff", now=self.clock.now())
        assert isinstance(made, Contract)
        return made

    async def with_id(
        self, login_id: str, new: NewContract = NEW, institution: str = "9901"
    ) -> Contract:
        chosen = await self.choose(await self.made(new, institution), login_id)
        assert isinstance(chosen, Contract)
        return chosen

    async def choose(
        self, contract: Contract, login_id: str
    ) -> Contract | LoginIdTaken | NotProvisional:
        async with self.database.transaction() as tx:
            return await self.customers.choose_login_id(tx, contract, login_id, self.clock.now())

    async def active(
        self, login_id: str = "taro01", new: NewContract = NEW, institution: str = "9901",
        data: ContactData = DATA,
    ) -> Contract:  # fmt: skip
        contract = await self.with_id(login_id, new, institution)
        now = self.clock.now()
        async with self.database.transaction() as tx:
            contract = await self.customers.note_step(tx, contract, "questions", now)
            contract = await self.customers.note_step(tx, contract, "passwords", now)
            return await self.customers.finish_first_login(tx, contract, data, now)

    async def stop(self, contract: Contract) -> Contract:
        async with self.database.transaction() as tx:
            return await self.customers.stop(
                tx, contract, reason="lost card", by="staff", now=self.clock.now()
            )

    async def listed(self, search: Search, institution: str = "9901") -> list[str]:
        async with self.database.transaction() as tx:
            found = await self.customers.list_contracts(tx, institution, search)
        return [contract.id for contract in found]


@pytest.fixture
def bank(customers: Customers, database: Database, clock: SettableClock) -> Bank:
    """The contracts on the test's database."""
    return Bank(customers, database, clock)


@pytest.mark.requirement("RET-01", "RET-04", "RET-06")
async def test_a_contract_goes_from_the_branch_to_active(bank: Bank) -> None:
    """Made provisional, then the login ID, then the steps of the first login, then active."""
    made = await bank.made()
    assert (made.state, made.login_id, made.email) == (ContractState.PROVISIONAL, None, None)
    assert made.accounts == (CARD,)
    chosen = await bank.choose(made, "Taro01")
    assert isinstance(chosen, Contract)
    assert (chosen.state, chosen.login_id) == (ContractState.FIRST_LOGIN, "Taro01")
    async with bank.database.transaction() as tx:
        half = await bank.customers.note_step(tx, chosen, "questions", bank.clock.now())
        assert (half.questions_done, half.passwords_done) == (True, False)
        whole = await bank.customers.note_step(tx, half, "passwords", bank.clock.now())
        active = await bank.customers.finish_first_login(tx, whole, DATA, bank.clock.now())
    assert active.state is ContractState.ACTIVE
    assert (active.email, active.contact_phone) == ("Taro.Mihon@example.jp", "09000001111")
    assert (active.email_confirmed, active.dm_wanted) == (False, False)
    async with bank.database.transaction() as tx:
        assert await bank.customers.find(tx, "9901", made.id) == active
        assert await bank.customers.find_by_login_id(tx, "9901", "TARO01") == active
        assert await bank.customers.find_by_holder(tx, "9901", "h-1") == active
        account = ("001", "ordinary", "1234567")
        assert await bank.customers.find_by_account(tx, "9901", *account) == active


@pytest.mark.requirement("RET-06")
async def test_the_first_login_is_not_finished_before_its_steps(bank: Bank) -> None:
    """With a step missing the contract does not become active, and nothing is written."""
    contract = await bank.with_id("taro01")
    async with bank.database.transaction() as tx:
        contract = await bank.customers.note_step(tx, contract, "questions", bank.clock.now())
    with pytest.raises(ContractChanged):
        async with bank.database.transaction() as tx:
            await bank.customers.finish_first_login(tx, contract, DATA, bank.clock.now())
    async with bank.database.transaction() as tx:
        assert await bank.customers.find(tx, "9901", contract.id) == contract


@pytest.mark.requirement("RET-04")
async def test_login_ids_are_unique_whatever_their_case(bank: Bank) -> None:
    """A taken ID is refused in any case; the loser stays provisional and may choose another."""
    await bank.with_id("Taro01")
    other = await bank.made(SECOND)
    assert await bank.choose(other, "tARO01") == LoginIdTaken()
    chosen = await bank.choose(other, "hanako2")
    assert isinstance(chosen, Contract)
    assert chosen.login_id == "hanako2"


@pytest.mark.requirement("RET-04")
async def test_a_stopped_contract_keeps_its_login_id(bank: Bank) -> None:
    """An ID never comes to name another person, also once its contract is stopped."""
    await bank.stop(await bank.with_id("taro01"))
    assert await bank.choose(await bank.made(SECOND), "taro01") == LoginIdTaken()


@pytest.mark.requirement("RET-04")
async def test_choosing_twice_is_choosing_once(bank: Bank) -> None:
    """Two clicks with one ID: both get the contract; with another ID, or once stopped: refused."""
    made = await bank.made()
    first, second = await asyncio.gather(bank.choose(made, "taro01"), bank.choose(made, "TARO01"))
    assert isinstance(first, Contract)
    assert first == second
    assert await bank.choose(made, "jiro02") == NotProvisional()
    await bank.stop(first)
    assert await bank.choose(made, "taro01") == NotProvisional()


@pytest.mark.requirement("RET-04")
async def test_the_second_click_sees_what_the_first_has_chosen(
    bank: Bank, fresh_pool: Database
) -> None:
    """Over two connections the second waits, and then reads login ID and accounts as they are."""
    made = await bank.made()
    rival = Bank(bank.customers, fresh_pool, bank.clock)
    async with bank.database.transaction() as tx:
        await bank.customers.choose_login_id(tx, made, "taro01", bank.clock.now())
        waiting = asyncio.create_task(rival.choose(made, "taro01"))
        await asyncio.sleep(0.1)
        chosen = await bank.customers.add_account(
            tx, made, SAVINGS, by="staff", now=bank.clock.now()
        )
    assert await waiting == chosen


@pytest.mark.requirement("RET-04")
async def test_of_two_that_choose_one_id_at_once_one_gets_it(
    bank: Bank, fresh_pool: Database
) -> None:
    """Over two connections, the second waits for the first's commit and is refused."""
    mine, other = await bank.made(), await bank.made(SECOND)
    now = bank.clock.now()
    async with bank.database.transaction() as tx:
        chosen = await bank.customers.choose_login_id(tx, mine, "taro01", now)
        rival = Bank(bank.customers, fresh_pool, bank.clock)
        waiting = asyncio.create_task(rival.choose(other, "TARO01"))
        await asyncio.sleep(0.1)
        assert not waiting.done()
    assert isinstance(chosen, Contract)
    assert await waiting == LoginIdTaken()


@pytest.mark.requirement("RET-04")
async def test_where_the_first_rolls_back_the_second_gets_the_id(
    bank: Bank, fresh_pool: Database
) -> None:
    """Nobody is refused for the sake of a choice that was never committed."""
    mine, other = await bank.made(), await bank.made(SECOND)
    rival = Bank(bank.customers, fresh_pool, bank.clock)
    with pytest.raises(ZeroDivisionError):
        async with bank.database.transaction() as tx:
            await bank.customers.choose_login_id(tx, mine, "taro01", bank.clock.now())
            waiting = asyncio.create_task(rival.choose(other, "TARO01"))
            await asyncio.sleep(0.1)
            raise ZeroDivisionError
    assert isinstance(await waiting, Contract)


async def test_looking_before_writing_would_refuse_nobody(bank: Bank, fresh_pool: Database) -> None:
    """The same race where the ID is looked for and then written: both find it free."""

    async def looks(database: Database) -> bool:
        async with database.transaction() as tx:
            found = await bank.customers.find_by_login_id(tx, "9901", "taro01")
            await barrier.wait()
            return found is None

    barrier = asyncio.Barrier(2)
    assert all(await asyncio.gather(looks(bank.database), looks(fresh_pool)))


@pytest.mark.requirement("RET-01")
async def test_one_contract_for_a_person(bank: Bank) -> None:
    """A second contract for the holder, or on the account, is refused until the first is stopped.

    The first cannot be resumed beside the second.
    """
    first = await bank.made()
    now = bank.clock.now()
    for again in (NEW, replace(NEW, holder_id="h-9"), replace(SECOND, holder_id="h-1")):
        async with bank.database.transaction() as tx:
            refused = await bank.customers.make(tx, "9901", again, by="staff", now=now)
        assert refused == AlreadyContracted(first.id)
    await bank.stop(first)
    second = await bank.made()
    async with bank.database.transaction() as tx:
        found = await bank.customers.find_by_holder(tx, "9901", "h-1")
        assert found == second
        resumed = await bank.customers.resume(tx, first, reason="", by="staff", now=now)
    assert resumed == AlreadyContracted(second.id)


@pytest.mark.requirement("RET-01")
async def test_of_two_made_at_once_one_stands(bank: Bank) -> None:
    """Two members of staff make a contract for one person at once: one is told of the other's."""

    async def make() -> Contract | AlreadyContracted:
        async with bank.database.transaction() as tx:
            return await bank.customers.make(tx, "9901", NEW, by="staff", now=bank.clock.now())

    made = await asyncio.gather(*(make() for _ in range(4)))
    [contract] = [each for each in made if isinstance(each, Contract)]
    assert made.count(AlreadyContracted(contract.id)) == 3


@pytest.mark.requirement("RET-01")
@pytest.mark.parametrize(
    "new", [NEW, replace(NEW, holder_id="h-9"), replace(SECOND, holder_id="h-1")]
)
async def test_resuming_while_another_is_made_is_refused(bank: Bank, new: NewContract) -> None:
    """Resuming waits for a contract that is just being made for the person or the account."""
    first = await bank.made()
    await bank.stop(first)
    now = bank.clock.now()

    async def resume() -> Contract | AlreadyContracted:
        async with bank.database.transaction() as tx:
            return await bank.customers.resume(tx, first, reason="", by="staff", now=now)

    async with bank.database.transaction() as tx:
        second = await bank.customers.make(tx, "9901", new, by="staff", now=now)
        resuming = asyncio.create_task(resume())
        await asyncio.sleep(0.3)
    assert isinstance(second, Contract)
    assert await resuming == AlreadyContracted(second.id)


async def test_a_stopped_contract_takes_no_change_and_resumes_as_it_was(bank: Bank) -> None:
    """What was begun before the stop cannot be written after it; resuming brings the state back."""
    contract = await bank.active()
    stopped = await bank.stop(contract)
    assert (stopped.state, stopped.stop_reason) == (ContractState.STOPPED, "lost card")
    assert await bank.stop(contract) == stopped, "a second time changes nothing"
    now = bank.clock.now()
    with pytest.raises(ContractChanged):
        async with bank.database.transaction() as tx:
            await bank.customers.change_email(
                tx, contract, "new@example.jp", confirmed=True, by=contract.id, now=now
            )
    async with bank.database.transaction() as tx:
        resumed = await bank.customers.resume(tx, stopped, reason="found", by="staff", now=now)
    assert resumed == contract


@pytest.mark.requirement("RET-28")
async def test_data_of_an_active_contract_change(bank: Bank) -> None:
    """Mail address with its confirmation, phone, DM and language are changed one by one."""
    contract = await bank.active()
    now, customers = bank.clock.now(), bank.customers
    async with bank.database.transaction() as tx:
        changed = await customers.confirm_email(
            tx, contract, "taro.mihon@EXAMPLE.jp", by=contract.id, now=now
        )
        assert changed.email_confirmed
        changed = await customers.change_email(
            tx, changed, "new@example.jp", confirmed=False, by=contract.id, now=now
        )
        assert (changed.email, changed.email_confirmed) == ("new@example.jp", False)
        changed = await customers.change_contact(
            tx, changed, None, dm_wanted=True, by=contract.id, now=now
        )
        assert (changed.contact_phone, changed.dm_wanted) == (None, True)
        changed = await customers.change_language(tx, changed, "en", by=contract.id, now=now)
    assert changed.language == "en"
    with pytest.raises(ContractChanged):
        async with bank.database.transaction() as tx:
            await customers.confirm_email(tx, changed, DATA.email, by=contract.id, now=now)


@pytest.mark.requirement("RET-15")
async def test_accounts_come_and_go_but_for_the_cards(bank: Bank) -> None:
    """An account is added once however often, and removed; the contract card's own stays."""
    contract = await bank.made()
    now, customers = bank.clock.now(), bank.customers
    async with bank.database.transaction() as tx:
        for _ in range(2):
            contract = await customers.add_account(tx, contract, SAVINGS, by="staff", now=now)
        assert contract.accounts == (CARD, SAVINGS)
        stays = await customers.remove_account(tx, contract, CARD, by="staff", now=now)
        assert stays == CardAccountStays()
        removed = await customers.remove_account(tx, contract, SAVINGS, by="staff", now=now)
    assert isinstance(removed, Contract)
    assert removed.accounts == (CARD,)


@pytest.mark.requirement("SEC-03")
async def test_personal_data_stand_sealed_and_are_found_by_hash(
    bank: Bank, keys: FixedKeys
) -> None:
    """No row holds address or phone in clear; both are found, also after the keys were rotated."""
    contract = await bank.active()
    async with bank.database.transaction() as tx:
        row = await tx.value("SELECT row_to_json(c)::text FROM customers_contract c")
        mail = await tx.value("SELECT email FROM customers_contract")
    assert "mihon" not in row.lower()
    assert b"mihon" not in mail.lower()
    assert "0000111" not in row
    for _ in range(2):
        assert await bank.listed(Search(email=" taro.mihon@example.JP")) == [contract.id]
        assert await bank.listed(Search(contact_phone="+81 90 0000 1111")) == [contract.id]
        async with bank.database.transaction() as tx:
            assert await bank.customers.find(tx, "9901", contract.id) == contract
        keys.rotate("index")
        keys.rotate("personal-data")


@pytest.mark.requirement("SEC-03")
async def test_an_address_put_into_another_row_does_not_open(bank: Bank) -> None:
    """Whoever can write to the database cannot have a stranger's mails sent to himself."""
    victim = await bank.active()
    await bank.active("hanako2", SECOND, data=replace(DATA, email="thief@example.jp"))
    async with bank.database.transaction() as tx:
        await tx.execute(
            "UPDATE customers_contract SET email = other.email FROM customers_contract other"
            " WHERE customers_contract.holder_id = 'h-1' AND other.holder_id = 'h-2'"
        )
        with pytest.raises(SealBroken):
            await bank.customers.find(tx, "9901", victim.id)


async def test_a_contract_without_its_cards_account_is_a_fault(bank: Bank) -> None:
    """Whoever makes one must give the account of the card among the accounts."""
    with pytest.raises(BrokenInvariant):
        await bank.made(replace(NEW, accounts=(SAVINGS,)))


@pytest.mark.requirement("LOG-01", "SEC-03")
async def test_every_change_is_logged_without_personal_data(
    bank: Bank, keys: FixedKeys, clock: SettableClock
) -> None:
    """Each change leaves one row with who, what and which contract; no address, no phone."""
    contract = await bank.active()
    now, customers = clock.now(), bank.customers
    async with bank.database.transaction() as tx:
        by: Any = {"by": "staff-7", "now": now}
        await customers.change_email(tx, contract, "new@example.jp", confirmed=True, **by)
        await customers.change_contact(tx, contract, "0900000222", dm_wanted=True, **by)
        await customers.change_language(tx, contract, "en", **by)
        await customers.add_account(tx, contract, SAVINGS, **by)
        await customers.remove_account(tx, contract, SAVINGS, **by)
        await customers.stop(tx, contract, reason="lost", **by)
        await customers.resume(tx, contract, reason="found", **by)
        await customers.confirm_email(tx, contract, "new@example.jp", **by)
    async with bank.database.transaction() as tx:
        rows = await OperationsLog(keys, clock).search(tx, "9901", subject=contract.id)
    happened = [row.event.removeprefix("contract:") for row in reversed(rows)]
    assert sorted(happened) == sorted(
        [
            *("made", "login-id-chosen", "step-done", "step-done", "first-login-finished"),
            *("email-changed", "contact-changed", "language-changed", "account-added"),
            *("account-removed", "stopped", "resumed", "email-confirmed"),
        ]
    )
    assert {row.actor for row in rows} == {"staff", "staff-7", contract.id}
    told = " ".join(row.as_line() for row in rows)
    assert "example.jp" not in told
    assert "0000" not in told.replace(contract.made_at.isoformat(), "").replace("00:00:00", "")
    assert all(row.personal == b"" for row in rows)


@pytest.mark.requirement("INST-04")
async def test_no_contract_is_seen_or_changed_from_another_institution(bank: Bank) -> None:
    """The same person, account, login ID and address at two institutions are two contracts."""
    mine = await bank.active()
    theirs = await bank.active(institution="9902")
    customers, now = bank.customers, bank.clock.now()
    everything = Search(login_id="taro01", holder_id="h-1", email=DATA.email)
    assert await bank.listed(everything) == [mine.id]
    assert await bank.listed(everything, "9902") == [theirs.id]
    foreign = replace_institution(mine, "9902")
    async with bank.database.transaction() as tx:
        assert await customers.find(tx, "9902", mine.id) is None
        found = await customers.find_by_login_id(tx, "9902", "taro01")
        assert found == theirs
    with pytest.raises(ContractChanged):
        async with bank.database.transaction() as tx:
            await customers.change_language(tx, foreign, "en", by="x", now=now)
    async with bank.database.transaction() as tx:
        assert await customers.find_by_login_id(tx, "9903", "taro01") is None
        assert await customers.find_by_holder(tx, "9903", "h-1") is None
        account = ("001", "ordinary", "1234567")
        assert await customers.find_by_account(tx, "9903", *account) is None
        assert await customers.find(tx, "9901", mine.id) == mine


async def test_staff_find_contracts_by_what_they_know(bank: Bank) -> None:
    """By any account under the contract, login ID, holder, state; what is given must all fit."""
    mine = await bank.active()
    other = await bank.made(SECOND)
    async with bank.database.transaction() as tx:
        await bank.customers.add_account(tx, mine, SAVINGS, by="staff", now=bank.clock.now())
    for search, found in (
        (Search(), {mine.id, other.id}),
        (Search(account_number="0000012"), {mine.id}),
        (Search(branch_code="002"), {other.id}),
        (Search(branch_code="002", account_number="0000012"), set()),
        (Search(login_id="TARO01"), {mine.id}),
        (Search(holder_id="h-2"), {other.id}),
        (Search(state=ContractState.PROVISIONAL), {other.id}),
        (Search(state=ContractState.STOPPED), set()),
        (Search(email="nobody@example.jp"), set()),
    ):
        assert set(await bank.listed(search)) == found, search


def replace_institution(contract: Contract, institution: str) -> Contract:
    """Return the contract as somebody would forge it for another institution."""
    fields = {name: getattr(contract, name) for name in Contract.__struct_fields__}
    return Contract(**{**fields, "institution": institution})
