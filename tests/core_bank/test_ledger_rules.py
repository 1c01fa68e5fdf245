"""What the database itself forbids, and what an audit of the books finds."""

from datetime import date

import asyncpg
import msgspec
import pytest

from madoguchi.core_bank import (
    BankAccount,
    BooksBroken,
    BooksVerified,
    Journal,
    NewCard,
    Posting,
    TransactionKind,
    TransactionPage,
)
from madoguchi.kernel.errors import BrokenInvariant
from madoguchi.plumbing.database import Database
from tests.core_bank.contract import (
    BANK,
    held,
    ledger_and_available,
    reading,
    transfer,
    writing,
)
from tests.core_bank.stages import EmbeddedStage

pytestmark = pytest.mark.requirement("CORE-02")
DAY = date(2026, 11, 20)
APPEND_ONLY = ("hold", "hold_end", "journal", "posting", "request", "event")


def _posting(amount: int, account: str | None = None) -> Posting:
    bank = None if account else BankAccount.CASH
    kind = TransactionKind.CASH
    return Posting(account=account, bank=bank, amount=amount, kind=kind, remarks="ｹﾞﾝｷﾝ")


@pytest.mark.parametrize("table", APPEND_ONLY)
@pytest.mark.parametrize(
    "change", ["UPDATE {} SET institution = '9902'", "DELETE FROM {}", "TRUNCATE {} CASCADE"]
)
async def test_append_only(database: Database, table: str, change: str) -> None:
    """What is written in the books is never changed, deleted or emptied."""
    with pytest.raises(asyncpg.RestrictViolationError, match="only ever added to"):
        async with database.transaction() as tx:
            await tx.execute(change.format(f"embedded_core.{table}"))


@pytest.mark.parametrize(
    "amounts",
    [(100, -99), (100,), (), (100, 100, -199)],
    ids=["sum not zero", "one posting", "none", "three"],
)
async def test_a_journal_balances(ledger: EmbeddedStage, amounts: tuple[int, ...]) -> None:
    """A journal whose postings do not sum to zero, or that lacks a side, is refused whole."""
    account = await ledger.open_account(balance=1_000)
    postings = tuple(
        _posting(amount, None if n else account.id) for n, amount in enumerate(amounts)
    )
    with pytest.raises(asyncpg.CheckViolationError):
        await ledger.administration.post(BANK, Journal(day=DAY, postings=postings))
    assert await ledger_and_available(ledger, account) == (1_000, 1_000)


async def test_a_journal_touches_a_customer(ledger: EmbeddedStage) -> None:
    """A journal between the bank's own accounts alone, which no chain would cover, is refused."""
    with pytest.raises(asyncpg.CheckViolationError):
        await ledger.administration.post(
            BANK, Journal(day=DAY, postings=(_posting(1), _posting(-1)))
        )


async def test_nothing_is_added_to_an_old_journal(
    ledger: EmbeddedStage, database: Database
) -> None:
    """Postings that balance among themselves cannot be slipped into an earlier journal."""
    account = await ledger.open_account(balance=1_000)
    with pytest.raises(asyncpg.CheckViolationError, match="not whole"):
        async with database.transaction() as tx:
            await tx.execute(
                "INSERT INTO embedded_core.posting SELECT institution, journal_id, entry + 2,"
                " account_id, bank_account, amount, posted_day, value_day, kind, remarks, line + 1,"
                " balance_after, hash FROM embedded_core.posting WHERE institution = $1",
                BANK,
            )
    assert await ledger_and_available(ledger, account) == (1_000, 1_000)


async def test_no_line_below_zero(ledger: EmbeddedStage) -> None:
    """Not even a batch that ends above zero may pass below it on the way."""
    account = await ledger.open_account(balance=100)
    out = Journal(day=DAY, postings=(_posting(-101, account.id), _posting(101)))
    back = Journal(day=DAY, postings=(_posting(500, account.id), _posting(-500)))
    with pytest.raises(asyncpg.CheckViolationError):
        await ledger.administration.post(BANK, out, back)
    await ledger.administration.post(BANK, back, out)
    assert await ledger_and_available(ledger, account) == (499, 499)


async def test_holds_count_against_every_posting(ledger: EmbeddedStage) -> None:
    """Also a posting at the counter cannot take what is held."""
    account = await ledger.open_account(balance=100)
    await held(ledger, "k", transfer(account, 60))
    with pytest.raises(asyncpg.CheckViolationError, match="account_never_below_its_limit"):
        await ledger.administration.post(
            BANK, Journal(day=DAY, postings=(_posting(-41, account.id), _posting(41)))
        )


async def test_a_correction_is_a_reversal(ledger: EmbeddedStage) -> None:
    """A mistake is taken back by its mirror image, once; both stay in the passbook."""
    account = await ledger.open_account(balance=1_000)
    (wrong,) = await ledger.administration.post(
        BANK, Journal(day=DAY, postings=(_posting(900, account.id), _posting(-900)))
    )
    await ledger.administration.reverse(BANK, wrong)
    assert await ledger_and_available(ledger, account) == (1_000, 1_000)
    page = await ledger.core.transactions(reading(ledger), account.id, DAY, DAY)
    assert isinstance(page, TransactionPage)
    assert len(page.transactions) == 3
    with pytest.raises(asyncpg.UniqueViolationError):
        await ledger.administration.reverse(BANK, wrong)


@pytest.mark.parametrize("amount", [1.5, 1.0, "1"])
async def test_yen_are_whole(ledger: EmbeddedStage, amount: object) -> None:
    """An amount that is no whole number is the program's own mistake, and moves nothing."""
    account = await ledger.open_account(balance=100)
    wanted = msgspec.structs.replace(transfer(account, 1), amount=amount)
    with pytest.raises(BrokenInvariant):
        await ledger.core.hold(writing(ledger, "k"), wanted)
    assert await ledger_and_available(ledger, account) == (100, 100)


async def test_days_never_run_backwards(ledger: EmbeddedStage) -> None:
    """Where the clock is set back, an account's lines stay on its last day."""
    account = await ledger.open_account(balance=100)
    ledger.clock.advance(-3 * 86_400)
    await ledger.pay_in(account.id, 1)
    page = await ledger.core.transactions(reading(ledger), account.id, DAY, DAY)
    assert isinstance(page, TransactionPage)
    assert [line.amount for line in page.transactions] == [1, 100]


async def test_an_ended_account_is_empty(ledger: EmbeddedStage) -> None:
    """An account with money or a hold on it cannot be closed, nor one with a hold be moved."""
    account = await ledger.open_account(balance=100)
    with pytest.raises(asyncpg.CheckViolationError, match="account_empty_once_ended"):
        await ledger.close(account.id)
    await held(ledger, "k", transfer(account, 60))
    with pytest.raises(asyncpg.CheckViolationError):
        await ledger.move(account.id, "002", "7777777")


async def test_nothing_is_posted_on_a_closed_account(ledger: EmbeddedStage) -> None:
    """A closed account takes no money."""
    account = await ledger.open_account()
    await ledger.close(account.id)
    with pytest.raises(asyncpg.CheckViolationError, match="not open"):
        await ledger.pay_in(account.id, 1)


TAMPERING = {
    "UPDATE embedded_core.account SET balance = balance + 1": "the balance is the sum of",
    "UPDATE embedded_core.account SET held = held - 1 WHERE held > 0": "what is held is the sum",
    "UPDATE embedded_core.posting SET amount = -amount": "a line says the balance after it",
    "UPDATE embedded_core.posting SET amount = amount + 1 WHERE entry = 1": "a journal balances",
    "UPDATE embedded_core.posting SET remarks = 'ﾍﾞﾂ' WHERE line = 1": "the chain is whole",
    "UPDATE embedded_core.posting SET bank_account = 'fees' WHERE account_id IS NULL": "the chain",
    "UPDATE embedded_core.posting SET posted_day = '2026-11-30' WHERE line = 1": "days do not run",
    "UPDATE embedded_core.journal SET posted_at = posted_at - interval '1 day'": "the chain is",
    "DELETE FROM embedded_core.posting WHERE line = 1": "lines are numbered without a gap",
    "DELETE FROM embedded_core.posting WHERE line = 3": "the account ends where its chain ends",
    "DELETE FROM embedded_core.posting WHERE kind = 'transfer'": "a settled hold moved",
    "DELETE FROM embedded_core.hold_end": "a journal of a hold is what ended it",
    "DELETE FROM embedded_core.hold WHERE amount = 200": "what is held is the sum",
}


@pytest.mark.parametrize("change", TAMPERING)
async def test_the_audit_finds(bare_ledger: EmbeddedStage, database: Database, change: str) -> None:
    """Whoever gets round the database's rules and changes the books is found by the audit."""
    ledger = bare_ledger
    account = await ledger.open_account(balance=1_000)
    await ledger.pay_in(account.id, 500)
    hold = await held(ledger, "k1", transfer(account, 100))
    await ledger.core.settle(writing(ledger, "k2"), hold.hold_id)
    await held(ledger, "k3", transfer(account, 200))
    before = await ledger.administration.verify_books(BANK)
    assert isinstance(before, BooksVerified)
    assert (before.accounts, before.journals) == (1, 3)
    async with database.transaction() as tx:
        await tx.execute("SET LOCAL session_replication_role = replica")
        assert await tx.execute(change) > 0
    after = await ledger.administration.verify_books(BANK)
    assert isinstance(after, BooksBroken)
    assert any(finding.rule.startswith(TAMPERING[change]) for finding in after.findings), after
    other = await ledger.administration.verify_books("9902")
    assert isinstance(other, BooksVerified)


@pytest.mark.requirement("SEC-02")
async def test_the_pin_is_not_in_the_database(ledger: EmbeddedStage, database: Database) -> None:
    """No row of the core holds a PIN, and the same PIN on two cards leaves two values."""
    await ledger.open_account("1111111", pin="4649")
    await ledger.open_account("2222222", pin="4649")
    async with database.transaction() as tx:
        rows = await tx.many(dict, "SELECT * FROM embedded_core.card")
    assert len({row["pin_verification_value"] for row in rows}) == 2
    assert not any(b"4649" in row["pin_verification_value"] for row in rows)
    assert "4649" not in repr(NewCard(id="c", account_id="a", pin="4649"))
