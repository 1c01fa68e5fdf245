"""A month's chart of an account: where its lines and bars stand (RET-16).

Two panels, one above the other: the balance at the end of each day, and what came in and went out.
All is geometry; the template draws it with attributes only, and a table beside it says the same.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from madoguchi.core_bank.port import Direction, Transaction
from madoguchi.kernel.money import Yen
from madoguchi.retail.accounts.statements import signed

WIDTH, HEIGHT = 360, 280
LEFT, RIGHT = 58, 352
BALANCE_TOP, BALANCE_BOTTOM = 22, 130
FLOW_TOP, FLOW_BOTTOM = 168, 256
LABELLED_DAYS = (1, 8, 15, 22, 29)
MOST_TICKS = 5
ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class DayOfChart:
    """One Japan day: what came in, what went out (both 0 or more), the balance at its end."""

    day: date
    came_in: Yen
    went_out: Yen
    balance: Yen

    @property
    def moved(self) -> bool:
        """Whether anything was booked."""
        return bool(self.came_in or self.went_out)


@dataclass(frozen=True, slots=True)
class Bar:
    """A bar of the lower panel: `way` is `in` or `out`."""

    way: str
    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Tick:
    """A line across a panel, and the yen that it stands for."""

    y: float
    amount: int


@dataclass(frozen=True, slots=True)
class DayMark:
    """A day written under the panels."""

    x: float
    day: int


@dataclass(frozen=True)
class Chart:
    """What the template draws, in the units of a view box of `WIDTH` by `HEIGHT`."""

    balance: str
    """The points of the balance's line, `x,y x,y …`: a step for each day."""
    balance_ticks: tuple[Tick, ...]
    bars: tuple[Bar, ...]
    flow_ticks: tuple[Tick, ...]
    marks: tuple[DayMark, ...]


def days_of(
    lines: Sequence[Transaction], first: date, last: date, opening: Yen
) -> tuple[DayOfChart, ...]:
    """Return every day from `first` to `last`; `lines` are of these days, in any order.

    `opening` is the balance before `first`.
    """
    by_day: dict[date, list[Transaction]] = {}
    for line in lines:
        by_day.setdefault(line.posted_on, []).append(line)
    days, balance = [], int(opening)
    for number in range((last - first).days + 1):
        day = first + number * ONE_DAY
        booked = by_day.get(day, [])
        balance += sum(signed(line) for line in booked)
        came = sum(line.amount for line in booked if line.direction is Direction.IN)
        went = sum(line.amount for line in booked if line.direction is Direction.OUT)
        days.append(DayOfChart(day, Yen(came), Yen(went), Yen(balance)))
    return tuple(days)


def draw(days: Sequence[DayOfChart], days_in_month: int) -> Chart:
    """Return the chart of some days of one month; its width is that of the whole month."""
    balances = [day.balance for day in days]
    level = _Scale.over(balances, BALANCE_TOP, BALANCE_BOTTOM)
    flow = _Scale.over(
        [*(day.came_in for day in days), *(-day.went_out for day in days)], FLOW_TOP, FLOW_BOTTOM
    )
    step = (RIGHT - LEFT) / days_in_month
    starts = [LEFT + (day.day.day - 1) * step for day in days]
    points = [
        f"{_round(x)},{level.y(day.balance)}"
        for start, day in zip(starts, days, strict=True)
        for x in (start, start + step)
    ]
    return Chart(
        balance=" ".join(points),
        balance_ticks=level.ticks(),
        bars=tuple(
            bar
            for start, day in zip(starts, days, strict=True)
            for bar in _bars(day, start, step, flow)
        ),
        flow_ticks=flow.ticks(),
        marks=tuple(
            DayMark(_round(LEFT + (day - 0.5) * step), day)
            for day in LABELLED_DAYS
            if day <= days_in_month
        ),
    )


def short_yen(amount: int, language: str) -> str:
    """Return a round amount in few letters: `120万`, `1.5億`, `1.2M`, `15k`."""
    units = (
        ((10**12, "兆"), (10**8, "億"), (10**4, "万"))
        if language == "ja"
        else ((10**12, "T"), (10**9, "B"), (10**6, "M"), (10**3, "k"))
    )
    for size, name in units:
        if abs(amount) >= size:
            return f"{amount / size:.10g}{name}"
    return f"{amount}"


@dataclass(frozen=True)
class _Scale:
    """Yen to heights: `lowest` and `highest` are round amounts with zero among them."""

    lowest: int
    highest: int
    step: int
    top: float
    bottom: float

    @classmethod
    def over(cls, amounts: Sequence[int], top: float, bottom: float) -> "_Scale":
        low, high = min(0, *amounts), max(0, *amounts)
        step = _round_step(high - low)
        lowest, highest = low // step * step, -(-high // step) * step
        return cls(lowest, highest if highest > lowest else step, step, top, bottom)

    def y(self, amount: int) -> float:
        share = (amount - self.lowest) / (self.highest - self.lowest)
        return _round(self.bottom - share * (self.bottom - self.top))

    def ticks(self) -> tuple[Tick, ...]:
        amounts = range(self.lowest, self.highest + 1, self.step)
        return tuple(Tick(self.y(amount), amount) for amount in amounts)


def _round_step(span: int) -> int:
    """Return the least of 1, 2, 5, 10, 20, … that cuts `span` into few enough parts."""
    step = 1
    while span > step * (MOST_TICKS - 2):
        step = step * 5 // 2 if str(step)[0] == "2" else step * 2
    return step


def _bars(day: DayOfChart, start: float, step: float, flow: _Scale) -> list[Bar]:
    """Return the bars of a day: up from zero what came in, down from it what went out."""
    zero, x, width = flow.y(0), _round(start + step * 0.15), _round(step * 0.7)
    bars = []
    if day.came_in:
        top = flow.y(day.came_in)
        bars.append(Bar("in", x, top, width, _round(zero - top)))
    if day.went_out:
        bars.append(Bar("out", x, zero, width, _round(flow.y(-day.went_out) - zero)))
    return bars


def _round(number: float) -> float:
    return round(number, 2)
