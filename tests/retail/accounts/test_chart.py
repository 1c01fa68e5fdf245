"""The geometry of a month's chart."""

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from madoguchi.kernel.money import Yen
from madoguchi.retail.accounts.chart import (
    BALANCE_BOTTOM,
    BALANCE_TOP,
    FLOW_BOTTOM,
    FLOW_TOP,
    LEFT,
    RIGHT,
    DayOfChart,
    days_of,
    draw,
    short_yen,
)
from tests.retail.accounts.lines import book

FIRST, LAST = date(2026, 11, 1), date(2026, 11, 30)


@pytest.mark.requirement("RET-16")
def test_days_carry_the_balance_on() -> None:
    """Every day has the balance at its end, those without lines the one of the day before."""
    lines = book(100, ("11-03", 50, "x"), ("11-03", -20, "x"), ("11-05", -30, "x"))
    days = days_of(lines, FIRST, date(2026, 11, 6), Yen(100))
    assert [(day.came_in, day.went_out, day.balance) for day in days] == [
        (0, 0, 100), (0, 0, 100), (50, 20, 130), (0, 0, 130), (0, 30, 100), (0, 0, 100),
    ]  # fmt: skip
    assert [day.day.day for day in days if day.moved] == [3, 5]


@pytest.mark.requirement("RET-16")
def test_chart_of_two_days() -> None:
    """Bars stand on the zero line: up what came in, down what went out; the balance is a step."""
    days = days_of(book(0, ("11-01", 300, "x"), ("11-02", -100, "x")), FIRST, FIRST.replace(day=2),
                   Yen(0))  # fmt: skip
    chart = draw(days, 30)
    came, went = chart.bars
    zero = next(tick.y for tick in chart.flow_ticks if tick.amount == 0)
    assert (came.way, went.way) == ("in", "out")
    assert came.y + came.height == pytest.approx(zero, abs=0.02)
    assert went.y == zero
    assert came.height == pytest.approx(3 * went.height, abs=0.1)
    assert chart.balance.split()[0] == f"{float(LEFT)},{BALANCE_TOP}.0"
    assert len(chart.balance.split()) == 4


@settings(max_examples=50, deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(0, 10**12), st.integers(0, 10**12), st.integers(-(10**12), 10**13)),
        min_size=1,
        max_size=31,
    )
)
def test_nothing_is_drawn_outside(amounts: list[tuple[int, int, int]]) -> None:
    """Whatever the amounts, all stands within the panels, with few lines across."""
    days = [
        DayOfChart(date(2026, 10, number), Yen(came), Yen(went), Yen(balance))
        for number, (came, went, balance) in enumerate(amounts, 1)
    ]
    chart = draw(days, 31)
    for point in chart.balance.split():
        x, y = map(float, point.split(","))
        assert LEFT <= x <= RIGHT + 0.01
        assert BALANCE_TOP <= y <= BALANCE_BOTTOM
    for bar in chart.bars:
        assert FLOW_TOP <= bar.y <= bar.y + bar.height <= FLOW_BOTTOM + 0.02
    for ticks in (chart.balance_ticks, chart.flow_ticks):
        assert 2 <= len(ticks) <= 6
        assert any(tick.amount == 0 for tick in ticks)


def test_empty_account_has_a_chart() -> None:
    """An account in which nothing ever was has a flat line and no bars."""
    chart = draw(days_of((), FIRST, LAST, Yen(0)), 30)
    assert not chart.bars
    assert {point.split(",")[1] for point in chart.balance.split()} == {f"{BALANCE_BOTTOM}.0"}


@pytest.mark.parametrize(
    ("amount", "ja", "en"),
    [
        (0, "0", "0"), (500, "500", "500"), (2_000, "2000", "2k"), (50_000, "5万", "50k"),
        (1_200_000, "120万", "1.2M"), (-15_000, "-1.5万", "-15k"), (250_000_000, "2.5億", "250M"),
    ],
)  # fmt: skip
def test_short_amounts(amount: int, ja: str, en: str) -> None:
    """The scale has its amounts in few letters, as they are said."""
    assert (short_yen(amount, "ja"), short_yen(amount, "en")) == (ja, en)
