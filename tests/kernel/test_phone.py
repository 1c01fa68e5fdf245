"""Telephone numbers: as typed, as carried, as shown."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from madoguchi.kernel.phone import masked, normalise, to_e164, to_national, valid


@pytest.mark.requirement("LINK-05")
@pytest.mark.parametrize(
    "typed",
    [
        "09000001234",
        "090-0000-1234",
        "(090) 0000 1234",
        "０９０−００００−１２３４",
        "０９０ー００００ー１２３４",
        "+81 90-0000-1234",
        "＋８１（９０）００００１２３４",
        "+81 (0)90 0000 1234",
        " 090　0000　1234 ",
    ],
)
def test_what_people_type_becomes_national_digits(typed: str) -> None:
    """Full-width digits, hyphens of every kind, spaces, brackets and +81 are read."""
    assert normalise(typed) == "09000001234"


@pytest.mark.requirement("LINK-11")
@pytest.mark.parametrize(
    ("digits", "right"),
    [
        ("0312343333", True),
        ("09000001234", True),
        ("031234333", False),
        ("090000012345", False),
        ("9000001234", False),
        ("0312３43333", False),
        ("03123433a3", False),
        ("0312343333\n", False),
        ("", False),
    ],
)
def test_a_number_has_ten_or_eleven_digits_and_begins_with_zero(digits: str, right: bool) -> None:
    """Only the form is judged, so that numbers that are not assigned pass."""
    assert valid(digits) is right


@pytest.mark.parametrize(
    ("user_part", "number"),
    [
        ("09012345678", "+819012345678"),
        ("+819012345678", "+819012345678"),
        ("819012345678", "+819012345678"),
        ("81312343333", "+81312343333"),
        ("+81-90-1234-5678", "+819012345678"),
        ("0312343333;phone-context=+81", "+81312343333"),
        ("0120000001", "+81120000001"),
        ("+12025550123", "+12025550123"),
        ("12025550123", None),
        ("anonymous", None),
        ("110", None),
        ("+", None),
        ("+81", None),
        ("+8190123456789", None),
        ("", None),
    ],
)
def test_sip_user_parts_become_e164(user_part: str, number: str | None) -> None:
    """National form, country code with and without plus, and foreign numbers with plus are read."""
    assert to_e164(user_part) == number


@settings(max_examples=50)
@given(st.from_regex(r"0[1-9][0-9]{8,9}", fullmatch=True))
def test_both_forms_say_the_same(digits: str) -> None:
    """A national number survives the way to E.164 and back, and its two forms never differ."""
    e164 = to_e164(digits)
    assert e164 is not None
    assert to_national(e164) == digits
    assert to_e164(e164) == e164


@settings(max_examples=50)
@given(st.text(max_size=40))
def test_any_text_is_survived(text: str) -> None:
    """Whatever is typed, the answer is a number of the right form or None."""
    number = to_e164(text)
    assert number is None or (number[0] == "+" and number[1:].isascii() and number[1:].isdigit())


@pytest.mark.requirement("LINK-19")
@pytest.mark.parametrize(
    ("digits", "shown"),
    [("0312343333", "******3333"), ("09000001234", "*******1234"), ("123", "123"), ("", "")],
)
def test_all_but_the_last_four_digits_are_masked(digits: str, shown: str) -> None:
    """The screen shows the last four digits."""
    assert masked(digits) == shown
