"""How what people type is read: amounts, days, names, numbers."""

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from madoguchi.institutions import Limits
from madoguchi.plumbing.web import Invalid, parse_form
from madoguchi.retail.limits.rules import problems, raises
from madoguchi.retail.transfer import readers
from madoguchi.retail.transfer.forms import AmountForm, ConfirmForm, chosen_day

AMOUNTS = {
    "1": "1",
    "1000": "1000",
    "1,000": "1000",
    "１，０００": "1000",
    "１０００円": "1000",
    "¥1,000": "1000",
    "￥1,000": "1000",
    " 1 000 ": "1000",
    "007": "7",
    "999999999999": "999999999999",
}
NO_AMOUNTS = {
    "": "transfer.field.amount-wrong",
    "0": "transfer.field.amount-zero",
    "-1": "transfer.field.amount-wrong",
    "ー1000": "transfer.field.amount-wrong",
    "+1": "transfer.field.amount-wrong",
    "1.0": "transfer.field.amount-wrong",
    "1,00": "transfer.field.amount-wrong",
    "10,00,000": "transfer.field.amount-wrong",
    "1e3": "transfer.field.amount-wrong",
    "一千": "transfer.field.amount-wrong",
    "1万": "transfer.field.amount-wrong",
    "٣": "transfer.field.amount-wrong",
    "1\u202e000": "transfer.field.amount-wrong",
    "1000000000000": "transfer.field.amount-huge",
}
DAYS = {
    "2026-12-01": "2026-12-01",
    "2026/12/1": "2026-12-01",
    "２０２６／１２／１": "2026-12-01",
    "2026.12.1": "2026-12-01",
    "20261201": "2026-12-01",
    "2026年12月1日": "2026-12-01",
    "2026年12月1日(火)": "2026-12-01",
    "2026年 12月 1日（火）": "2026-12-01",
}


@pytest.mark.parametrize(("typed", "read"), AMOUNTS.items())
def test_amounts_as_people_write_them(typed: str, read: str) -> None:
    """Full-width digits, commas and the yen sign are understood."""
    assert readers.amount(typed) == read


@pytest.mark.parametrize(("typed", "code"), NO_AMOUNTS.items())
def test_what_is_no_amount_is_not_guessed_at(typed: str, code: str) -> None:
    """A sign, a point, a comma in a strange place or kanji are refused, never repaired."""
    assert readers.amount(typed) == Invalid(code)


@settings(max_examples=50, deadline=None)
@given(st.text(max_size=20))
def test_an_amount_is_positive_whole_yen_or_nothing(typed: str) -> None:
    """Whatever is typed, what is read is 1 to 999,999,999,999 in ASCII digits, or refused."""
    read = readers.amount(typed)
    assert isinstance(read, Invalid) or 1 <= int(read) <= 999_999_999_999
    assert isinstance(read, Invalid) or (read.isascii() and read.isdigit())


@settings(max_examples=50, deadline=None)
@given(st.integers(1, 999_999_999_999))
def test_an_amount_shown_can_be_typed_again(amount: int) -> None:
    """What the screen fills in when it is come back to reads as the same amount."""
    assert readers.amount(f"{amount:,}") == readers.amount(f"{amount}円") == str(amount)


@pytest.mark.parametrize(("typed", "read"), DAYS.items())
def test_days_as_people_write_them(typed: str, read: str) -> None:
    """Slashes, hyphens, 年月日 and a weekday are understood."""
    assert readers.day(typed) == read


@pytest.mark.parametrize("typed", ["2026-02-30", "12/1", "明日", "2026-13-1", "26/12/1", "0000"])
def test_what_is_no_day_is_told(typed: str) -> None:
    """A day that is not in the calendar, or has no year, is refused."""
    assert readers.day(typed) == Invalid("transfer.field.day-wrong")


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("みほん　たろう", "ﾐﾎﾝ ﾀﾛｳ"),
        ("カ）サンプル商事", None),
        ("ｶ)ｻﾝﾌﾟﾙ", "ｶ)ｻﾝﾌﾟﾙ"),
        ("mihon taro", "MIHON TARO"),
        ("ｱ" * 49, None),
        ("ﾀﾛｳ\u202e", None),
    ],
)
def test_names_are_half_width_kana_or_nothing(typed: str, read: str | None) -> None:
    """What banks cannot write is refused, so nothing can look like something else."""
    outcome = readers.party_name(typed)
    assert outcome == read if read else isinstance(outcome, Invalid)


@pytest.mark.parametrize("typed", ["家賃\u202e", "a\u2066b", "x\ny", "長" * 31, "\u200e母"])
def test_nicknames_that_could_deceive_are_refused(typed: str) -> None:
    """A nickname turns no reading direction, breaks no line, and is 30 characters at most."""
    assert isinstance(readers.nickname(typed), Invalid)


@pytest.mark.requirement("RET-17")
@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("1234567", "1234567"),
        ("123-4567", "1234567"),
        ("１２３", "0000123"),
        ("-123456", Invalid("transfer.field.number-wrong")),
        ("－123456", Invalid("transfer.field.number-wrong")),
        ("0", Invalid("transfer.field.number-wrong")),
        ("0000000", Invalid("transfer.field.number-wrong")),
        ("12345678", Invalid("digits-7")),
    ],
)
def test_what_can_be_an_account_number(typed: str, read: str | Invalid) -> None:
    """Up to seven digits; neither a negative number nor zeros only."""
    assert readers.account_number(typed) == read


def test_a_button_beside_the_main_one_needs_no_field() -> None:
    """戻る with an empty form, or with nonsense in it, goes back without a word."""
    for data in ({"back": "1"}, {"back": "1", "amount": "x"}):
        assert isinstance(parse_form(AmountForm, data), AmountForm)


def test_a_reservation_needs_its_day_and_what_is_typed_wins() -> None:
    """Without a day the field says so; with both, the typed one counts."""
    data = {"amount": "1", "when": "reserved", "payer_name": "ﾐﾎﾝ"}
    errors = parse_form(AmountForm, data)
    assert isinstance(errors, tuple)
    assert [(error.field, error.code) for error in errors] == [("on", "required")]
    form = parse_form(AmountForm, {**data, "on": "2026-11-24", "on_typed": "2026/11/25"})
    assert isinstance(form, AmountForm)
    assert date.fromisoformat(chosen_day(form)) == date(2026, 11, 25)


def test_neither_password_nor_code_is_in_a_representation() -> None:
    """A form of confirmation that ends up in a log or a traceback tells nothing."""
    form = parse_form(ConfirmForm, {"confirmation_password": "Secret123", "code": "123456"})
    assert "Secret123" not in repr(form)
    assert "123456" not in repr(form)


@pytest.mark.requirement("RET-22")
def test_what_is_a_raise() -> None:
    """A wish that raises any limit is a raise, also where it lowers another."""
    was = Limits(100, 200, 300)
    cases = {
        Limits(100, 200, 300): False,
        Limits(50, 200, 300): False,
        Limits(101, 200, 300): True,
        Limits(50, 250, 300): True,
    }
    for wanted, rising in cases.items():
        assert raises(was, wanted) is rising


@pytest.mark.requirement("RET-22")
def test_limits_that_cannot_be() -> None:
    """Above the institution's highest, or a shorter one above a longer one: told at the field."""
    highest = Limits(500, 500, 500)
    assert problems(Limits(501, 500, 500), highest) == {"per_transfer": "too-high"}
    assert problems(Limits(300, 200, 500), highest) == {"per_transfer": "turned"}
    assert problems(Limits(100, 300, 200), highest) == {"per_day": "turned"}
    assert problems(Limits(0, 0, 0), highest) == {}
