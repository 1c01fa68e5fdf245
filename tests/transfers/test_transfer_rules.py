"""The rules of transfers, as tables that a banker can read."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from madoguchi.institutions import Fee, FeeTable, Limits, TransfersSettings
from madoguchi.institutions.banking import FEES
from madoguchi.kernel.business_days import is_business_day
from madoguchi.kernel.clock import JAPAN, japan_day
from madoguchi.kernel.money import Yen
from madoguchi.transfers import Order, OrderRefused, Payee, Payer
from madoguchi.transfers.rules import (
    When,
    begins_until,
    destination_of,
    fee_for,
    limit_refusal,
    limits_in_force,
    month_of,
    needs_review,
    order_refusal,
    schedule,
    score_of,
)
from tests.transfers.transfer_world import at

STANDARD = TransfersSettings()
PAYER = Payer(
    contract_id="c", holder_id="taro", account_id="a1", branch_code="001", kind="ordinary",
    number="1234567", name_kana="ﾐﾎﾝ ﾀﾛｳ", member=False,
)  # fmt: skip
PAYEE = Payee(
    bank_code="9901", bank_name="サンプル", branch_code="001", branch_name="本店", kind="ordinary",
    number="7654321", name_kana="ﾐﾎﾝ ﾊﾅｺ", name_checked=True, account_id="a2", holder_id="hanako",
)  # fmt: skip
ORDER = Order(payer=PAYER, payee=PAYEE, amount=Yen(1_000), payer_name="ﾐﾎﾝ ﾀﾛｳ")


@pytest.mark.requirement("RET-17")
@pytest.mark.parametrize(
    ("bank", "branch", "holder", "destination"),
    [
        ("9901", "001", "taro", "own"),
        ("9901", "002", "taro", "own"),
        ("9901", "001", "hanako", "same_branch"),
        ("9901", "002", "hanako", "other_branch"),
        ("9902", "001", "", "other_bank"),
        ("9902", "001", "taro", "other_bank"),
        ("9901", "001", "", "same_branch"),
    ],
)
def test_destinations(bank: str, branch: str, holder: str, destination: str) -> None:
    """Own are accounts of one holder; the rest goes by bank and branch."""
    payee = replace(PAYEE, bank_code=bank, branch_code=branch, holder_id=holder)
    assert destination_of("9901", PAYER, payee) == destination


@pytest.mark.requirement("RET-21")
@pytest.mark.parametrize(
    ("destination", "amount", "member", "other"),
    [
        ("own", 29_999, 0, 0),
        ("own", 30_000, 0, 0),
        ("same_branch", 999_999, 0, 0),
        ("other_branch", 1, 110, 110),
        ("other_branch", 30_000, 110, 110),
        ("other_bank", 29_999, 220, 220),
        ("other_bank", 30_000, 330, 440),
    ],
)
def test_fees(destination: Any, amount: int, member: int, other: int) -> None:
    """The specified fees, by destination, amount band and membership."""
    for fee, is_member in ((member, True), (other, False)):
        found = fee_for((FEES,), destination, Yen(amount), member=is_member, day=date(2026, 11, 20))
        assert found == (fee, FEES.valid_from)


@pytest.mark.requirement("RET-21")
def test_fees_entered_ahead() -> None:
    """A dated table takes over on its day, whatever order the tables stand in."""
    dearer = FeeTable(valid_from=date(2026, 12, 1), fees=(Fee("other_bank", 500, 600),))
    for tables in ((FEES, dearer), (dearer, FEES)):
        for day, fee in ((date(2026, 11, 30), 220), (date(2026, 12, 1), 600)):
            assert fee_for(tables, "other_bank", Yen(5), member=False, day=day)[0] == fee


FRIDAY = "2026-11-20"
CUT = "current-account-cut-off"
CLOSED = "interbank-closed"


@pytest.mark.requirement("RET-20")
@pytest.mark.parametrize(
    ("now", "destination", "kind", "more_time", "day", "why"),
    [
        (f"{FRIDAY} 14:59:59", "same_branch", "current", True, "2026-11-20", ""),
        (f"{FRIDAY} 15:00:00", "same_branch", "current", True, "2026-11-24", CUT),
        ("2026-11-21 10:00", "other_branch", "current", True, "2026-11-24", CUT),
        ("2026-11-22 23:59", "other_bank", "current", True, "2026-11-24", CUT),
        ("2026-12-30 15:00", "same_branch", "current", True, "2027-01-04", CUT),
        (f"{FRIDAY} 14:59:59", "own", "current", True, "2026-11-20", ""),
        (f"{FRIDAY} 15:00:00", "own", "current", True, "2026-11-24", CUT),
        ("2026-11-21 10:00", "own", "savings", True, "2026-11-21", ""),
        (f"{FRIDAY} 23:59:59", "same_branch", "ordinary", True, "2026-11-20", ""),
        ("2026-11-21 03:00", "other_bank", "ordinary", True, "2026-11-21", ""),
        (f"{FRIDAY} 08:29:59", "other_bank", "ordinary", False, "2026-11-24", CLOSED),
        (f"{FRIDAY} 08:30:00", "other_bank", "ordinary", False, "2026-11-20", ""),
        (f"{FRIDAY} 15:29:59", "other_bank", "savings", False, "2026-11-20", ""),
        (f"{FRIDAY} 15:30:00", "other_bank", "savings", False, "2026-11-24", CLOSED),
        ("2026-11-21 10:00", "other_bank", "ordinary", False, "2026-11-24", CLOSED),
        ("2026-11-21 10:00", "other_branch", "ordinary", False, "2026-11-21", ""),
    ],
)
def test_when_ordered_for_now(
    now: str, destination: Any, kind: str, more_time: bool, day: str, why: str
) -> None:
    """For now, or where it is too late for that, on the next business day, and why.

    November 23 2026 is a holiday, a Monday; banks are closed December 31 to January 3.
    """
    moment = datetime.fromisoformat(now).replace(tzinfo=JAPAN)
    when = schedule(replace(STANDARD, more_time=more_time), destination, kind, None, moment)
    assert isinstance(when, When)
    assert (when.executes_on, when.why_later) == (date.fromisoformat(day), why)
    assert when.reserved == bool(why)


@pytest.mark.requirement("RET-19")
@pytest.mark.parametrize(
    ("on", "accepted"),
    [
        ("2026-11-19", False),
        ("2026-11-20", False),
        ("2026-11-21", False),
        ("2026-11-23", False),
        ("2026-11-24", True),
        ("2026-12-18", True),
        ("2026-12-20", False),
        ("2026-12-21", False),
    ],
)
def test_days_to_reserve(on: str, accepted: bool) -> None:
    """A business day from tomorrow to 30 days ahead; executed at 7:00 of that day."""
    when = schedule(
        STANDARD, "other_bank", "ordinary", date.fromisoformat(on), at(f"{FRIDAY} 09:00")
    )
    if accepted:
        assert when == When(date.fromisoformat(on), at(f"{on} 07:00"), reserved=True)
    else:
        first, last = date(2026, 11, 24), date(2026, 12, 20)
        assert when == OrderRefused("day-not-reservable", {"first": first, "last": last})


@pytest.mark.requirement("RET-19")
def test_reserved_while_other_banks_are_reached() -> None:
    """Without more time, a reservation to another bank waits for the network to open."""
    closing = replace(STANDARD, more_time=False)
    for destination, hour in (("other_bank", "08:30"), ("same_branch", "07:00")):
        day = date(2026, 11, 24)
        when = schedule(closing, destination, "ordinary", day, at(f"{FRIDAY} 09:00"))  # type: ignore[arg-type]
        assert isinstance(when, When)
        assert when.runs_at == at(f"2026-11-24 {hour}")


@pytest.mark.requirement("RET-20")
@pytest.mark.parametrize(
    ("runs", "destination", "kind", "more_time", "until"),
    [
        ("2026-11-20 07:00", "same_branch", "ordinary", True, "2026-11-21 00:00"),
        ("2026-11-20 07:00", "same_branch", "current", True, "2026-11-20 15:00"),
        ("2026-11-20 07:00", "other_bank", "current", True, "2026-11-20 15:00"),
        ("2026-11-20 07:00", "own", "current", True, "2026-11-20 15:00"),
        ("2026-11-20 07:00", "own", "savings", True, "2026-11-21 00:00"),
        ("2026-11-20 14:59:59", "other_branch", "current", True, "2026-11-20 15:59:59"),
        ("2026-11-20 08:30", "other_bank", "ordinary", False, "2026-11-20 15:30"),
        ("2026-11-20 08:30", "other_bank", "current", False, "2026-11-20 15:00"),
        ("2026-11-20 08:30", "other_branch", "ordinary", False, "2026-11-21 00:00"),
        ("2026-11-20 23:59:59", "other_bank", "ordinary", True, "2026-11-21 00:59:59"),
    ],
)
def test_until_when_it_may_begin(
    runs: str, destination: Any, kind: str, more_time: bool, until: str
) -> None:
    """A late worker keeps the hours too: who would not take it as for today, is not paid today."""
    runs_at = at(runs)
    when = When(japan_day(runs_at), runs_at, reserved=True)
    set_so = replace(STANDARD, more_time=more_time)
    assert begins_until(set_so, destination, kind, when) == at(until)


MINUTES = st.integers(0, 4 * 365 * 24 * 60)


@given(MINUTES, st.booleans(), st.booleans())
@settings(max_examples=50)
def test_never_in_the_past(minutes: int, current: bool, more_time: bool) -> None:
    """An order is executed today or on a business day to come, and begun on that day."""
    now = at("2026-01-01 00:00") + timedelta(minutes=minutes)
    kind = "current" if current else "ordinary"
    set_so = replace(STANDARD, more_time=more_time)
    when = schedule(set_so, "other_bank", kind, None, now)
    assert isinstance(when, When)
    assert when.runs_at >= now
    assert japan_day(when.runs_at) == when.executes_on
    assert begins_until(set_so, "other_bank", kind, when) > when.runs_at
    assert is_business_day(when.executes_on) or not when.reserved


@pytest.mark.requirement("RET-22")
@pytest.mark.parametrize(
    ("destination", "amount", "day", "month", "code"),
    [
        ("other_bank", 100, 0, 0, ""),
        ("other_bank", 101, 0, 0, "over-transfer-limit"),
        ("same_branch", 100, 150, 150, ""),
        ("same_branch", 100, 151, 151, "over-day-limit"),
        ("other_branch", 100, 0, 900, ""),
        ("other_branch", 100, 0, 901, "over-month-limit"),
        ("own", 1_000_000, 250, 1_000, ""),
    ],
)
def test_limits(destination: Any, amount: int, day: int, month: int, code: str) -> None:
    """Up to a limit is within it; what stays with the customer is under none."""
    refused = limit_refusal(Limits(100, 250, 1_000), destination, Yen(amount), day, month)
    assert (refused.code if refused else "") == code


def test_limits_in_force() -> None:
    """The customer's own, else the institution's; never over the institution's highest."""
    highest, default = Limits(50, 100, 1_000), Limits(10, 20, 30)
    assert limits_in_force(None, highest, default) == default
    assert limits_in_force(Limits(60, 70, 2_000), highest, default) == Limits(50, 70, 1_000)


@pytest.mark.parametrize(
    ("day", "first", "following"),
    [("2026-11-20", "2026-11-01", "2026-12-01"), ("2026-12-31", "2026-12-01", "2027-01-01")],
)
def test_months(day: str, first: str, following: str) -> None:
    """A month runs to the first of the next."""
    found = month_of(date.fromisoformat(day))
    assert found == (date.fromisoformat(first), date.fromisoformat(following))


@pytest.mark.requirement("RET-24")
@pytest.mark.parametrize(
    ("destination", "amount", "payee", "device", "hour", "points", "reasons"),
    [
        ("other_bank", 1, True, True, "09:00", 0, ()),
        ("other_bank", 1, False, True, "09:00", 30, ("new-payee",)),
        ("other_bank", 499_999, True, True, "09:00", 0, ()),
        ("other_bank", 500_000, True, True, "09:00", 30, ("large-amount",)),
        ("other_bank", 1, True, False, "09:00", 25, ("unusual-device",)),
        ("other_bank", 499_999, False, False, "09:00", 55, ("new-payee", "unusual-device")),
        ("other_bank", 500_000, False, True, "09:00", 60, ("new-payee", "large-amount")),
        ("other_bank", 1, True, True, "00:00", 25, ("unusual-hour",)),
        ("other_bank", 1, True, True, "05:00", 0, ()),
        ("same_branch", 500_000, False, False, "09:00", 85,
         ("new-payee", "large-amount", "unusual-device")),
        ("own", 900_000, False, False, "03:00", 0, ()),
    ],
)  # fmt: skip
def test_fraud_scores(
    destination: Any, amount: int, payee: bool, device: bool, hour: str, points: int,
    reasons: tuple[str, ...],
) -> None:  # fmt: skip
    """Each unusual thing adds its points and is named."""
    score = score_of(
        STANDARD, destination, Yen(amount), known_payee=payee, known_device=device,
        now=at(f"{FRIDAY} {hour}"),
    )  # fmt: skip
    assert (score.points, score.reasons) == (points, reasons)
    assert needs_review(STANDARD, score) == (points >= 60)
    assert not needs_review(replace(STANDARD, review="never"), score)


def test_an_unusual_hour_over_midnight() -> None:
    """The unusual hours may begin the evening before."""
    late = replace(STANDARD, unusual_from="22:00", unusual_until="06:00")
    for hour, points in (("21:59", 0), ("22:00", 25), ("05:59", 25), ("06:00", 0)):
        now = at(f"{FRIDAY} {hour}")
        score = score_of(late, "other_bank", Yen(1), known_payee=True, known_device=True, now=now)
        assert score.points == points


@pytest.mark.requirement("RET-18")
@pytest.mark.parametrize(
    "amount", [0, -1, -1_000_000, 10**12, 10**30, 1.5, 1000.0, True, "100", None]
)
def test_amounts_that_are_none(amount: Any) -> None:
    """Nothing, a negative, a huge, a fractional amount, and what is no number, are refused."""
    assert order_refusal(replace(ORDER, amount=amount)) == OrderRefused("amount-invalid")


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"payer_name": ""}, "payer-name-invalid"),
        ({"payer_name": "見本"}, "payer-name-invalid"),
        ({"payer_name": "ﾐ" * 49}, "payer-name-invalid"),
        ({"payee": replace(PAYEE, name_kana="<b>", name_checked=False)}, "payee-name-invalid"),
        ({"payee": replace(PAYEE, account_id="a1")}, "same-account"),
        ({"payee": replace(PAYEE, kind="time_deposit")}, "kind-not-permitted"),
        ({"payer": replace(PAYER, kind="time_deposit")}, "kind-not-permitted"),
    ],
)
def test_orders_that_no_bank_takes(change: dict[str, Any], code: str) -> None:
    """What could never be carried out is refused before anything is written."""
    assert order_refusal(replace(ORDER, **change)) == OrderRefused(code)
