"""Lines of accounts, for tests of statements."""

from datetime import date, timedelta

from madoguchi.core_bank import Direction, Transaction, TransactionKind
from madoguchi.kernel.money import Yen

Movement = tuple[str, int, str]
"""The day as `11-20` (of 2026), the yen (below zero: out), the remarks."""


def book(
    opening: int, *movements: Movement, kind: TransactionKind = TransactionKind.TRANSFER
) -> tuple[Transaction, ...]:
    """Return the lines of the movements, newest first, as a core gives them."""
    lines, balance = [], opening
    for number, (day, amount, remarks) in enumerate(movements):
        balance += amount
        booked = date.fromisoformat(f"2026-{day}")
        lines.append(
            Transaction(
                id=f"line-{number}",
                posted_on=booked,
                value_date=booked,
                direction=Direction.IN if amount > 0 else Direction.OUT,
                amount=Yen(abs(amount)),
                balance_after=Yen(balance),
                kind=kind,
                remarks=remarks,
            )
        )
    return tuple(reversed(lines))


def many(count: int, amount: int = 1) -> tuple[Transaction, ...]:
    """Return that many lines of one day after another, at most a year long."""
    first = date(2026, 1, 1)
    days = (first + timedelta(days=number % 300) for number in range(count))
    return book(0, *((f"{day:%m-%d}", amount, "ATM") for day in days))
