"""Settings of internet banking for people: one Struct for each file (INST-02, RET-01 to RET-32)."""

from datetime import date
from typing import Annotated, Literal

from msgspec import Meta, Struct

from madoguchi.institutions import forms
from madoguchi.institutions.texts import RateLimit, Text

Yen = Annotated[int, Meta(ge=0, le=999_999_999_999)]
Tries = Annotated[int, Meta(ge=1, le=20)]
Score = Annotated[int, Meta(ge=0, le=1000)]


class SecurityQuestion(Struct, frozen=True, forbid_unknown_fields=True):
    """A question that customers may choose; `key` stands in the database for ever."""

    key: forms.Word
    text: Text


def _question(key: str, ja: str, en: str) -> SecurityQuestion:
    return SecurityQuestion(key, Text(ja, en))


QUESTIONS = (
    _question("first-school", "最初に通った小学校の名前は", "The name of your first school"),
    _question("first-pet", "初めて飼った生き物の名前は", "The name of your first pet"),
    _question("childhood-friend", "子どものころの親友の名前は", "Your best friend as a child"),
    _question("first-work", "初めて働いた会社やお店の名前は", "The first place you worked at"),
    _question("favourite-teacher", "心に残っている先生の名字は", "A teacher you remember well"),
    _question("first-trip", "初めて泊まりがけで旅行した場所は", "Where your first trip led"),
    _question("favourite-dish", "いちばん好きな料理は", "Your favourite dish"),
    _question("first-concert", "初めて行った演奏会の出演者は", "Who played at your first concert"),
    _question("grandparent-town", "祖父母が住んでいた町の名前は", "Where your grandparents lived"),
    _question("favourite-book", "何度も読み返した本の題名は", "A book you read many times"),
)
"""The questions offered unless the settings name others (RET-06)."""


class Utility(Struct, frozen=True, forbid_unknown_fields=True):
    """A company whose bills may be paid by direct debit (RET-26).

    `number_hint` tells the form of its customer number, of `digits` digits.
    """

    code: forms.Word
    kind: Literal["electricity", "gas", "water", "phone", "nhk"]
    name: Text
    digits: Annotated[int, Meta(ge=1, le=20)]
    number_hint: Text


class RetailSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """Internet banking for people (RET-01 to RET-32)."""

    offered: bool = True
    login_id_shortest: Annotated[int, Meta(ge=4, le=32)] = 6
    login_id_longest: Annotated[int, Meta(ge=4, le=32)] = 12
    login_id_both_kinds: bool = True
    """Whether a login ID needs a letter and a digit (RET-04)."""
    password_shortest: Annotated[int, Meta(ge=6, le=64)] = 6
    password_longest: Annotated[int, Meta(ge=6, le=64)] = 12
    password_symbols: bool = False
    """Whether passwords may hold symbols beside letters and digits (RET-07)."""
    password_both_kinds: bool = True
    provisional_password_days: Annotated[int, Meta(ge=1, le=366)] = 90
    """How long the passwords that went by post can be used (RET-01)."""
    questions: Annotated[tuple[SecurityQuestion, ...], Meta(min_length=3)] = QUESTIONS
    registration_failures_limit: Tries = 5
    login_failures_limit: Tries = 5
    login_lock: Literal["next_midnight", "released"] = "next_midnight"
    question_failures_limit: Tries = 3
    confirmation_failures_limit: Tries = 5
    mailed_code_minutes: Annotated[int, Meta(ge=3, le=30)] = 10
    mailed_code_failures_limit: Tries = 5
    mailed_codes_per_hour: Annotated[int, Meta(ge=1, le=60)] = 10
    attempts_per_address: RateLimit = RateLimit(limit=100, per_seconds=600)
    """Logins and registrations that failed from one source address."""
    idle_minutes: Annotated[int, Meta(ge=3, le=60)] = 10
    absolute_minutes: Annotated[int, Meta(ge=10, le=1440)] = 480
    one_session: bool = True
    """Whether a new login ends the customer's older session (RET-12)."""
    ask_at: Score = 40
    """From this risk score on, a security question is asked at login (RET-14)."""
    stop_at: Score = 100
    """From this risk score on, a login is stopped and staff see it (RET-14)."""
    statement_days: Annotated[int, Meta(ge=1, le=3660)] = 90
    statement_page_size: Annotated[int, Meta(ge=10, le=500)] = 50
    utilities: tuple[Utility, ...] = ()


Destination = Literal["own", "same_branch", "other_branch", "other_bank"]


class Fee(Struct, frozen=True, forbid_unknown_fields=True):
    """The fee in yen for amounts from `amount_from` yen on, for members and for others."""

    destination: Destination
    member: Yen
    other: Yen
    amount_from: Yen = 0


class FeeTable(Struct, frozen=True, forbid_unknown_fields=True):
    """All fees from the Japan day `valid_from` on, until a later table takes over (RET-21)."""

    valid_from: date
    fees: Annotated[tuple[Fee, ...], Meta(min_length=4)]


FEES = FeeTable(
    valid_from=date(2000, 1, 1),
    fees=(
        Fee("own", 0, 0),
        Fee("same_branch", 0, 0),
        Fee("other_branch", 110, 110),
        Fee("other_bank", 220, 220),
        Fee("other_bank", 330, 440, amount_from=30_000),
    ),
)
"""The specified fees (RET-21)."""


class Limits(Struct, frozen=True, forbid_unknown_fields=True):
    """The most that may leave by transfer, in yen: at once, in a Japan day, in a month (RET-22)."""

    per_transfer: Yen
    per_day: Yen
    per_month: Yen


class TransfersSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """Transfers and whatever else moves money out (RET-17 to RET-24)."""

    reserve_days: Annotated[int, Meta(ge=1, le=366)] = 30
    reserved_at: forms.TimeOfDay = "07:00"
    """When reserved transfers are executed on their day, Japan time (RET-19)."""
    current_account_until: forms.TimeOfDay = "15:00"
    """Until when a current account is paid into on the same business day (RET-20)."""
    more_time: bool = True
    """Whether other banks are reached at any hour; else in core time only, 8:30 to 15:30."""
    code_for_reserved: bool = False
    """Whether every reserved transfer needs a one-time password too.

    One for today always does, and one to a payee who is not known.
    """
    fee_tables: Annotated[tuple[FeeTable, ...], Meta(min_length=1)] = (FEES,)
    limits: Limits = Limits(1_000_000, 2_000_000, 10_000_000)
    """What a customer begins with."""
    highest_limits: Limits = Limits(5_000_000, 10_000_000, 50_000_000)
    """What a customer may raise his limits to."""
    review: Literal["hold", "never"] = "hold"
    """What becomes of a transfer whose fraud score reaches `review_at` (RET-24)."""
    review_at: Score = 60
    """By default a large amount to a new payee waits, whatever else is as usual."""
    large_amount: Yen = 500_000
    unusual_from: forms.TimeOfDay = "00:00"
    unusual_until: forms.TimeOfDay = "05:00"
    new_payee_score: Score = 30
    large_amount_score: Score = 30
    unusual_hour_score: Score = 25
    unusual_device_score: Score = 25
