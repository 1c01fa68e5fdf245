"""Believable movements of invented people, the same each time: each day is drawn by itself."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from madoguchi.core_bank import BankAccount, Journal, Posting, TransactionKind
from madoguchi.kernel.business_days import (
    business_day_from,
    is_business_day,
    previous_business_day,
)
from madoguchi.kernel.clock import japan_midnight

ONE_DAY = timedelta(days=1)
BOOKING_TIME = timedelta(hours=6)
TAX_SHARE = 0.20315
"""Income tax, reconstruction tax and local tax on interest, withheld by the bank."""
LEAST_LEFT = 1_000
"""What sample people leave in an account, in yen."""


@dataclass(frozen=True)
class Movement:
    """One line of an account: above zero is paid in. The other side is the bank's own account."""

    amount: int
    kind: TransactionKind
    other_side: BankAccount
    remarks: str


@dataclass(frozen=True)
class Monthly:
    """What comes once a month (or every other): on its day, or the business day before or after."""

    day: int
    lowest: int
    highest: int
    step: int
    kind: TransactionKind
    other_side: BankAccount
    remarks: str
    before_holidays: bool = False
    every_other_month: bool = False

    def falls_on(self, day: date) -> bool:
        """Tell whether this is booked on `day`."""
        if not is_business_day(day):
            return False
        return any(self._booked(month) == day for month in (day, day - timedelta(days=10)))

    def _booked(self, month: date) -> date | None:
        if self.every_other_month and month.month % 2:
            return None
        due = month.replace(day=self.day)
        if self.before_holidays and not is_business_day(due):
            return previous_business_day(due)
        return business_day_from(due)


def _debit(day: int, lowest: int, highest: int, remarks: str, **more: bool) -> Monthly:
    kind, other_side = TransactionKind.DIRECT_DEBIT, BankAccount.DIRECT_DEBITS
    return Monthly(day, -highest, -lowest, 1, kind, other_side, remarks, **more)


def _transfer(
    day: int, lowest: int, highest: int, remarks: str, *, step: int = 1000, **more: bool
) -> Monthly:
    kind, other_side = TransactionKind.TRANSFER, BankAccount.INTERBANK
    return Monthly(day, lowest, highest, step, kind, other_side, remarks, **more)


CARD = Monthly(10, -58_000, -14_000, 1, TransactionKind.CARD, BankAccount.CARD, "ﾐﾎﾝｶ-ﾄﾞｻ-ﾋﾞｽ")
HOUSEHOLD = (
    _transfer(25, 232_000, 291_000, "ｷﾕｳﾖ ｶ)ｻﾝﾌﾟﾙｼﾖｳｼﾞ", step=1, before_holidays=True),
    _debit(27, 68_000, 68_000, "ﾔﾁﾝ ﾚｲﾌﾄﾞｳｻﾝ"),
    _debit(5, 5_200, 13_900, "ﾃﾞﾝｷ"),
    _debit(12, 3_100, 8_800, "ｶﾞｽ"),
    _debit(20, 4_400, 7_900, "ｽｲﾄﾞｳ", every_other_month=True),
    _debit(26, 3_980, 7_680, "ｹｲﾀｲﾃﾞﾝﾜ"),
    CARD,
    _transfer(15, -25_000, -5_000, "ﾌﾘｺﾐ ﾚｲ ﾊﾅｺ", every_other_month=True),
)
SAVER = (_transfer(26, 20_000, 40_000, "ﾂﾐﾀﾃ", step=5000),)
BUSINESS = (
    _transfer(10, 410_000, 690_000, "ﾌﾘｺﾐ ｶ)ﾐﾎﾝｼﾖｳﾃﾝ", step=1),
    _transfer(28, 330_000, 520_000, "ﾌﾘｺﾐ ﾚｲｼﾖｳｶｲ(ﾕ", step=1),
    _transfer(25, -480_000, -390_000, "ｷﾕｳﾖﾌﾘｺﾐ", step=1, before_holidays=True),
    _debit(27, 110_000, 110_000, "ﾔﾁﾝ ﾚｲﾌﾄﾞｳｻﾝ"),
    _debit(5, 18_000, 31_000, "ﾃﾞﾝｷ"),
)


@dataclass(frozen=True)
class Habits:
    """How the money of one account comes and goes."""

    monthly: tuple[Monthly, ...]
    cash_machine_one_day_in: int | None
    """None: never."""
    yearly_interest_percent: float = 0.2


PERSON = Habits(HOUSEHOLD, cash_machine_one_day_in=6)
PERSON_WITHOUT_CARD = Habits(HOUSEHOLD, cash_machine_one_day_in=None)
SAVINGS = Habits(SAVER, cash_machine_one_day_in=45)
COMPANY = Habits(BUSINESS, cash_machine_one_day_in=None, yearly_interest_percent=0.0)


def history(
    account_id: str, habits: Habits, opening: int, first_day: date, last_day: date
) -> Iterator[Journal]:
    """Yield an account's journals, from what is carried forward on `first_day` to `last_day`.

    What would leave less than `LEAST_LEFT` in the account does not happen.
    """
    cash, in_cash = TransactionKind.CASH, BankAccount.CASH
    yield journal(account_id, first_day, Movement(opening, cash, in_cash, "ｹﾞﾝｷﾝ"))
    balance, day = opening, first_day + ONE_DAY
    while day <= last_day:
        for movement in _movements(account_id, habits, day, balance):
            if balance + movement.amount < LEAST_LEFT:
                continue
            balance += movement.amount
            yield journal(account_id, day, movement)
        day += ONE_DAY


def journal(account_id: str, day: date, movement: Movement) -> Journal:
    """Return the journal of one movement between a customer and the bank."""
    mine = Posting(
        account=account_id,
        amount=movement.amount,
        kind=movement.kind,
        remarks=movement.remarks,
    )
    other = Posting(
        bank=movement.other_side,
        amount=-movement.amount,
        kind=movement.kind,
        remarks=movement.remarks,
    )
    return Journal(day=day, at=japan_midnight(day) + BOOKING_TIME, postings=(mine, other))


def balance_of(account_id: str, journals: list[Journal]) -> int:
    """Return what the journals leave in the account."""
    postings = (posting for journal in journals for posting in journal.postings)
    return sum(posting.amount for posting in postings if posting.account == account_id)


def _movements(account_id: str, habits: Habits, day: date, balance: int) -> Iterator[Movement]:
    drawn = random.Random(f"{account_id} {day}")  # noqa: S311 -- the same each time is the point
    for each in habits.monthly:
        if each.falls_on(day):
            amount = drawn.randrange(each.lowest, each.highest + 1, each.step)
            yield Movement(amount, each.kind, each.other_side, each.remarks)
    every = habits.cash_machine_one_day_in
    if every and drawn.randrange(every) == 0:
        yield from _cash_machine(drawn, day)
    yield from _interest(habits, day, balance)


def _cash_machine(drawn: random.Random, day: date) -> Iterator[Movement]:
    amount = -drawn.choice((5_000, 10_000, 10_000, 20_000, 30_000))
    yield Movement(amount, TransactionKind.CASH_MACHINE, BankAccount.CASH, "ATM")
    if not is_business_day(day):
        yield Movement(-110, TransactionKind.FEE, BankAccount.FEES, "ATMﾃｽｳﾘﾖｳ")


def _interest(habits: Habits, day: date, balance: int) -> Iterator[Movement]:
    """Interest is booked twice a year, in February and August."""
    if day.month not in {2, 8} or day != business_day_from(day.replace(day=18)):
        return
    interest = int(balance * habits.yearly_interest_percent / 100 / 2)
    if interest > 0:
        yield Movement(interest, TransactionKind.INTEREST, BankAccount.INTEREST, "ｵﾘｿｸ")
    tax = int(interest * TAX_SHARE)
    if tax > 0:
        yield Movement(-tax, TransactionKind.TAX, BankAccount.TAX, "ｾﾞｲｷﾝ")
