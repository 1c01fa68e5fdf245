"""What people type on the six screens, and what is made of it (LINK-05, LINK-10, LINK-11)."""

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from madoguchi.api_link.forms import AccountForm, ConsentForm, CustomerForm, PinForm
from madoguchi.core_bank import AccountKind
from madoguchi.kernel.journey import FieldError
from madoguchi.plumbing.web import parse_form

ACCOUNT = {"branch_code": "001", "account_kind": "ordinary", "account_number": "1234567"}
CUSTOMER = {
    "name_kana": "ﾐﾎﾝ ﾀﾛｳ",
    "birth_year": "1980",
    "birth_month": "4",
    "birth_day": "1",
    "phone": "09000001111",
    "email": "taro@example.jp",
    "email_again": "taro@example.jp",
}


def account(**typed: str) -> AccountForm | tuple[FieldError, ...]:
    """Read ① with something else typed."""
    return parse_form(AccountForm, {**ACCOUNT, **typed})


def customer(**typed: str) -> CustomerForm | tuple[FieldError, ...]:
    """Read ② with something else typed."""
    return parse_form(CustomerForm, {**CUSTOMER, **typed})


def read(form: CustomerForm | tuple[FieldError, ...]) -> CustomerForm:
    """Return a form that can be read."""
    assert isinstance(form, CustomerForm), form
    return form


def wrong(form: object) -> list[tuple[str, str]]:
    """Return which fields are wrong, and how."""
    assert isinstance(form, tuple), form
    return [(error.field, error.code) for error in form]


@pytest.mark.requirement("LINK-10")
@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("123", "0000123"),
        ("0000123", "0000123"),
        ("1234567", "1234567"),
        ("１２３４５６７", "1234567"),
        ("123-4567", "1234567"),
        ("１２３ー４５６７", "1234567"),
        ("123 4567", "1234567"),
        ("　1234567　", "1234567"),
        ("0", "0000000"),
    ],
)
def test_account_numbers_are_normalised(typed: str, meant: str) -> None:
    """One to seven digits, however written, are the seven that the bank knows."""
    form = account(account_number=typed)
    assert isinstance(form, AccountForm)
    assert form.chosen().number == meant


@pytest.mark.requirement("LINK-05", "LINK-10")
@pytest.mark.parametrize(
    "typed", ["12345678", "12a4567", "一二三", "+123", "12.3", "٣٤٥", "²", "\u202e123"]
)
def test_what_is_no_account_number_is_said_at_the_field(typed: str) -> None:
    """Too many digits, letters, other scripts' digits, digits shown in another order: an error."""
    assert wrong(account(account_number=typed)) == [("account_number", "digits-7")]


@pytest.mark.requirement("LINK-05")
@pytest.mark.parametrize("typed", ["００１", " 0 0 1 ", "0-01"])
def test_branch_codes_are_normalised(typed: str) -> None:
    """Full-width digits, spaces and hyphens are taken out of the way."""
    form = account(branch_code=typed)
    assert isinstance(form, AccountForm)
    assert form.chosen().branch_code == "001"


@pytest.mark.requirement("LINK-10")
@pytest.mark.parametrize("typed", ["1", "01", "0001", "abc"])
def test_a_branch_code_has_three_digits(typed: str) -> None:
    """Nothing is added to a branch code and nothing cut off."""
    assert wrong(account(branch_code=typed)) == [("branch_code", "digits-3")]


@pytest.mark.requirement("LINK-10")
def test_the_kinds_are_ordinary_and_savings() -> None:
    """Both can be chosen; what the page does not offer is refused."""
    for kind in (AccountKind.ORDINARY, AccountKind.SAVINGS):
        form = account(account_kind=kind)
        assert isinstance(form, AccountForm)
        assert form.chosen().kind is kind
    for other in ("current", "time_deposit", "ORDINARY", "普通"):
        assert wrong(account(account_kind=other)) == [("account_kind", "choose")]


@pytest.mark.requirement("LINK-04")
def test_every_field_is_required() -> None:
    """Empty fields and those with spaces alone are told, all of them, in the page's order."""
    assert wrong(parse_form(AccountForm, {"branch_code": " ", "account_number": "　"})) == [
        ("branch_code", "required"),
        ("account_kind", "required"),
        ("account_number", "required"),
    ]
    assert wrong(parse_form(CustomerForm, {})) == [(name, "required") for name in CUSTOMER]
    assert wrong(parse_form(PinForm, {"card_pin": ""})) == [("card_pin", "required")]
    assert wrong(parse_form(ConsentForm, {})) == [("agree", "required")]


@pytest.mark.requirement("LINK-11")
@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("ﾐﾎﾝ ﾀﾛｳ", "ﾐﾎﾝ ﾀﾛｳ"),
        ("ミホン　タロウ", "ﾐﾎﾝ ﾀﾛｳ"),
        ("みほん たろう", "ﾐﾎﾝ ﾀﾛｳ"),
        ("みほん　　たろう", "ﾐﾎﾝ ﾀﾛｳ"),
        ("ヤマダ ショウコ", "ﾔﾏﾀﾞ ｼﾖｳｺ"),
        ("ﾔﾏﾀﾞ ｼｮｳｺ", "ﾔﾏﾀﾞ ｼﾖｳｺ"),
        ("か゛くどう", "ｶﾞｸﾄﾞｳ"),
        ("スミス　John", "ｽﾐｽ JOHN"),
    ],
)
def test_names_become_the_form_that_banks_use(typed: str, meant: str) -> None:
    """Full-width kana, hiragana and small letters are turned into the bank's half-width kana."""
    assert read(customer(name_kana=typed)).name_kana == meant


@pytest.mark.requirement("LINK-11")
def test_names_are_at_most_48_characters_in_the_banks_form() -> None:
    """The limit counts half-width characters, voicing marks as one each."""
    assert read(customer(name_kana="ア" * 48)).name_kana == "ｱ" * 48
    assert wrong(customer(name_kana="ア" * 49)) == [("name_kana", "too-long")]
    assert read(customer(name_kana="ガ" * 24)).name_kana == "ｶﾞ" * 24
    assert wrong(customer(name_kana="ガ" * 25)) == [("name_kana", "too-long")]


@pytest.mark.requirement("LINK-11")
@pytest.mark.parametrize("typed", ["見本 太郎", "ﾐﾎﾝ;ﾀﾛｳ", "ﾐﾎﾝ\u202eﾀﾛｳ", "ﾐﾎﾝ\x00", "<b>", "🙂"])
def test_names_that_are_no_kana_are_refused(typed: str) -> None:
    """Kanji, signs, display tricks and control characters have no place in a bank's name."""
    assert wrong(customer(name_kana=typed)) == [("name_kana", "unreadable-kana")]


@pytest.mark.requirement("LINK-11")
@pytest.mark.parametrize(
    ("year", "month", "day"),
    [("1980", "2", "30"), ("1981", "2", "29"), ("1980", "13", "1"), ("1980", "4", "31"),
     ("80", "4", "1"), ("1867", "1", "1"), ("12345", "1", "1"), ("1980", "0", "1")],
)  # fmt: skip
def test_impossible_dates_are_refused(year: str, month: str, day: str) -> None:
    """A date that the calendar does not have, or before anybody living, is told at the date."""
    form = customer(birth_year=year, birth_month=month, birth_day=day)
    assert wrong(form) == [("birth_year", "date-wrong")]


@pytest.mark.requirement("LINK-05", "LINK-11")
def test_possible_dates_are_read() -> None:
    """Full-width years and leading zeros are read; leap days are days."""
    form = read(customer(birth_year="２００４", birth_month="02", birth_day="29"))
    assert form.customer().birth_date == date(2004, 2, 29)


@pytest.mark.requirement("LINK-05", "LINK-11")
@pytest.mark.parametrize(
    "typed", ["09000001111", "090-0000-1111", "０９０００００１１１１", "090ー0000ー1111",
              "(090)0000-1111", " 090 0000 1111 ", "+81 90-0000-1111",
              "\u202d090-0000-1111\u202c", "\ufeff\u200e09000001111\u200b"]
)  # fmt: skip
def test_phones_are_normalised(typed: str) -> None:
    """Hyphens, full-width digits, brackets and a paste's unseen marks are accepted."""
    assert read(customer(phone=typed)).customer().phone == "+819000001111"


@pytest.mark.requirement("LINK-11")
@pytest.mark.parametrize("typed", ["090000011", "090000011112", "19000001111", "090-abcd-1111"])
def test_phones_have_ten_or_eleven_digits(typed: str) -> None:
    """Too few or many digits, or no zero in front, are told at the field."""
    assert wrong(customer(phone=typed)) == [("phone", "phone-wrong")]


@pytest.mark.requirement("LINK-11")
def test_mail_addresses_are_typed_twice_and_at_most_64_long() -> None:
    """Two that differ, and one of 65 characters, are refused; 64 are taken."""
    longest = "a" * 53 + "@example.jp"
    assert len(longest) == 64
    assert read(customer(email=longest, email_again=longest)).email == longest
    assert wrong(customer(email="a" + longest, email_again="a" + longest)) == [
        ("email", "too-long"),
        ("email_again", "too-long"),
    ]
    assert wrong(customer(email_again="jiro@example.jp")) == [("email_again", "email-differs")]


@pytest.mark.requirement("LINK-05", "LINK-11")
def test_a_full_width_mail_address_is_the_same_address() -> None:
    """What a Japanese keyboard left full-width is read half-width, also where only once."""
    form = read(customer(email="ｔａｒｏ＠ｅｘａｍｐｌｅ．ｊｐ", email_again="taro@example.jp"))
    assert form.customer().email == "taro@example.jp"


@pytest.mark.requirement("LINK-11")
@pytest.mark.parametrize(
    "typed",
    ["taro", "@example.jp", "taro@", "taro@example", "taro@-example.jp", "ta ro@example.jp",
     "taro@example.jp\r\nBcc: x@example.jp", "taro@exa_mple.jp", "taro@例え.jp", "a@b@c.jp",
     "taro@10.0.0.1", "taro@example.jp,x@example.jp", '"taro"@example.jp'],
)  # fmt: skip
def test_what_is_no_mail_address_is_refused(typed: str) -> None:
    """Neither a second recipient nor a header can be smuggled into an address."""
    assert ("email", "email-wrong") in wrong(customer(email=typed, email_again=typed))


@pytest.mark.requirement("LINK-27")
@pytest.mark.parametrize("typed", ["123", "12345", "abcd", "12 3"])
def test_a_pin_has_four_digits(typed: str) -> None:
    """What cannot be a PIN is told at the field, and is no try."""
    assert wrong(parse_form(PinForm, {"card_pin": typed})) == [("card_pin", "digits-4")]


@pytest.mark.requirement("LINK-27")
def test_the_pin_is_in_no_representation_of_its_form() -> None:
    """A log line or a traceback that shows the form does not show the PIN."""
    form = parse_form(PinForm, {"card_pin": "７３９１"})
    assert isinstance(form, PinForm)
    assert form.card_pin == "7391"
    assert "7391" not in f"{form!r} {form!s}"


@given(st.dictionaries(st.sampled_from([*ACCOUNT, *CUSTOMER, "card_pin"]), st.text(max_size=80)))
@settings(max_examples=50, deadline=None)
def test_no_text_makes_a_form_fall(typed: dict[str, str]) -> None:
    """Whatever is typed, a form is read or its errors are told."""
    for kind in (AccountForm, CustomerForm, PinForm, ConsentForm):
        form = parse_form(kind, typed)
        if isinstance(form, CustomerForm):
            form.customer()
        elif isinstance(form, tuple):
            assert all(error.field for error in form)
