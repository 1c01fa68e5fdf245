"""The sample bank: invented people with half a year of believable history."""

from collections import defaultdict
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from madoguchi.core_bank import (
    AccountStatus,
    BooksVerified,
    Call,
    HolderKind,
    Journal,
    NoCard,
    PinRight,
    TransactionKind,
    TransactionPage,
)
from madoguchi.core_bank.embedded import CoreAdministration, EmbeddedCore
from madoguchi.demo.sample_bank import load_sample_bank, sample_books
from madoguchi.demo.sample_people import SampleCustomer, sample_customers
from madoguchi.kernel import phone
from madoguchi.kernel.business_days import is_business_day
from madoguchi.plumbing.database import Database
from tests.support.clock import SettableClock
from tests.support.entropy import SeededEntropy
from tests.support.keys import FixedKeys

TODAY = date(2026, 11, 20)
CASES = {
    "ordinary",
    "savings",
    "no_card",
    "moved",
    "closed",
    "several_accounts",
    "member",
    "two_phones",
    "leading_zeros",
    "company",
    "passbook_withdrawal",
    "no_history",
}
BOTH = pytest.mark.parametrize("institution", ["9901", "9902"])


def _call(institution: str) -> Call:
    return Call(
        institution=institution,
        correlation_id="test",
        deadline=datetime(2100, 1, 1, tzinfo=UTC),
    )


@pytest.fixture
def administration(
    database: Database, keys: FixedKeys, clock: SettableClock, entropy: SeededEntropy
) -> CoreAdministration:
    """The embedded core's administration."""
    return CoreAdministration(database, keys, clock, entropy)


@pytest.fixture
def core(
    database: Database, keys: FixedKeys, clock: SettableClock, entropy: SeededEntropy
) -> EmbeddedCore:
    """The embedded core."""
    return EmbeddedCore(database, keys, clock, entropy)


@BOTH
async def test_loaded_once(administration: CoreAdministration, institution: str) -> None:
    """The books are in order after loading, and loading again changes nothing."""
    customers = await load_sample_bank(administration, institution, TODAY)
    books = await administration.verify_books(institution)
    assert isinstance(books, BooksVerified)
    assert books.journals > 1000
    later = TODAY + timedelta(days=9)
    assert await load_sample_bank(administration, institution, later) == customers
    assert await administration.verify_books(institution) == books


@BOTH
@pytest.mark.requirement("RUN-01")
async def test_every_case(
    administration: CoreAdministration, core: EmbeddedCore, institution: str
) -> None:
    """Each sample customer is found in the core just as described, PIN and phones included."""
    customers = await load_sample_bank(administration, institution, TODAY)
    assert {customer.case for customer in customers} == CASES
    assert sum(customer.case == "ordinary" for customer in customers) >= 6
    for customer in customers:
        await _check(core, customer)


async def _check(core: EmbeddedCore, customer: SampleCustomer) -> None:
    call = _call(customer.institution)
    branch = customer.moved_to_branch_code or customer.branch_code
    number = customer.moved_to_account_number or customer.account_number
    account = await core.find_account(call, branch, customer.account_kind, number)
    assert account is not None, customer.case
    assert account.status == ("closed" if customer.case == "closed" else "open")
    assert account.passbook_withdrawal == (customer.case == "passbook_withdrawal")
    holder = await core.holder(call, account.holder_id)
    assert holder is not None
    expected = (customer.name_kana, customer.birth_date, customer.email, customer.member)
    assert (holder.name_kana, holder.birth_date, holder.email, holder.member) == expected
    phones = (customer.phone, *customer.other_phones)
    assert holder.phones == tuple(phone.to_e164(number) for number in phones)
    assert (holder.kind is HolderKind.COMPANY) == (customer.case == "company")
    right = await core.verify_card_pin(call, account.id, customer.card_pin or "0000")
    assert right == (PinRight() if customer.card_pin else NoCard())
    page = await core.transactions(call, account.id, date(2020, 1, 1), TODAY, limit=500)
    assert isinstance(page, TransactionPage)
    assert bool(page.transactions) == (customer.case != "no_history")


@BOTH
@pytest.mark.requirement("LINK-02")
async def test_the_moved_account(
    administration: CoreAdministration, core: EmbeddedCore, institution: str
) -> None:
    """The moved account's old number leads to the new one, and both have history."""
    customers = await load_sample_bank(administration, institution, TODAY)
    moved = next(customer for customer in customers if customer.case == "moved")
    call = _call(institution)
    old = await core.find_account(call, moved.branch_code, moved.account_kind, moved.account_number)
    assert old is not None
    assert old.status is AccountStatus.MOVED
    assert old.moved_to is not None
    new = await core.account(call, old.moved_to)
    assert new is not None
    assert new.number == moved.moved_to_account_number
    assert new.branch_code == moved.moved_to_branch_code != moved.branch_code
    for account in (old, new):
        page = await core.transactions(call, account.id, date(2020, 1, 1), TODAY)
        assert isinstance(page, TransactionPage)
        assert len(page.transactions) > 10


async def test_several_accounts(administration: CoreAdministration, core: EmbeddedCore) -> None:
    """One customer has an account of each kind, with time deposits that add up to the balance."""
    customers = await load_sample_bank(administration, "9901", TODAY)
    customer = next(each for each in customers if each.case == "several_accounts")
    call = _call("9901")
    first = await core.find_account(
        call, customer.branch_code, customer.account_kind, customer.account_number
    )
    assert first is not None
    accounts = await core.accounts_of(call, first.holder_id)
    assert {account.kind for account in accounts} == {
        "ordinary",
        "savings",
        "current",
        "time_deposit",
    }
    deposits = await core.time_deposits(call, first.holder_id)
    balances = await core.balances(call, deposits[0].account_id)
    assert balances is not None
    assert balances.ledger == sum(deposit.principal for deposit in deposits)
    assert all(deposit.matures_on > TODAY for deposit in deposits)


def test_the_same_each_time() -> None:
    """The same day gives the same books, and a later day goes on from the same past."""
    assert sample_books("9901", TODAY) == sample_books("9901", TODAY)
    day = TODAY - timedelta(days=30)
    account = sample_books("9901", TODAY).accounts[0].id
    now = _lines(sample_books("9901", TODAY).journals)[account]
    then = _lines(sample_books("9901", day).journals)[account]
    both = [line for line in then if line[0] > TODAY - timedelta(days=150)]
    shared = [line for line in now if TODAY - timedelta(days=150) < line[0] <= day]
    assert [line[0] for line in both] == [line[0] for line in shared]


@settings(max_examples=20, deadline=None)
@given(today=st.dates(date(2024, 1, 1), date(2030, 12, 31)))
def test_believable_on_any_day(today: date) -> None:
    """Whatever day the demo starts, every account stays above zero and has what people have."""
    books = sample_books("9901", today)
    lines = _lines(books.journals)
    for account in lines.values():
        balance = 0
        for _, amount, _, _ in account:
            balance += amount
            assert balance >= 0
        assert account[-1][0] <= today
    first = lines[books.accounts[0].id]
    assert first[0][0] <= today - timedelta(days=120)
    kinds = {kind for _, _, kind, _ in first}
    assert kinds >= {
        TransactionKind.TRANSFER,
        TransactionKind.DIRECT_DEBIT,
        TransactionKind.CASH_MACHINE,
        TransactionKind.CARD,
        TransactionKind.INTEREST,
    }
    salaries = [day for day, _, _, remarks in first if remarks.startswith("ｷﾕｳﾖ")]
    assert len(salaries) in {6, 7}
    assert all(is_business_day(day) and 20 <= day.day <= 25 for day in salaries)


def test_remarks_are_half_width() -> None:
    """Remarks are in the half-width kana of banks, short enough for a passbook."""
    for journal in sample_books("9902", TODAY).journals:
        for posting in journal.postings:
            remarks = posting.remarks
            assert len(remarks) <= 20
            assert all(sign.isascii() or "ｦ" < sign <= "ﾟ" for sign in remarks), remarks
            assert "ｰ" not in remarks


@BOTH
def test_invented_people(institution: str) -> None:
    """Names say that they are samples; phones are unassigned; mail goes to example.jp."""
    customers = sample_customers(institution)
    for customer in customers:
        assert customer.name.startswith(("見本", "例", "サンプル"))
        assert customer.phone.startswith(("0900000", "030000"))
        assert phone.valid(customer.phone)
        assert customer.email.endswith("@example.jp")
    phones = [number for each in customers for number in (each.phone, *each.other_phones)]
    assert len(set(phones)) == len(phones)
    assert len({(each.branch_code, each.account_number) for each in customers}) == len(customers)


def _lines(
    journals: tuple[Journal, ...],
) -> dict[str, list[tuple[date, int, TransactionKind, str]]]:
    lines = defaultdict(list)
    for journal in journals:
        for posting in journal.postings:
            if posting.account:
                line = (journal.day, posting.amount, posting.kind, posting.remarks)
                lines[posting.account].append(line)
    return lines
