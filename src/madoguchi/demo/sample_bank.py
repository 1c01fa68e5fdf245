"""The sample bank: invented customers with accounts, cards and half a year of history."""

import hashlib
from datetime import date, timedelta
from decimal import Decimal
from typing import Protocol

from madoguchi.core_bank import (
    AccountKind,
    BankAccount,
    Books,
    Closure,
    Holder,
    Journal,
    Move,
    NewAccount,
    NewCard,
    NewTimeDeposit,
    Renewal,
    TransactionKind,
    moving_journal,
)
from madoguchi.demo.sample_history import (
    BOOKING_TIME,
    COMPANY,
    PERSON,
    PERSON_WITHOUT_CARD,
    SAVINGS,
    Habits,
    Movement,
    balance_of,
    history,
    journal,
)
from madoguchi.demo.sample_people import PEOPLE, Person, SampleCustomer, sample_customers
from madoguchi.kernel.clock import japan_midnight
from madoguchi.kernel.money import Yen
from madoguchi.kernel.phone import to_e164

HISTORY_DAYS = 190
"""More than half a year, so that one day of interest is always in it."""
MOVED_DAYS_AGO = 60
CLOSED_DAYS_AGO = 40
OPENED_ON = date(2012, 4, 2)


class CoreToFill(Protocol):
    """The core's way to take over a new institution's books."""

    async def load(self, institution: str, books: Books) -> bool:
        """Load everything, or nothing (False) where the institution has customers already."""
        ...


async def load_sample_bank(core: CoreToFill, institution: str, today: date) -> list[SampleCustomer]:
    """Fill the core with the sample customers of `institution`, once, and return them.

    The history ends `today`; the same day gives the same history.
    """
    await core.load(institution, sample_books(institution, today))
    return sample_customers(institution)


def sample_books(institution: str, today: date) -> Books:
    """Return the books of a sample institution whose history ends `today`."""
    books = _Writer(institution, today)
    for person, customer in zip(PEOPLE, sample_customers(institution), strict=True):
        books.write(person, customer)
    return books.finished()


class _Writer:
    """Gathers the books of one institution, customer by customer."""

    def __init__(self, institution: str, today: date) -> None:
        self._institution = institution
        self._today = today
        self._first_day = today - timedelta(days=HISTORY_DAYS)
        self._holders: list[Holder] = []
        self._accounts: list[NewAccount] = []
        self._cards: list[NewCard] = []
        self._time_deposits: list[NewTimeDeposit] = []
        self._journals: list[Journal] = []
        self._moves: list[Move] = []
        self._closures: list[Closure] = []

    def write(self, person: Person, customer: SampleCustomer) -> None:
        """Write down a customer, his account, card and history, and what is special about him."""
        holder = _holder(person, customer)
        self._holders.append(holder)
        account = self._open(
            holder,
            customer.branch_code,
            person.kind,
            person.number,
            passbook_withdrawal=person.passbook_withdrawal,
        )
        if customer.card_pin is not None:
            card_id = _id(self._institution, "card", account.id)
            self._cards.append(NewCard(id=card_id, account_id=account.id, pin=customer.card_pin))
        match person.case:
            case "no_history":
                pass
            case "moved":
                self._move(account, customer)
            case "closed":
                self._close(account)
            case "several_accounts":
                self._live(account, PERSON, 812_000)
                self._open_more(holder, customer)
            case _:
                self._live(account, _habits(person), 420_000)

    def finished(self) -> Books:
        """Return the books, the journals in the order of time."""
        return Books(
            holders=tuple(self._holders),
            accounts=tuple(self._accounts),
            cards=tuple(self._cards),
            time_deposits=tuple(self._time_deposits),
            journals=tuple(sorted(self._journals, key=lambda each: each.day)),
            moves=tuple(self._moves),
            closures=tuple(self._closures),
        )

    def _open(
        self,
        holder: Holder,
        branch_code: str,
        kind: AccountKind,
        number: str,
        *,
        passbook_withdrawal: bool = False,
    ) -> NewAccount:
        account = NewAccount(
            id=_id(self._institution, branch_code, kind, number),
            holder_id=holder.id,
            branch_code=branch_code,
            kind=kind,
            number=number,
            opened_on=OPENED_ON,
            passbook_withdrawal=passbook_withdrawal,
        )
        self._accounts.append(account)
        return account

    def _live(
        self, account: NewAccount, habits: Habits, opening: int, until: date | None = None
    ) -> list[Journal]:
        days = self._first_day, until or self._today
        journals = list(history(account.id, habits, opening, *days))
        self._journals += journals
        return journals

    def _move(self, old: NewAccount, customer: SampleCustomer) -> None:
        day = self._today - timedelta(days=MOVED_DAYS_AGO)
        lived = self._live(old, PERSON, 530_000, until=day - timedelta(days=1))
        balance = balance_of(old.id, lived)
        new = NewAccount(
            id=_id(self._institution, "moved to", old.id),
            holder_id=old.holder_id,
            branch_code=customer.moved_to_branch_code or old.branch_code,
            kind=old.kind,
            number=customer.moved_to_account_number or old.number,
            opened_on=day,
        )
        self._accounts.append(new)
        self._journals.append(moving_journal(old.id, new, Yen(balance)))
        after = list(history(new.id, PERSON, balance, day, self._today))
        self._journals += after[1:]  # the first carries forward what the move has brought
        at = japan_midnight(day) + BOOKING_TIME
        self._moves.append(Move(account_id=old.id, moved_to=new.id, happened_at=at))

    def _close(self, account: NewAccount) -> None:
        day = self._today - timedelta(days=CLOSED_DAYS_AGO)
        lived = self._live(account, PERSON, 260_000, until=day - timedelta(days=1))
        rest = balance_of(account.id, lived)
        paid_out = Movement(-rest, TransactionKind.CASH, BankAccount.CASH, "ｶｲﾔｸ")
        self._journals.append(journal(account.id, day, paid_out))
        at = japan_midnight(day) + BOOKING_TIME
        self._closures.append(Closure(account_id=account.id, happened_at=at))

    def _open_more(self, holder: Holder, customer: SampleCustomer) -> None:
        branch = customer.branch_code
        savings = self._open(holder, branch, AccountKind.SAVINGS, "6789013")
        self._live(savings, SAVINGS, 1_250_000)
        current = self._open(holder, branch, AccountKind.CURRENT, "6789014")
        self._live(current, COMPANY, 900_000)
        deposits = self._open(holder, branch, AccountKind.TIME_DEPOSIT, "6789015")
        terms = (
            ("001", 1_000_000, "0.275", 1, Renewal.PRINCIPAL_AND_INTEREST),
            ("002", 500_000, "0.300", 3, Renewal.PRINCIPAL),
            ("003", 300_000, "0.350", 5, Renewal.NONE),
        )
        for place, (number, principal, rate, years, renewal) in enumerate(terms):
            day = self._today - timedelta(days=300 - 40 * place)
            self._time_deposits.append(
                NewTimeDeposit(
                    account_id=deposits.id,
                    deposit_number=number,
                    principal=Yen(principal),
                    rate_percent=Decimal(rate),
                    opened_on=day,
                    matures_on=_years_later(day, years),
                    renewal=renewal,
                )
            )
            paid_in = Movement(principal, TransactionKind.CASH, BankAccount.CASH, "ｱｽﾞｹｲﾚ")
            self._journals.append(journal(deposits.id, day, paid_in))


def _holder(person: Person, customer: SampleCustomer) -> Holder:
    phones = (to_e164(number) for number in (customer.phone, *customer.other_phones))
    return Holder(
        id=_id(customer.institution, "holder", person.number),
        kind=person.holder_kind,
        name_kana=person.name_kana,
        name=person.name,
        birth_date=person.birth_date,
        phones=tuple(number for number in phones if number),
        email=customer.email,
        member=person.member,
    )


def _habits(person: Person) -> Habits:
    if person.birth_date is None:
        return COMPANY
    if person.kind == AccountKind.SAVINGS:
        return SAVINGS
    return PERSON if person.pin else PERSON_WITHOUT_CARD


def _years_later(day: date, years: int) -> date:
    return day.replace(year=day.year + years, day=min(day.day, 28))


def _id(*parts: str) -> str:
    """Return an id as opaque as a core's, the same each time."""
    return hashlib.sha256("/".join(parts).encode()).hexdigest()[:22]
