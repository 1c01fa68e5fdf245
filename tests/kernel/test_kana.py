"""The bank form of kana, from whatever people type, and back to what people read."""

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from madoguchi.kernel.kana import UnreadableCharacters, to_half_width_kana, to_readable

HALF = "ｱｲｳｴｵｶｷｸｹｺｻｼｽｾｿﾀﾁﾂﾃﾄﾅﾆﾇﾈﾉﾊﾋﾌﾍﾎﾏﾐﾑﾒﾓﾔﾕﾖﾗﾘﾙﾚﾛﾜﾝ"
VOICED = [f"{kana}ﾞ" for kana in "ｳｶｷｸｹｺｻｼｽｾｿﾀﾁﾂﾃﾄﾊﾋﾌﾍﾎﾜ"] + [f"{kana}ﾟ" for kana in "ﾊﾋﾌﾍﾎ"]
SYLLABLES = [*HALF, *VOICED]
WORDS = st.lists(st.sampled_from([*SYLLABLES, *"ABCXYZ019()-."]), min_size=1, max_size=8).map(
    "".join
)
BANK_FORM = st.lists(WORDS, min_size=1, max_size=4).map(" ".join)


@pytest.mark.requirement("LINK-11")
@pytest.mark.parametrize(
    ("typed", "bank_form"),
    [
        ("ミホン　タロウ", "ﾐﾎﾝ ﾀﾛｳ"),
        ("みほん たろう", "ﾐﾎﾝ ﾀﾛｳ"),
        ("やまだ しょうこ", "ﾔﾏﾀﾞ ｼﾖｳｺ"),
        ("ﾔﾏﾀﾞ ｼｮｳｺ", "ﾔﾏﾀﾞ ｼﾖｳｺ"),
        ("ァィゥェォャュョッヮヵヶ", "ｱｲｳｴｵﾔﾕﾖﾂﾜｶｹ"),
        ("ｧｨｩｪｫｬｭｮｯ", "ｱｲｳｴｵﾔﾕﾖﾂ"),
        ("ラーメン ﾗｰﾒﾝ", "ﾗ-ﾒﾝ ﾗ-ﾒﾝ"),
        ("ヴァイオリン", "ｳﾞｱｲｵﾘﾝ"),
        ("ガギパピ", "ｶﾞｷﾞﾊﾟﾋﾟ"),
        ("か゛ ハ゜", "ｶﾞ ﾊﾟ"),
        ("ヲヰヱ", "ｵｲｴ"),
        ("ジョン・スミス", "ｼﾞﾖﾝ.ｽﾐｽ"),
        ("abc ＡＢＣ ａｂｃ", "ABC ABC ABC"),
        ("０１２ 345", "012 345"),
        ("（カ）サンプル", "(ｶ)ｻﾝﾌﾟﾙ"),
        ("  ｱ   ｲ  ", "ｱ ｲ"),
        ("", ""),
    ],
)
def test_what_people_type_becomes_the_bank_form(typed: str, bank_form: str) -> None:
    """Each way of writing a name gives the form that banks use."""
    assert to_half_width_kana(typed) == bank_form


def test_decomposed_kana_are_read_like_composed_ones() -> None:
    """Kana as some systems paste them, with combining marks, give the same."""
    assert to_half_width_kana(unicodedata.normalize("NFD", "がぱ")) == "ｶﾞﾊﾟ"


@pytest.mark.requirement("LINK-11", "LINK-05")
@pytest.mark.parametrize(
    ("typed", "unreadable"),
    [
        ("見本 タロウ", ("見", "本")),
        ("ｱﾞ", ("゛",)),
        ("ﾞ", ("゛",)),
        ("ｱ&ｱ&", ("&",)),
        ("ｱ\nｱ", ("\n",)),
        ("ß", ("ß",)),
        ("「ア」", ("「", "」")),
    ],
)
def test_what_cannot_be_read_is_named(typed: str, unreadable: tuple[str, ...]) -> None:
    """Characters without a bank form are told once each, in order; none is guessed or dropped."""
    assert to_half_width_kana(typed) == UnreadableCharacters(unreadable)


@settings(max_examples=50)
@given(BANK_FORM)
def test_the_bank_form_stays_as_it_is(bank_form: str) -> None:
    """Converting twice is converting once."""
    assert to_half_width_kana(bank_form) == bank_form


@settings(max_examples=50)
@given(BANK_FORM)
def test_the_readable_form_leads_back(bank_form: str) -> None:
    """Nothing is lost in the readable form."""
    assert to_half_width_kana(to_readable(bank_form)) == bank_form


@settings(max_examples=50)
@given(st.text(max_size=12))
def test_any_text_is_converted_or_named(text: str) -> None:
    """Whatever is typed, the result holds only the bank's characters, or names the others."""
    converted = to_half_width_kana(text)
    if isinstance(converted, UnreadableCharacters):
        assert converted.characters
    else:
        assert set(converted) <= set(HALF + "ﾞﾟABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789()-. ")


@pytest.mark.requirement("API-03")
@pytest.mark.parametrize(
    ("bank_form", "readable"),
    [
        ("ﾃﾞﾝｷ ｶ-ﾄﾞ", "デンキ カード"),
        ("ﾊﾟ-ﾃｲ-", "パーテイー"),
        ("ATM-12", "ATM-12"),
        ("ｺﾝﾋﾞﾆ-01", "コンビニ-01"),
        ("ｷﾕｳﾖ ｶ)ｻﾝﾌﾟﾙ", "キユウヨ カ)サンプル"),
        ("ﾃﾞﾝｼ ﾏﾈｰ", "デンシ マネー"),
        ("ﾞ", "゛"),
    ],
)
def test_remarks_can_be_read(bank_form: str, readable: str) -> None:
    """Half-width remarks become full-width katakana, marks composed and long vowels restored."""
    assert to_readable(bank_form) == readable
