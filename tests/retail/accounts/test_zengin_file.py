"""The Zengin file, read back by a parser that shares nothing with the writer."""

from dataclasses import dataclass
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from madoguchi.core_bank import AccountKind, Transaction, TransactionKind
from madoguchi.kernel.errors import BrokenInvariant
from madoguchi.kernel.money import Yen
from madoguchi.retail.accounts.zengin import (
    DoesNotFit,
    ZenginAccount,
    era_day,
    jis_text,
    text_field,
    write,
)
from tests.retail.accounts.lines import book

ACCOUNT = ZenginAccount(
    "9901", "ｻﾝﾌﾟﾙｼﾝﾖｳｸﾐｱｲ", "001", "ﾎﾝﾃﾝ", AccountKind.ORDINARY, "0012345", "ﾐﾎﾝ ﾀﾛｳ"
)
FIRST, LAST, TODAY = date(2026, 11, 1), date(2026, 11, 20), date(2026, 11, 21)


def made(lines: tuple[Transaction, ...], opening: int) -> bytes:
    """Return the file of the lines, which come newest first."""
    file = write(ACCOUNT, lines[::-1], first=FIRST, last=LAST, opening=Yen(opening), made_on=TODAY)
    assert isinstance(file, bytes)
    return file


@dataclass
class Read:
    """A file as somebody else's program reads it."""

    header: str
    data: list[str]
    trailer: str
    end: str


def read(file: bytes) -> Read:
    """Cut the file into its records, each of 200 bytes of JIS X 0201 and a line end."""
    assert len(file) % 202 == 0
    records = []
    for start in range(0, len(file), 202):
        assert file[start + 200 : start + 202] == b"\r\n"
        record = file[start : start + 200].decode("shift_jis")
        assert len(record) == 200, "a character of two bytes"
        records.append(record)
    marks = "".join(record[0] for record in records)
    assert marks == "1" + "2" * (len(records) - 3) + "89"
    return Read(records[0], records[1:-2], records[-2], records[-1])


@pytest.mark.requirement("RET-16")
def test_golden_file() -> None:
    """One debit and one transfer received, byte for byte."""
    lines = book(100_000, ("11-05", -8_120, "ﾃﾞﾝｷ"), ("11-10", 30_000, "ﾌﾘｺﾐ ﾚｲ ﾊﾅｺ"))
    golden = [
        "1030081121081101081120" + "9901" + "ｻﾝﾌﾟﾙｼﾝﾖｳｸﾐｱｲ".ljust(15) + "001" + "ﾎﾝﾃﾝ".ljust(15)
        + "000" + "1" + "0000012345" + "ﾐﾎﾝ ﾀﾛｳ".ljust(40) + "11" + "00000000100000"
        + " " * 71,
        "2" + "00000001" + "081105" + "081105" + "2" + "11" + "000000008120" + "0" * 45
        + " " * 48 + " " * 30 + "ﾃﾞﾝｷ".ljust(20) + " " * 21,
        "2" + "00000002" + "081110" + "081110" + "1" + "11" + "000000030000" + "0" * 45
        + "ﾌﾘｺﾐ ﾚｲ ﾊﾅｺ".ljust(48) + " " * 30 + "ﾌﾘｺﾐ ﾚｲ ﾊﾅｺ".ljust(20) + " " * 21,
        "8" + "000001" + "0000000030000" + "000001" + "0000000008120" + "1" + "00000000121880"
        + "0000002" + " " * 139,
        "9" + "0000000005" + "00001" + " " * 184,
    ]  # fmt: skip
    assert made(lines, 100_000) == "".join(f"{each}\r\n" for each in golden).encode("shift_jis")


@pytest.mark.requirement("RET-16")
@settings(max_examples=50, deadline=None)
@given(
    st.integers(-(10**9), 10**9),
    st.lists(
        st.tuples(
            st.integers(1, 20).map(lambda day: f"11-{day:02}"),
            st.integers(-(10**9), 10**9).filter(bool),
            st.text(max_size=60),
        ),
        max_size=12,
    ),
)
def test_sums_and_balances_agree(opening: int, movements: list[tuple[str, int, str]]) -> None:
    """Whatever is booked, also with strange remarks: counts, sums and balances add up."""
    found = read(made(book(opening, *movements), opening))
    came = [int(line[24:36]) for line in found.data if line[21] == "1"]
    went = [int(line[24:36]) for line in found.data if line[21] == "2"]
    before = int(found.header[115:129]) * (-1 if found.header[113] == "2" else 1)
    after = int(found.trailer[40:54]) * (-1 if found.trailer[39] == "2" else 1)
    assert before == opening
    assert after == opening + sum(amount for _, amount, _ in movements)
    assert (int(found.trailer[1:7]), int(found.trailer[7:20])) == (len(came), sum(came))
    assert (int(found.trailer[20:26]), int(found.trailer[26:39])) == (len(went), sum(went))
    assert int(found.trailer[54:61]) == len(movements)
    assert int(found.end[1:11]) == len(movements) + 3
    assert [int(line[1:9]) for line in found.data] == list(range(1, len(movements) + 1))


@pytest.mark.requirement("RET-16")
@pytest.mark.parametrize(
    ("kind", "number"),
    [
        (TransactionKind.CASH, "10"), (TransactionKind.CASH_MACHINE, "10"),
        (TransactionKind.TRANSFER, "11"), (TransactionKind.DIRECT_DEBIT, "14"),
        (TransactionKind.INTEREST, "18"), (TransactionKind.CORRECTION, "19"),
    ],
)  # fmt: skip
def test_kinds_of_lines(kind: TransactionKind, number: str) -> None:
    """Each kind of line has its number in the file."""
    found = read(made(book(0, ("11-05", 10, "x"), kind=kind), 0))
    assert found.data[0][22:24] == number


def test_every_kind_has_a_number() -> None:
    """No kind of line of a core is forgotten."""
    for kind in TransactionKind:
        read(made(book(0, ("11-05", 10, "x"), kind=kind), 0))


@pytest.mark.parametrize(
    ("day", "written"),
    [
        (date(2026, 11, 20), "081120"),
        (date(2019, 5, 1), "010501"),
        (date(2019, 4, 30), "310430"),
        (date(2016, 5, 3), "280503"),
    ],
)
def test_days_of_the_era(day: date, written: str) -> None:
    """Days are written in the year of their era."""
    assert era_day(day) == written


def test_days_before_the_eras_known() -> None:
    """A day before Heisei cannot be written, and is not written wrong."""
    with pytest.raises(BrokenInvariant):
        era_day(date(1989, 1, 7))


@pytest.mark.requirement("RET-16")
@pytest.mark.parametrize(
    ("text", "width", "field"),
    [
        ("ﾃﾞﾝｷ", 6, "ﾃﾞﾝｷ  "),
        ("ﾃﾞﾝｷ", 2, "ﾃﾞ"),
        ("ｱﾃﾞﾝｷ", 2, "ｱ "),
        ("ｶﾞﾊﾟ", 3, "ｶﾞ "),
        ("デンキ ガス", 8, "ﾃﾞﾝｷ ｶﾞｽ"),
        ("ﾃﾞﾝｷ/ｶﾞｽ,｢ﾐﾎﾝ｣", 15, "ﾃﾞﾝｷ/ｶﾞｽ,｢ﾐﾎﾝ｣ "),
        ("見本ﾐﾎﾝ", 6, "ﾐﾎﾝ   "),
        ("ﾐﾎﾝ見ﾀﾛｳ", 8, "ﾐﾎﾝ ﾀﾛｳ "),
        ("a\r\nb", 4, "A B "),
    ],
)
def test_texts_are_cut_between_characters(text: str, width: int, field: str) -> None:
    """A kana is never parted from its mark; what the file cannot hold becomes a space."""
    assert text_field(text, width).decode("shift_jis") == field
    assert len(text_field(text, width)) == width


@settings(max_examples=50, deadline=None)
@given(st.text(max_size=40))
def test_any_text_can_be_written(text: str) -> None:
    """Whatever stands in the remarks, the file holds single bytes and no control characters."""
    written = jis_text(text).encode("shift_jis")
    assert len(written) == len(jis_text(text))
    assert all(byte >= 0x20 and byte != 0x7F for byte in written)


def test_sum_that_has_no_room() -> None:
    """Where a sum has more digits than places, there is no file rather than a wrong one."""
    lines = book(0, *(("11-05", 999_999_999_999, "x"),) * 11)
    assert (
        write(ACCOUNT, lines, first=FIRST, last=LAST, opening=Yen(0), made_on=TODAY) == DoesNotFit()
    )
