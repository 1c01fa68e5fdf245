"""What branches and back offices do in a core: apart from the port, for sample data and tests."""

from datetime import datetime

from madoguchi.core_bank.books import (
    BankAccount,
    Books,
    BooksBroken,
    BooksVerified,
    BrokenRule,
    Closure,
    Journal,
    Move,
    NewAccount,
    NewCard,
    NewTimeDeposit,
    Posting,
    moving_journal,
)
from madoguchi.core_bank.embedded import store
from madoguchi.core_bank.embedded.cards import pin_verification_value
from madoguchi.core_bank.port import AccountKind, EventKind, Holder, TransactionKind
from madoguchi.kernel.clock import Clock, japan_day
from madoguchi.kernel.entropy import Entropy, new_id
from madoguchi.kernel.errors import must
from madoguchi.kernel.money import Yen
from madoguchi.plumbing.database import Database, Tx
from madoguchi.plumbing.keys import Keys


class CoreAdministration:
    """Opens, posts, moves, closes and audits. Each method is one transaction.

    What the rules of the books forbid raises the database's error and leaves everything as it was.
    """

    def __init__(self, database: Database, keys: Keys, clock: Clock, entropy: Entropy) -> None:
        self._database = database
        self._keys = keys
        self._clock = clock
        self._entropy = entropy

    async def open_holder(self, institution: str, holder: Holder) -> None:
        """Register a customer."""
        async with self._database.transaction() as tx:
            await tx.execute(store.ADD_HOLDER, *_holder_values(institution, holder))

    async def open_account(self, institution: str, account: NewAccount) -> None:
        """Open an account with nothing in it."""
        async with self._database.transaction() as tx:
            await tx.execute(store.ADD_ACCOUNT, *_account_values(institution, account))

    async def issue_card(self, institution: str, card: NewCard) -> None:
        """Issue a cash card; an account has one in use at most."""
        async with self._database.transaction() as tx:
            await tx.execute(store.ADD_CARD, *self._card_values(institution, card))

    async def lose_card(self, institution: str, account_id: str) -> None:
        """Block the account's card for good, and say so in the events."""
        now = self._clock.now()
        async with self._database.transaction() as tx:
            must(await tx.execute(store.LOSE_CARD, institution, account_id, now), "a card in use")
            await _add_event(tx, institution, EventKind.CARD_LOST, account_id, None, now)

    async def add_time_deposit(self, institution: str, deposit: NewTimeDeposit) -> None:
        """Register a deposit on a time deposit account; its money is posted apart."""
        async with self._database.transaction() as tx:
            await tx.execute(store.ADD_TIME_DEPOSIT, *_time_deposit_values(institution, deposit))

    async def post(self, institution: str, *journals: Journal) -> list[int]:
        """Post journals in the order of time, with one statement; return their numbers."""
        async with self._database.transaction() as tx:
            return await self._post(tx, institution, *journals)

    async def deposit_cash(self, institution: str, account_id: str, amount: Yen) -> None:
        """Take cash at the counter."""
        kind, remarks = TransactionKind.CASH, "ｹﾞﾝｷﾝ"
        day = japan_day(self._clock.now())
        postings = (
            Posting(account=account_id, amount=amount, kind=kind, remarks=remarks),
            Posting(bank=BankAccount.CASH, amount=-amount, kind=kind, remarks=remarks),
        )
        await self.post(institution, Journal(day=day, postings=postings))

    async def reverse(self, institution: str, journal_id: int) -> int:
        """Take a journal back by its mirror image (once); nothing in the books is changed."""
        async with self._database.transaction() as tx:
            rows = await tx.many(dict, store.JOURNAL_POSTINGS, institution, journal_id)
            postings = tuple(
                Posting(
                    account=row["account"],
                    bank=row["bank"],
                    amount=-row["amount"],
                    kind=TransactionKind.CORRECTION,
                    remarks="ﾃｲｾｲ",
                )
                for row in rows
            )
            day = japan_day(self._clock.now())
            journal = Journal(day=day, postings=postings, reverses=journal_id)
            return (await self._post(tx, institution, journal))[0]

    async def move_account(
        self, institution: str, account_id: str, branch_code: str, number: str
    ) -> str:
        """Move an open account without holds to another branch; return its new id (LINK-02).

        The money and the card go along; the lines stay where they were written.
        """
        now, moved_to = self._clock.now(), new_id(self._entropy)
        async with self._database.transaction() as tx:
            old = await tx.one(store.LockedAccountRow, store.LOCK_ACCOUNT, institution, account_id)
            account = NewAccount(
                id=moved_to,
                holder_id=old.holder_id,
                branch_code=branch_code,
                kind=AccountKind(old.kind),
                number=number,
                opened_on=japan_day(now),
                passbook_withdrawal=old.passbook_withdrawal,
                overdraft_limit=Yen(old.overdraft_limit),
            )
            await tx.execute(store.ADD_ACCOUNT, *_account_values(institution, account))
            if old.balance:
                journal = moving_journal(account_id, account, Yen(old.balance))
                await self._post(tx, institution, journal)
            move = Move(account_id=account_id, moved_to=moved_to, happened_at=now)
            await _move(tx, institution, move)
        return moved_to

    async def close_account(self, institution: str, account_id: str) -> None:
        """End an open account that is empty."""
        closure = Closure(account_id=account_id, happened_at=self._clock.now())
        async with self._database.transaction() as tx:
            await _close(tx, institution, closure)

    async def load(self, institution: str, books: Books) -> bool:
        """Take over the books of a new institution, all of them or nothing.

        Return False, and do nothing, where the institution has customers already.
        """
        async with self._database.transaction() as tx:
            await tx.execute(store.LOCK_LOADING, institution)
            if await tx.value(store.HAS_HOLDERS, institution):
                return False
            await self._load(tx, institution, books)
        return True

    async def verify_books(self, institution: str) -> BooksVerified | BooksBroken:
        """Rebuild every balance, line and hash from the postings, and compare."""
        async with self._database.transaction() as tx:
            findings = await tx.many(BrokenRule, store.BROKEN_RULES, institution)
            if findings:
                return BooksBroken(tuple(findings))
            return await tx.one(BooksVerified, store.BOOKS_DIGEST, institution)

    async def _load(self, tx: Tx, institution: str, books: Books) -> None:
        for sql, rows in (
            (store.ADD_HOLDER, [_holder_values(institution, each) for each in books.holders]),
            (store.ADD_ACCOUNT, [_account_values(institution, each) for each in books.accounts]),
            (store.ADD_CARD, [self._card_values(institution, each) for each in books.cards]),
            (
                store.ADD_TIME_DEPOSIT,
                [_time_deposit_values(institution, each) for each in books.time_deposits],
            ),
        ):
            await tx.execute_many(sql, rows)
        await self._post(tx, institution, *books.journals)
        for move in books.moves:
            await _move(tx, institution, move)
        for closure in books.closures:
            await _close(tx, institution, closure)

    async def _post(self, tx: Tx, institution: str, *journals: Journal) -> list[int]:
        numbers: list[int] = await tx.value(store.POST, institution, self._clock.now(), journals)
        return numbers

    def _card_values(self, institution: str, card: NewCard) -> tuple[object, ...]:
        value = pin_verification_value(self._keys, institution, card.id, card.pin)
        return institution, card.id, card.account_id, value, self._clock.now()


async def _move(tx: Tx, institution: str, move: Move) -> None:
    ended = await tx.execute(store.END_ACCOUNT, institution, move.account_id, move.moved_to)
    must(ended, "an open account to move")
    await tx.execute(store.MOVE_CARD, institution, move.account_id, move.moved_to)
    kind, at = EventKind.ACCOUNT_MOVED, move.happened_at
    await _add_event(tx, institution, kind, move.account_id, move.moved_to, at)


async def _close(tx: Tx, institution: str, closure: Closure) -> None:
    ended = await tx.execute(store.END_ACCOUNT, institution, closure.account_id, None)
    must(ended, "an open account to close")
    kind, at = EventKind.ACCOUNT_CLOSED, closure.happened_at
    await _add_event(tx, institution, kind, closure.account_id, None, at)


async def _add_event(
    tx: Tx,
    institution: str,
    kind: EventKind,
    account_id: str,
    moved_to: str | None,
    happened_at: datetime,
) -> None:
    await tx.value(store.ADD_EVENT, institution, kind, account_id, moved_to, happened_at)


def _holder_values(institution: str, holder: Holder) -> tuple[object, ...]:
    return (
        institution,
        holder.id,
        holder.kind,
        holder.name_kana,
        holder.name,
        holder.birth_date,
        list(holder.phones),
        holder.email,
        holder.member,
    )


def _account_values(institution: str, account: NewAccount) -> tuple[object, ...]:
    return (
        institution,
        account.id,
        account.holder_id,
        account.branch_code,
        account.kind,
        account.number,
        account.opened_on,
        account.passbook_withdrawal,
        account.overdraft_limit,
    )


def _time_deposit_values(institution: str, deposit: NewTimeDeposit) -> tuple[object, ...]:
    return (
        institution,
        deposit.account_id,
        deposit.deposit_number,
        deposit.principal,
        deposit.rate_percent,
        deposit.opened_on,
        deposit.matures_on,
        deposit.renewal,
    )
