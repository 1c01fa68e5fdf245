"""What the branch does with contracts: made, new passwords, stopped, resumed, accounts."""

from typing import Any

import msgspec
import pytest

from madoguchi.core_bank import AccountKind, AccountStatus, HolderKind
from madoguchi.customers import AlreadyContracted, CardAccountStays, Contract, ContractState
from madoguchi.institutions import RetailSettings
from madoguchi.sign_in import (
    ContractNotStopped,
    Contracts,
    ContractStopped,
    LoginStopped,
    Made,
    NoSuchAccount,
    NoSuchContract,
    NotEligible,
    NotHis,
    PersonalFacts,
    Secret,
    SecretRight,
    SecretWrong,
    SessionOver,
    SignInPorts,
    WrongLogin,
)
from madoguchi.sign_in.contracts import draw_provisional
from madoguchi.sign_in.rules import password_problem
from tests.support.entropy import SeededEntropy
from tests.support.fake_core_bank import FakeCoreBank, call_to_core, sample_person
from tests.support.sign_in_desk import PASSWORD, TEMPLATES, Desk

BY = "staff:suzuki"


class Branch:
    """A branch with a core, in front of which a member of staff sits."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.core = FakeCoreBank(desk.clock)
        self.contracts = Contracts(
            SignInPorts(
                counters=desk.counters, customers=desk.customers, notices=desk.notices,
                log=desk.log, keys=desk.keys, entropy=desk.entropy, hasher=desk.hasher,
                texts=TEMPLATES.text,
            )
        )  # fmt: skip

    def open(
        self, number: str, kind: AccountKind = AccountKind.ORDINARY, holder: str = "h-1234567"
    ) -> str:
        """Open an account of a holder at branch 001; return its id."""
        return self.core.add_account(holder=sample_person(holder), kind=kind, number=number).id

    async def make(self, number: str = "1234567", **more: Any) -> object:
        """Make a contract with an ordinary account on its card."""
        given: dict[str, Any] = {"kind": "ordinary", "branch_code": "001", "number": number}
        async with self.desk.database.transaction() as tx:
            return await self.contracts.make_contract(
                tx,
                self.desk.institution,
                self.core,
                call_to_core(),
                by=BY,
                now=self.desk.now,
                **(given | more),
            )

    async def reissue(self, contract: Contract) -> object:
        """Give new passwords for the post."""
        async with self.desk.database.transaction() as tx:
            return await self.contracts.reissue(
                tx, self.desk.institution, self.core, call_to_core(), contract.id,
                reason="forgotten", by=BY, now=self.desk.now,
            )  # fmt: skip

    async def stop(self, contract_id: str) -> object:
        """Stop a contract."""
        async with self.desk.database.transaction() as tx:
            return await self.contracts.stop(
                tx, self.desk.institution, contract_id, reason="lost", by=BY, now=self.desk.now
            )

    async def resume(self, contract_id: str) -> object:
        """Resume a contract."""
        async with self.desk.database.transaction() as tx:
            return await self.contracts.resume(
                tx, self.desk.institution, contract_id, reason="found", by=BY, now=self.desk.now
            )


@pytest.fixture
def branch(desk: Desk) -> Branch:
    """A branch."""
    return Branch(desk)


@pytest.mark.requirement("RET-01", "RET-15")
async def test_a_contract_has_all_open_accounts_and_passwords_for_the_letter(
    branch: Branch,
) -> None:
    """The card's account comes first, time deposits too; both passwords are right, and differ."""
    savings = branch.open("7654321", AccountKind.SAVINGS)
    card = branch.open("1234567")
    deposits = branch.open("1111111", AccountKind.TIME_DEPOSIT)
    closed = branch.open("2222222")
    branch.core.close_account("9901", closed)
    made = await branch.make()
    assert isinstance(made, Made)
    contract = made.contract
    assert contract.state is ContractState.PROVISIONAL
    assert contract.accounts[0].account_id == card
    assert {each.account_id for each in contract.accounts} == {card, savings, deposits}
    assert made.login_password != made.confirmation_password
    assert (made.until - branch.desk.now).days == 90
    for secret, text in (
        (Secret.LOGIN_PASSWORD, made.login_password),
        (Secret.CONFIRMATION_PASSWORD, made.confirmation_password),
    ):
        assert await branch.desk.check(contract, text, secret) == SecretRight()
    (row,) = await branch.desk.logged("contract:made")
    assert (row.actor, row.subject) == (BY, contract.id)


async def test_accounts_can_be_chosen_but_only_the_holders_own(branch: Branch) -> None:
    """Those named come under the contract beside the card's; another person's is refused."""
    branch.open("1234567")
    savings = branch.open("7654321", AccountKind.SAVINGS)
    branch.open("1111111")
    other = branch.open("9999999", holder="somebody")
    assert await branch.make(accounts=[savings, other]) == NotHis(other)
    made = await branch.make(accounts=[savings])
    assert isinstance(made, Made)
    assert [each.number for each in made.contract.accounts] == ["1234567", "7654321"]


async def test_who_cannot_have_a_contract_is_refused(branch: Branch) -> None:
    """No account, a company's, a closed or moved one, a time deposit's, or a second contract."""
    assert await branch.make("0000000") == NoSuchAccount()
    branch.open("1111111", AccountKind.TIME_DEPOSIT)
    assert await branch.make("1111111", kind="time_deposit") == NotEligible("kind")
    closed = branch.open("2222222")
    branch.core.close_account("9901", closed)
    assert await branch.make("2222222") == NotEligible("closed")
    company = msgspec.structs.replace(
        sample_person("company"), kind=HolderKind.COMPANY, birth_date=None
    )
    branch.core.add_account(holder=company, number="3333333")
    assert await branch.make("3333333") == NotEligible("not-a-person")
    branch.open("1234567")
    made = await branch.make()
    assert isinstance(made, Made)
    assert await branch.make() == AlreadyContracted(made.contract.id)


@pytest.mark.requirement("RET-01", "RET-07")
@pytest.mark.parametrize(
    ("settings", "length"),
    [
        (RetailSettings(), 8),
        (RetailSettings(password_shortest=10, password_longest=64, password_symbols=True), 10),
        (RetailSettings(password_shortest=6, password_longest=6), 6),
    ],
)
def test_provisional_passwords_satisfy_the_rules(settings: RetailSettings, length: int) -> None:
    """Whatever the settings, none is refused by the rules, nor has a sign mistaken for another."""
    entropy, known = SeededEntropy(), PersonalFacts(account_numbers=("1234567",))
    drawn = [draw_provisional(entropy, settings, known=known) for _ in range(200)]
    assert len(set(drawn)) == 200
    for each in drawn:
        assert len(each) == length
        assert password_problem(settings, each, others=(), known=known) is None
        assert not set(each) & set("0o1ilz5s") - set("5")


@pytest.mark.requirement("RET-01", "LOCK-03", "RET-31")
async def test_new_passwords_replace_the_lost_ones_at_once(branch: Branch) -> None:
    """The old password is dead, sessions end, the lock is gone; ID and questions are kept."""
    desk = branch.desk
    branch.open("1234567")
    contract = await desk.customer()
    session = await desk.come_in()
    for _ in range(5):
        await desk.check(contract, "wrong")
    issued = await branch.reissue(contract)
    assert isinstance(issued, Made)
    again = issued.contract
    assert (again.state, again.login_id) == (ContractState.FIRST_LOGIN, contract.login_id)
    assert (again.questions_done, again.passwords_done) == (True, False)
    assert isinstance(await desk.find(session.secret), SessionOver)
    assert await desk.enter(PASSWORD) == WrongLogin()
    assert await desk.check(again, issued.confirmation_password) == SecretRight()
    began = await desk.begin(await desk.enter(issued.login_password), how=("password", "question"))
    assert began.session.stage == "first-login"
    (row,) = await desk.logged("sign-in:secret:reissued")
    assert (row.actor, row.reason) == (BY, "forgotten")
    assert {"contract-changed", "lock-released"} <= set(await desk.mails())


@pytest.mark.requirement("RET-01")
async def test_a_letter_that_was_lost_is_written_anew(branch: Branch) -> None:
    """A contract without a login ID stays as it was, with other passwords."""
    branch.open("1234567")
    made = await branch.make()
    assert isinstance(made, Made)
    again = await branch.reissue(made.contract)
    assert isinstance(again, Made)
    assert again.contract.state is ContractState.PROVISIONAL
    assert again.login_password != made.login_password
    old = await branch.desk.check(made.contract, made.login_password, Secret.LOGIN_PASSWORD)
    assert old == SecretWrong()


async def test_stopping_ends_sessions_and_resuming_lets_in(branch: Branch) -> None:
    """From the stop on nobody enters or goes on; after it is resumed everything is as before."""
    desk = branch.desk
    contract = await desk.customer()
    session = await desk.come_in()
    assert await branch.resume(contract.id) == ContractNotStopped(contract)
    stopped = await branch.stop(contract.id)
    assert isinstance(stopped, Contract)
    assert (stopped.state, stopped.stop_reason) == (ContractState.STOPPED, "lost")
    assert await desk.find(session.secret) == SessionOver("stopped")
    assert await desk.enter() == LoginStopped()
    assert await branch.stop(contract.id) == ContractStopped(stopped)
    assert isinstance(await branch.reissue(contract), ContractStopped)
    resumed = await branch.resume(contract.id)
    assert isinstance(resumed, Contract)
    assert resumed.state is ContractState.ACTIVE
    assert (await desk.come_in()).session.stage == "full"
    assert await branch.stop("unknown") == NoSuchContract()
    mails = await desk.mails()
    assert mails.count("contract-changed") == 2


async def test_accounts_come_and_go(branch: Branch) -> None:
    """Only the holder's own open ones come; the card's stays; what is done is mailed."""
    desk, contracts = branch.desk, branch.contracts
    card = branch.open("1234567")
    savings = branch.open("7654321", AccountKind.SAVINGS)
    foreign = branch.open("9999999", holder="somebody")
    closed = branch.open("2222222")
    branch.core.close_account("9901", closed)
    made = await branch.make(accounts=[])
    assert isinstance(made, Made)
    where = (desk.institution, made.contract.id)

    async def add(account_id: str) -> object:
        account = await branch.core.account(call_to_core(), account_id)
        assert account
        async with desk.database.transaction() as tx:
            return await contracts.add_account(tx, *where, account, by=BY, now=desk.now)

    async def remove(account_id: str) -> object:
        async with desk.database.transaction() as tx:
            return await contracts.remove_account(tx, *where, account_id, by=BY, now=desk.now)

    assert await add(foreign) == NotHis(foreign)
    assert await add(closed) == NotEligible(AccountStatus.CLOSED)
    added = await add(savings)
    assert isinstance(added, Contract)
    assert [each.account_id for each in added.accounts] == [card, savings]
    assert await add(savings) == added
    assert await remove(card) == CardAccountStays()
    assert await remove(foreign) == NotHis(foreign)
    removed = await remove(savings)
    assert isinstance(removed, Contract)
    assert [each.account_id for each in removed.accounts] == [card]
