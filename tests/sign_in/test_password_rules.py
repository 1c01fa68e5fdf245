"""What a password and an answer may be."""

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from madoguchi.institutions import RetailSettings
from madoguchi.sign_in import PersonalFacts, answer_problem, password_problem
from madoguchi.sign_in.rules import normal_answer
from tests.support.sign_in_desk import TEMPLATES

DEFAULT = RetailSettings()
LONG = RetailSettings(password_longest=64, password_symbols=True, password_both_kinds=False)
FORMER, OTHER = "haru58mo", "yuki36to"
FACTS = PersonalFacts(
    login_id="Mihon01",
    birth_date=date(1980, 3, 5),
    phones=("090-0000-1234", "03-0000-5678"),
    account_numbers=("0012345", "7654321"),
)


@pytest.mark.requirement("RET-07")
@pytest.mark.parametrize(
    ("new", "problem"),
    [
        ("kaze19no", None),
        ("kz19no", None),
        ("kaze19noumi4", None),
        ("kz19n", "length"),
        ("kaze19noumi47", "length"),
        ("", "length"),
        ("kaze-19no", "characters"),
        ("kaze 19no", "characters"),
        ("ｋａｚｅ１９ｎｏ", "characters"),
        ("かぜ19nokaze", "characters"),
        ("kaze19no\n", "characters"),
        ("kazenoumi", "both-kinds"),
        ("19475836", "both-kinds"),
        ("haru58mo", "same"),
        ("yuki36to", "same"),
        ("Haru58mo", None),  # upper and lower case make another password
        ("mihon01", "personal"),
        ("MIHON01", "personal"),
        ("xmihon01x", "personal"),
        ("a19800305", "personal"),
        ("198003k05", "personal"),  # digits with a letter between are the same digits
        ("a800305", "personal"),
        ("a05031980", "personal"),
        ("s550305", "personal"),  # 昭和55年
        ("a9000001234", "personal"),
        ("a0300005678", "personal"),
        ("x0012345", "personal"),
        ("x12345zz", None),  # the account number without its zeros is too short to tell
        ("y7654321", "personal"),
        ("password1", "well-known"),
        ("Passw0rd99", "well-known"),
        ("sakura2026", "well-known"),
        ("qwerty123", "well-known"),
        ("abc123", "well-known"),
        ("1q2w3e4r", "well-known"),
    ],
)
def test_a_password_by_default(new: str, problem: str | None) -> None:
    """6 to 12 letters and digits, both kinds; not known before, nor to others."""
    found = password_problem(DEFAULT, new, others=(FORMER, OTHER), known=FACTS)
    assert found == (problem and f"sign-in.password.{problem}")


@pytest.mark.requirement("RET-07")
@pytest.mark.parametrize(
    ("new", "problem"),
    [
        ("umi to sora", "characters"),
        ("kaze-no-umi", None),
        ("k!9" * 21, None),
        ("k!9" * 22, "length"),
        ("p@ssw0rd", "well-known"),
    ],
)
def test_a_password_by_wider_settings(new: str, problem: str | None) -> None:
    """With longer passwords, symbols and one kind allowed, these are taken."""
    found = password_problem(LONG, new, others=(), known=PersonalFacts())
    assert found == (problem and f"sign-in.password.{problem}")


@settings(max_examples=50, deadline=None)
@given(st.text(max_size=70), st.dates())
def test_whatever_is_typed_is_judged(new: str, born: date) -> None:
    """No text and no birth date makes a fault."""
    known = PersonalFacts(login_id=new, birth_date=born, phones=(new,), account_numbers=(new,))
    password_problem(LONG, new, others=(), known=known)
    assert normal_answer(normal_answer(new)) is not None


@pytest.mark.requirement("RET-06")
@pytest.mark.parametrize(
    "typed", ["シロ ちゃん", "しろちゃん", "ｼﾛﾁｬﾝ", "シロ　チャン", " シロちゃん "]
)
def test_an_answer_has_one_form(typed: str) -> None:
    """Width, spaces, hiragana and katakana make no difference to an answer."""
    assert normal_answer(typed) == "シロチャン"


@pytest.mark.requirement("RET-06")
@pytest.mark.parametrize(
    ("typed", "problem"),
    [
        ("シロ", None),
        ("あいうえおかきくけこ", None),
        ("あい　うえお　かきくけこ", None),
        ("あいうえおかきくけこさ", "length"),
        ("", "missing"),
        ("　 ", "missing"),
        ("い", "length"),
        ("い い", None),
        ("A1", None),
        ("Zoë", None),
        ("ﾎﾟﾁ", None),
        ("みすゞ", None),
        ("佐々木", None),
        ("𠮷野", None),
        ("😀", "characters"),
        ("ポチ😀", "characters"),
        ("ポチ！", "characters"),
        ("ポチ\u200d", "characters"),
        ("\u3164\u3164", "characters"),
    ],
)
def test_what_an_answer_may_be(typed: str, problem: str | None) -> None:
    """An answer has two to ten letters, digits, kana and kanji, spaces not counted."""
    assert answer_problem(typed) == (problem and f"sign-in.answer.{problem}")


@pytest.mark.parametrize("language", ["ja", "en"])
def test_every_problem_has_its_text(language: str) -> None:
    """Whatever may be wrong is told in both languages, with its field and the lengths."""
    problems = ("length", "characters", "both-kinds", "same", "personal", "well-known")
    keys = [f"sign-in.password.{problem}" for problem in problems]
    keys += [f"sign-in.answer.{problem}" for problem in ("missing", "length", "characters")]
    values = {"shortest": "6", "longest": "12", "label": "質問2"}
    texts = [TEMPLATES.text(key, language=language, **values) for key in keys]
    assert len(set(texts)) == len(keys)
    assert all(text.startswith("質問2") for text in texts)
    assert "6" in texts[0]
    assert "12" in texts[0]
