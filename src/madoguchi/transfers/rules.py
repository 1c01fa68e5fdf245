"""Decisions on transfers: destination, fee, day, limits, fraud score (RET-17 to RET-24). Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from madoguchi.core_bank.port import LARGEST_AMOUNT, AccountKind
from madoguchi.institutions import FeeTable, Limits, TransfersSettings
from madoguchi.kernel.business_days import ONE_DAY, business_day_from, is_business_day
from madoguchi.kernel.clock import JAPAN, in_japan, japan_day, japan_midnight
from madoguchi.kernel.errors import must
from madoguchi.kernel.kana import to_half_width_kana
from madoguchi.kernel.money import Yen
from madoguchi.transfers.model import ContractLimits, Destination, Order, Payee, Payer, WhyLater
from madoguchi.transfers.outcomes import OrderRefused

LONGEST_NAME = 48
"""Characters of a name in a Zengin message, ﾞ and ﾟ counted apart."""
CORE_TIME = (time(8, 30), time(15, 30))
"""When the banks' network is open to banks without "more time", on business days."""
LEAST_TO_BEGIN = timedelta(hours=1)
"""How long after its hour a transfer may still be begun, also beyond midnight."""
REVIEW_DAYS = 7
"""How long after its day a held transfer waits for staff."""
HOLD_FOR = timedelta(hours=6)
"""How long money stays set aside: a core that is down for longer has not moved it by surprise."""


@dataclass(frozen=True, slots=True)
class When:
    """On which Japan day a transfer is executed, and from which instant on."""

    executes_on: date
    runs_at: datetime
    reserved: bool
    why_later: WhyLater = ""


@dataclass(frozen=True, slots=True)
class Score:
    """How unusual an order is, and why."""

    points: int
    reasons: tuple[str, ...]


def order_refusal(order: Order) -> OrderRefused | None:
    """Refuse what no bank could carry out, whenever it is asked for."""
    amount, payer, payee = order.amount, order.payer, order.payee
    if type(amount) is not int or not 1 <= amount <= LARGEST_AMOUNT:
        return OrderRefused("amount-invalid")
    if payee.account_id == payer.account_id:
        return OrderRefused("same-account")
    if AccountKind.TIME_DEPOSIT in (payer.kind, payee.kind):
        return OrderRefused("kind-not-permitted")
    if not _is_name(order.payer_name):
        return OrderRefused("payer-name-invalid")
    if not _is_name(payee.name_kana) and not payee.name_checked:
        return OrderRefused("payee-name-invalid")
    return None


def destination_of(institution: str, payer: Payer, payee: Payee) -> Destination:
    """Return where the money goes, as the table of fees has it (RET-21)."""
    if payee.bank_code != institution:
        return "other_bank"
    if payee.holder_id and payee.holder_id == payer.holder_id:
        return "own"
    return "same_branch" if payee.branch_code == payer.branch_code else "other_branch"


def fee_for(
    tables: Sequence[FeeTable], destination: Destination, amount: Yen, *, member: bool, day: date
) -> tuple[Yen, date]:
    """Return the fee by the table in force on `day`, and since when that table holds.

    `day` is the day the customer confirms: a reservation keeps the fee that he has seen, whatever
    the table says on the day of execution.
    """
    begun = [table for table in tables if table.valid_from <= day]
    table = max(must(begun, "a table of fees in force"), key=lambda each: each.valid_from)
    bands = [
        fee for fee in table.fees if fee.destination == destination and fee.amount_from <= amount
    ]
    band = max(must(bands, f"a fee for {destination}"), key=lambda each: each.amount_from)
    return Yen(band.member if member else band.other), table.valid_from


def schedule(
    settings: TransfersSettings, destination: Destination, payee_kind: str, on: date | None,
    now: datetime,
) -> When | OrderRefused:  # fmt: skip
    """Return when an order is executed: on the day asked for, now, or on the next business day."""
    today = japan_day(now)
    if on is not None:
        return _reserved(settings, destination, on, today)
    later = _why_later(settings, destination, payee_kind, now)
    if not later:
        return When(today, now, reserved=False)
    day = business_day_from(today + ONE_DAY)
    return When(day, _opening(settings, destination, day), reserved=True, why_later=later)


def begins_until(
    settings: TransfersSettings, destination: Destination, payee_kind: str, when: When
) -> datetime:
    """Return until when the execution may begin: while its day lasts for this payee.

    That is to midnight; to a current account and, without "more time", to another bank only until
    the hour from which such an order is for the next business day (RET-20). An hour at least, for
    what was accepted just before. Later it fails with "day-missed": money that arrives on another
    day than the customer was told may be missing there by then, and he may have paid otherwise.
    """
    ends = [japan_midnight(when.executes_on + ONE_DAY)]
    if payee_kind == AccountKind.CURRENT:
        ends.append(_at(when.executes_on, time.fromisoformat(settings.current_account_until)))
    if destination == "other_bank" and not settings.more_time:
        ends.append(_at(when.executes_on, CORE_TIME[1]))
    return max(min(ends), when.runs_at + LEAST_TO_BEGIN)


def reviewed_until(executes_on: date) -> datetime:
    """Return until when staff may decide on a held transfer."""
    return japan_midnight(executes_on + timedelta(days=1 + REVIEW_DAYS))


def limits_in_force(own: Limits | None, highest: Limits, default: Limits) -> Limits:
    """Return the customer's limits, never over the institution's highest."""
    wanted = own or default
    return Limits(
        per_transfer=min(wanted.per_transfer, highest.per_transfer),
        per_day=min(wanted.per_day, highest.per_day),
        per_month=min(wanted.per_month, highest.per_month),
    )


def limit_refusal(
    limits: Limits, destination: Destination, amount: Yen, used_day: int, used_month: int
) -> OrderRefused | None:
    """Refuse what is over a limit (RET-22). Money that stays with the customer is under none.

    A transfer counts on the Japan day, and in the month, on which it is executed.
    """
    if destination == "own":
        return None
    if amount > limits.per_transfer:
        return OrderRefused("over-transfer-limit", {"limit": limits.per_transfer})
    if used_day + amount > limits.per_day:
        left = max(limits.per_day - used_day, 0)
        return OrderRefused("over-day-limit", {"limit": limits.per_day, "left": left})
    if used_month + amount > limits.per_month:
        left = max(limits.per_month - used_month, 0)
        return OrderRefused("over-month-limit", {"limit": limits.per_month, "left": left})
    return None


def lowered_too_little(now: Limits, wanted: Limits) -> str:
    """Return the name of a limit that is to be lowered, but is higher than now; '' for none."""
    return next((name for name in _NAMES if getattr(wanted, name) > getattr(now, name)), "")


def too_high(limits: ContractLimits, wanted: Limits) -> str:
    """Return the name of a limit above what the institution allows; '' for none."""
    highest = limits.highest
    return next((name for name in _NAMES if getattr(wanted, name) > getattr(highest, name)), "")


def unusable(wanted: Limits) -> str:
    """Return the name of a limit that is no amount in whole yen; '' for none."""
    return next((name for name in _NAMES if not _is_amount(getattr(wanted, name))), "")


def lower_of(one: Limits, other: Limits) -> Limits:
    """Return the lower of each limit."""
    return Limits(*(min(getattr(one, name), getattr(other, name)) for name in _NAMES))


def month_of(day: date) -> tuple[date, date]:
    """Return the first day of the day's month and the first of the next."""
    first = day.replace(day=1)
    return first, (first + timedelta(days=31)).replace(day=1)


def score_of(
    settings: TransfersSettings, destination: Destination, amount: Yen, *, known_payee: bool,
    known_device: bool, now: datetime,
) -> Score:  # fmt: skip
    """Return the fraud score (RET-24); a transfer between own accounts has none."""
    if destination == "own":
        return Score(0, ())
    signs = {
        "new-payee": (not known_payee, settings.new_payee_score),
        "large-amount": (amount >= settings.large_amount, settings.large_amount_score),
        "unusual-hour": (_is_unusual_hour(settings, now), settings.unusual_hour_score),
        "unusual-device": (not known_device, settings.unusual_device_score),
    }
    found = {name: points for name, (there, points) in signs.items() if there and points}
    return Score(sum(found.values()), tuple(found))


def needs_review(settings: TransfersSettings, score: Score) -> bool:
    """Tell whether staff are to look at it before any money moves."""
    return settings.review == "hold" and score.points >= settings.review_at


_NAMES = ("per_transfer", "per_day", "per_month")


def _is_amount(value: object) -> bool:
    return type(value) is int and 0 <= value <= LARGEST_AMOUNT


def _is_name(text: str) -> bool:
    return 1 <= len(text) <= LONGEST_NAME and to_half_width_kana(text) == text


def _reserved(
    settings: TransfersSettings, destination: Destination, on: date, today: date
) -> When | OrderRefused:
    first = business_day_from(today + ONE_DAY)
    last = today + timedelta(days=settings.reserve_days)
    if not first <= on <= last or not is_business_day(on):
        return OrderRefused("day-not-reservable", {"first": first, "last": last})
    return When(on, _opening(settings, destination, on), reserved=True)


def _why_later(
    settings: TransfersSettings, destination: Destination, payee_kind: str, now: datetime
) -> WhyLater:
    local = in_japan(now)
    business = is_business_day(local.date())
    cut_off = time.fromisoformat(settings.current_account_until)
    if payee_kind == AccountKind.CURRENT and not (business and local.time() < cut_off):
        return "current-account-cut-off"
    opens, closes = CORE_TIME
    reachable = settings.more_time or (business and opens <= local.time() < closes)
    return "" if destination != "other_bank" or reachable else "interbank-closed"


def _opening(settings: TransfersSettings, destination: Destination, day: date) -> datetime:
    """Return when reservations are executed on `day`: not before the payee's bank is reached."""
    at = time.fromisoformat(settings.reserved_at)
    if destination == "other_bank" and not settings.more_time:
        at = max(at, CORE_TIME[0])
    return _at(day, at)


def _at(day: date, at: time) -> datetime:
    return datetime.combine(day, at, JAPAN).astimezone(UTC)


def _is_unusual_hour(settings: TransfersSettings, now: datetime) -> bool:
    begins, ends = map(time.fromisoformat, (settings.unusual_from, settings.unusual_until))
    at = in_japan(now).time()
    if begins <= ends:
        return begins <= at < ends
    return at >= begins or at < ends
