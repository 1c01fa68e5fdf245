"""The invented billers, their bills, and how each behaves by its number. Pure."""

import calendar
import hashlib
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from madoguchi.bill_payments.ports import Expired, NoSuchBill, NotAvailable
from madoguchi.bill_payments.rules import Bill, BillNumbers
from madoguchi.kernel.clock import in_japan, japan_day
from madoguchi.kernel.money import Yen

CONFIRMATION_NUMBER = "123456"
"""Of every bill."""
SHORTEST_PAYMENT_NUMBER = 4
PAYABLE_AFTER_DUE = timedelta(days=30)
LATE_BY = timedelta(seconds=30)
RISE_PER_MINUTE = 10


class Behaviour(StrEnum):
    """What a bill does, by the last two digits of its payment number; all others are paid."""

    USUAL = ""
    PAID_ELSEWHERE = "01"
    """Paid already, through another channel."""
    EXPIRED = "02"
    BILLER_CLOSED = "03"
    """The biller cannot be asked."""
    UNKNOWN = "04"
    """There is no such bill."""
    REFUSED = "05"
    """Shown as usual, and refused when it is to be paid."""
    LATE = "06"
    """Taken, but the answer is only there 30 seconds later."""
    RISING = "07"
    """Ten yen dearer with each minute of the clock."""
    LOST = "08"
    """The first order never arrives; the second is taken."""
    LATE_REFUSAL = "09"
    """Refused, but the answer is only there 30 seconds later."""


@dataclass(frozen=True, slots=True)
class Biller:
    """An invented biller: what it bills for, and between which amounts in yen."""

    name: str
    what: str
    lowest: int
    highest: int


BILLERS = {
    "99001": Biller("見本市 税務課", "市民税・県民税", 8_000, 48_000),
    "99002": Biller("みほん電力株式会社", "電気料金", 3_000, 18_000),
    "99003": Biller("見本市 水道局", "上下水道料金", 2_000, 9_000),
    "99004": Biller("サンプル保険料収納センター", "保険料", 12_000, 24_000),
}
"""By 収納機関番号. All invented."""

PAYERS = ("ミホン　＊＊＊", "サンプル　＊＊＊", "レイ　＊＊＊")


def behaviour_of(numbers: BillNumbers) -> Behaviour:
    """Return how the bill of these numbers behaves."""
    ending = numbers.payment_number[-2:]
    return Behaviour(ending) if ending in set(Behaviour) else Behaviour.USUAL


def bill_of(numbers: BillNumbers, now: datetime) -> Bill | NoSuchBill | Expired | NotAvailable:
    """Return the bill of these numbers: the same one each time within a month."""
    biller, behaviour = BILLERS.get(numbers.biller_code), behaviour_of(numbers)
    if behaviour is Behaviour.BILLER_CLOSED:
        return NotAvailable()
    wrong = numbers.confirmation_number != CONFIRMATION_NUMBER
    short = len(numbers.payment_number) < SHORTEST_PAYMENT_NUMBER
    if biller is None or wrong or short or behaviour is Behaviour.UNKNOWN:
        return NoSuchBill()
    if behaviour is Behaviour.EXPIRED:
        return Expired()
    due = _end_of_month(japan_day(now))
    return Bill(
        biller_name=biller.name,
        payer_name=PAYERS[_drawn(numbers, "payer") % len(PAYERS)],
        what=biller.what,
        amount=_amount(biller, numbers, behaviour, now),
        due=due,
        payable_until=due + PAYABLE_AFTER_DUE,
        already_paid=behaviour is Behaviour.PAID_ELSEWHERE,
    )


def refusal_of(numbers: BillNumbers, amount: int, now: datetime) -> str:
    """Return why an order for this amount is refused; "" where it is taken."""
    bill = bill_of(numbers, now)
    if isinstance(bill, NoSuchBill | NotAvailable):
        return "no-such-bill"
    if isinstance(bill, Expired):
        return "expired"
    if bill.already_paid:
        return "already-paid"
    if bill.amount != amount:
        return "amount-changed"
    refuses = behaviour_of(numbers) in (Behaviour.REFUSED, Behaviour.LATE_REFUSAL)
    return "by-biller" if refuses else ""


def answers_at(numbers: BillNumbers, now: datetime) -> datetime:
    """Return when the answer to an order sent now is there."""
    late = behaviour_of(numbers) in (Behaviour.LATE, Behaviour.LATE_REFUSAL)
    return now + LATE_BY if late else now


def _amount(biller: Biller, numbers: BillNumbers, behaviour: Behaviour, now: datetime) -> Yen:
    span = biller.highest - biller.lowest + 1
    amount = biller.lowest + _drawn(numbers, "amount") % span
    if behaviour is Behaviour.RISING:
        amount += RISE_PER_MINUTE * in_japan(now).minute
    return Yen(amount)


def _drawn(numbers: BillNumbers, what: str) -> int:
    text = f"{what} {numbers.biller_code} {numbers.payment_number}"
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big")


def _end_of_month(day: date) -> date:
    return day.replace(day=calendar.monthrange(day.year, day.month)[1])
