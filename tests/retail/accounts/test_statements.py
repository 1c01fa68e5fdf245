"""Choosing, searching, summing and paging the lines of an account."""

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from madoguchi.core_bank import TransactionKind
from madoguchi.kernel.money import Yen
from madoguchi.retail.accounts.statements import (
    Selection,
    Sums,
    Wanted,
    balance_before,
    folded,
    page_of,
    select,
    signed,
    sums,
)
from tests.retail.accounts.lines import book, many

LINES = book(
    10_000,
    ("11-05", -8_120, "ﾃﾞﾝｷ"),
    ("11-10", 250_000, "ｷﾕｳﾖ ｶ)ｻﾝﾌﾟﾙｼﾖｳｼﾞ"),
    ("11-12", -4_300, "ｶﾞｽ"),
    ("11-15", -12_000, "ﾐﾎﾝｶ-ﾄﾞｻ-ﾋﾞｽ"),
    ("11-20", -68_000, "ﾔﾁﾝ ﾚｲﾌﾄﾞｳｻﾝ"),
)
NAMES = dict.fromkeys(TransactionKind, "振込・振替")


def found(direction: Wanted = "", words: str = "") -> list[str]:
    """Return the remarks of what is chosen of `LINES`."""
    wanted = Selection(date(2026, 11, 1), date(2026, 11, 30), direction, words)
    return [line.remarks for line in select(LINES, wanted, NAMES)]


@pytest.mark.requirement("RET-16")
@pytest.mark.parametrize(
    ("words", "remarks"),
    [
        ("ﾃﾞﾝｷ", ["ﾃﾞﾝｷ"]),
        ("デンキ", ["ﾃﾞﾝｷ"]),
        ("でんき", ["ﾃﾞﾝｷ"]),
        ("カード", ["ﾐﾎﾝｶ-ﾄﾞｻ-ﾋﾞｽ"]),
        ("きゅうよ", ["ｷﾕｳﾖ ｶ)ｻﾝﾌﾟﾙｼﾖｳｼﾞ"]),
        ("カ）サンプル", ["ｷﾕｳﾖ ｶ)ｻﾝﾌﾟﾙｼﾖｳｼﾞ"]),
        ("れい　やちん", ["ﾔﾁﾝ ﾚｲﾌﾄﾞｳｻﾝ"]),
        ("やちん でんき", []),
        ("ス", ["ﾐﾎﾝｶ-ﾄﾞｻ-ﾋﾞｽ", "ｶﾞｽ"]),
        ("ハ", []),
        ("家賃", []),
        ("   ", [line.remarks for line in LINES]),
    ],
)
def test_words_are_found_however_written(words: str, remarks: list[str]) -> None:
    """All words must stand in a line; kana, width and small letters make no difference."""
    assert found(words=words) == remarks


@pytest.mark.requirement("RET-16")
def test_words_are_found_in_the_kind() -> None:
    """The name of the kind, in kanji as it is shown, is searched too."""
    assert len(found(words="振込")) == len(LINES)
    assert found(words="振込 でんき") == ["ﾃﾞﾝｷ"]


@pytest.mark.requirement("RET-16")
def test_direction_and_sums() -> None:
    """What came in and what went out can be had apart; the sums are those of what was chosen."""
    assert found("in") == ["ｷﾕｳﾖ ｶ)ｻﾝﾌﾟﾙｼﾖｳｼﾞ"]
    assert len(found("out")) == 4
    assert sums(LINES) == Sums(1, Yen(250_000), 4, Yen(92_420))
    assert sums(()) == Sums(0, Yen(0), 0, Yen(0))


def test_balance_before_a_line() -> None:
    """The balance before a line is the one after it, less what it brought."""
    assert balance_before(LINES[-1]) == 10_000
    assert balance_before(LINES[0]) == LINES[1].balance_after


@settings(max_examples=50, deadline=None)
@given(st.lists(st.integers(-(10**12) + 1, 10**12 - 1).filter(bool), max_size=20))
def test_sums_account_for_every_yen(amounts: list[int]) -> None:
    """What stood there before, plus what came in, less what went out, is what stands there after.

    For whatever amounts.
    """
    lines = book(5_000, *(("11-20", amount, "x") for amount in amounts))
    total = sums(lines)
    closing = lines[0].balance_after if lines else 5_000
    assert 5_000 + total.amount_in - total.amount_out == closing
    assert sum(signed(line) for line in lines) == sum(amounts)


@pytest.mark.requirement("RET-16")
@pytest.mark.parametrize(
    ("count", "asked", "shown", "last", "on_it"),
    [(0, 1, 1, 1, 0), (50, 1, 1, 1, 50), (51, 2, 2, 2, 1), (120, 3, 3, 3, 20), (120, 9, 3, 3, 20)],
)
def test_pages(count: int, asked: int, shown: int, last: int, on_it: int) -> None:
    """Lines come in pages of 50; there is always a first page, and beyond the last is the last."""
    page = page_of(many(count), asked, 50)
    assert (page.number, page.last, len(page.lines), page.count) == (shown, last, on_it, count)


def test_text_without_a_bank_form_is_still_folded() -> None:
    """Kanji stay, and letters lose case and width."""
    assert folded("家賃ＡＢc") == "家賃ABC"
