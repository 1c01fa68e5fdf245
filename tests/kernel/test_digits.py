"""Digits typed by habit."""

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from madoguchi.kernel.digits import date_of, normal_digits, only_digits, zero_padded

DIGITS = st.text("0123456789", min_size=1, max_size=11)
WIDE = str.maketrans("0123456789", "０１２３４５６７８９")


@pytest.mark.requirement("LINK-05")
@pytest.mark.parametrize("hyphen", "-‐‑‒–—―−ー－ｰ")
def test_every_kind_of_hyphen_is_left_out(hyphen: str) -> None:
    """Whatever key or paste the hyphen came from, the digits are read."""
    assert normal_digits(f" ０９０{hyphen}0000　1111") == "09000001111"


@pytest.mark.requirement("LINK-05")
@pytest.mark.parametrize("typed", ["12a", "１２ア", "12.3", "+81", "٣", "²", "①"])
def test_what_is_no_digit_is_not_read(typed: str) -> None:
    """Letters, signs and the digits of other scripts are refused, not guessed."""
    assert normal_digits(typed) is None


@pytest.mark.requirement("LINK-05")
@settings(max_examples=50)
@given(DIGITS, st.integers(0, 11))
def test_full_width_and_separated_digits_are_the_same(digits: str, place: int) -> None:
    """Full-width digits with a separator anywhere read as the plain ones."""
    typed = digits[:place].translate(WIDE) + "ー " + digits[place:]
    assert normal_digits(typed) == digits


@pytest.mark.requirement("LINK-10")
@pytest.mark.parametrize(
    ("typed", "padded"),
    [
        ("123", "0000123"),
        ("0000123", "0000123"),
        ("1234567", "1234567"),
        ("１２３", "0000123"),
        ("12345678", None),
        ("", None),
        (" - ", None),
        ("12x", None),
    ],
)
def test_account_numbers_are_padded(typed: str, padded: str | None) -> None:
    """1 to 7 digits become 7; anything else is refused."""
    assert zero_padded(typed, 7) == padded


@pytest.mark.requirement("LINK-11")
@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        (("1980", "2", "29"), date(1980, 2, 29)),
        (("１９８０", "02", "1"), date(1980, 2, 1)),
        (("1981", "2", "29"), None),
        (("", "2", "1"), None),
        (("19800", "2", "1"), None),
        (("1980", "13", "1"), None),
        (("0", "1", "1"), None),
    ],
)
def test_a_date_in_parts_is_a_day_or_nothing(
    parts: tuple[str, str, str], expected: date | None
) -> None:
    """Typed year, month and day make a date where there is such a day."""
    assert date_of(*parts) == expected


def test_digits_are_taken_from_any_text() -> None:
    """Only ASCII digits remain."""
    assert only_digits("0120-000-101 (８)") == "0120000101"
